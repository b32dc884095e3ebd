// What a rehearsal found: what the draft would have done, how sure that is, and what cannot be said.

import { make } from "./elements.js";
import { table } from "./review-charts.js";
import { count, say, spoken } from "./words.js";

const OUTCOMES = ["published", "held", "rejected"];

function range({ low, high }) {
  return low === undefined || low === null ? "–" : `${count(Math.round(low))} – ${count(Math.round(high))}`;
}

const number = (value) => (value === null || value === undefined ? "–" : count(Math.round(value)));
const named = (part) => (typeof part === "string" ? spoken(part) : part.title ?? part.text ?? spoken(part.region ?? part.name ?? part.rule ?? JSON.stringify(part)));

export function rehearsal(found) {
  const rows = OUTCOMES.filter((outcome) => found[outcome]).map((outcome) => [say(`status-${outcome === "published" ? "approved" : outcome}`), number(found[outcome].now), number(found[outcome].draft), range(found[outcome])]);
  if (found.queue) rows.push([say("rehearsal-queue"), number(found.queue.now), number(found.queue.draft), range(found.queue)]);
  const against = typeof found.contradicts === "object" ? Object.values(found.contradicts ?? {}).filter((each) => typeof each === "number").reduce((sum, each) => sum + each, 0) : Number(found.contradicts) || 0;
  const unaudited = found.unaudited ?? [];
  const not = found.not_replayed ?? [];
  return make("div", {}, make("h3", { text: say("rehearsal") }), make("p", { class: "soft", text: say("rehearsal-lead", { n: found.decided }) }),
    table(say("rehearsal"), [say("rehearsal-outcome"), say("rehearsal-now"), say("rehearsal-draft"), say("rehearsal-range")], rows),
    make("p", { class: against ? "flag wait" : "soft", text: say("rehearsal-contradicts", { n: against }) }),
    unaudited.length ? make("p", { class: "fault", text: say("rehearsal-unaudited", { regions: unaudited.map(named).join(", ") }) }) : null,
    not.length ? make("p", { class: "soft", text: say("rehearsal-not", { what: not.map(named).join(", ") }) }) : null);
}
