// What a rehearsal found: what the draft would have done, how much of that is right, and what cannot be said.

import { make } from "./elements.js";
import { table } from "./review-charts.js";
import { count, percent, say } from "./words.js";

const OUTCOMES = { published: "approved", held: "held", rejected: "rejected" };

function right({ share, low, high }) {
  return share === null || share === undefined ? "–" : say("rehearsal-range", { share: percent(share), low: percent(low), high: percent(high) });
}

function against(name, { known, estimate, low, high }) {
  const about = estimate === null || estimate === undefined ? "" : say("rehearsal-about", { estimate: count(Math.round(estimate)), low: count(Math.round(low)), high: count(Math.round(high)) });
  return make("p", { class: known ? "flag wait" : "soft", text: say(`rehearsal-${name}`, { n: known, about }) });
}

export function rehearsal(found) {
  const rows = Object.entries(OUTCOMES).map(([name, status]) => [say(`status-${status}`), count(found[name].now), count(found[name].draft), right(found[name])]);
  rows.push([say("rehearsal-a-day"), count(Math.round(found.queue.now_a_day)), count(Math.round(found.queue.draft_a_day)), ""]);
  return make("div", {}, make("h3", { text: say("rehearsal") }), make("p", { class: "soft", text: say("rehearsal-lead", { n: found.decided }) }),
    table(say("rehearsal"), [say("rehearsal-outcome"), say("rehearsal-now"), say("rehearsal-draft"), say("rehearsal-right")], rows),
    ...Object.entries(found.contradicts).map(([name, one]) => against(name, one)),
    ...found.unaudited.map(({ from, to, comments }) => make("p", { class: "fault", text: say("rehearsal-unaudited", { n: comments, from: say(`status-${from}`), to: say(`status-${to}`) }) })),
    found.not_replayed.length ? make("p", { class: "soft", text: say("rehearsal-not", { what: found.not_replayed.join(", ") }) }) : null);
}
