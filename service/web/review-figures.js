// The dashboard: what was decided, what waits, where people and model differ, and what the audit says.

import { Problem, query } from "./api.js";
import { make } from "./elements.js";
import { buckets, columns, table } from "./review-charts.js";
import { desk } from "./review-desk.js";
import { choose, field } from "./review-dialogs.js";
import { ask, isMissing } from "./review-session.js";
import { count, day, knows, percent, say, score, span, spoken } from "./words.js";

const KINDS = ["approved", "held", "rejected", "deleted"];
const PERIODS = [7, 30, 90];
const DAY = 86400000;

function panel(key, ...content) {
  return make("section", { class: "tile", "aria-label": say(key) }, make("h2", { text: say(key) }), ...content.filter(Boolean));
}

function volume(days) {
  const sums = Object.fromEntries(KINDS.map((kind) => [kind, days.reduce((sum, row) => sum + (row[kind] ?? 0), 0)]));
  if (!KINDS.some((kind) => sums[kind])) return panel("figures-volume", make("p", { class: "soft", text: say("figures-none") }));
  const rows = days.map((row) => ({ day: row.day, ...Object.fromEntries(KINDS.map((kind) => [kind, row[kind] ?? 0])) }));
  const short = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });
  const text = say("figures-volume-text", { ...sums, days: days.length });
  return panel("figures-volume", columns(rows, KINDS, text, (row) => short.format(new Date(row.day))), make("p", { class: "legend", "aria-hidden": "true" },
    ...KINDS.map((kind) => make("span", { class: `key ${kind}`, text: `${say(`status-${kind}`)} ${count(sums[kind])}` }))),
  make("details", {}, make("summary", { text: say("figures-table") }), table(say("figures-volume"), [say("day"), ...KINDS.map((kind) => say(`status-${kind}`))], rows.map((row) => [day(row.day), ...KINDS.map((kind) => count(row[kind]))]))));
}

function queue({ held, oldest_seconds: oldest, median_wait_seconds: median }) {
  const number = (value, key) => make("div", {}, make("dt", { text: say(key) }), make("dd", { text: value }));
  return panel("figures-queue", make("dl", { class: "numbers" }, number(count(held), "figures-held"), number(span(oldest), "figures-oldest"), number(span(median), "figures-median")));
}

function labels(found) {
  const charts = Object.entries(found).map(([label, numbers]) => {
    const n = numbers.reduce((sum, each) => sum + each, 0);
    const top = numbers.indexOf(Math.max(...numbers));
    const text = say("figures-label-text", { label: spoken(label), n, from: score(top / numbers.length), to: score((top + 1) / numbers.length) });
    return make("figure", {}, make("figcaption", { text: `${spoken(label)} · ${count(n)}` }), buckets(numbers, text, desk.policy?.thresholds?.[label]?.hold));
  });
  return panel("figures-labels", charts.length ? make("div", { class: "small-charts" }, ...charts) : make("p", { class: "soft", text: say("nothing") }));
}

const lines = (prefix, found) => make("dl", { class: "lines" }, ...Object.entries(found).map(([name, n]) => make("div", {}, make("dt", { text: knows(`${prefix}-${name}`) ? say(`${prefix}-${name}`) : spoken(name) }), make("dd", { text: count(n) }))));

const overrides = (found) => panel("figures-overrides", make("p", { class: "soft", text: say("figures-overrides-lead") }), lines("override", found));

// One's own, or the team's for those who manage it.
const people = ({ mine, team }) => panel("figures-done", make("p", { class: "soft", text: say(team ? "figures-team" : "figures-mine") }), lines("done", team ?? mine ?? {}));

function audited(figure) {
  const fit = figure?.published_fit;
  if (!fit || !fit.n) return panel("figures-audit", make("p", { class: "soft", text: say("figures-audit-none") }));
  const values = (part) => ({ share: percent(part.share), low: percent(part.low), high: percent(part.high), n: part.n });
  const wrong = figure.rejected_unfit;
  return panel("figures-audit", make("p", { class: "big", text: say("figures-audit-line", { ...values(fit), half: percent((fit.high - fit.low) / 2) }) }),
    make("p", { class: "soft", text: say("figures-audit-range", values(fit)) }), wrong?.n ? make("p", { class: "soft", text: say("figures-audit-wrong", values(wrong)) }) : null);
}

function trail(days) {
  const range = { from: new Date(Date.now() - days * DAY).toISOString(), to: new Date(Date.now() + DAY).toISOString() };
  const link = (format) => make("a", { href: `/v1/review/trail${query({ site: desk.site, ...range, format })}`, download: `trail-${desk.site}.${format}`, text: say(`export-${format}`) });
  return panel("export", make("p", { class: "soft", text: say("export-lead") }), make("p", {}, link("csv"), " · ", link("jsonl"), make("span", { class: "soft", text: ` ${say("export-days", { n: days })}` })));
}

async function maybe(promise) {
  try {
    return await promise;
  } catch (problem) {
    if (problem instanceof Problem && isMissing(problem)) return null;
    throw problem;
  }
}

export function open(root, params, go) {
  const days = PERIODS.includes(Number(params.get("days"))) ? Number(params.get("days")) : 30;
  const whose = params.get("whose") ?? (desk.senior ? "all" : "me");
  const tiles = make("div", { class: "tiles", "aria-busy": "true" });
  const again = () => go("figures", new URLSearchParams({ days: period.value, ...(desk.senior && { whose: who.value }) }));
  const period = choose(PERIODS.map((n) => [String(n), say("figures-days", { n })]), String(days), { name: "days", on: { change: again } });
  const who = choose([["all", say("figures-team")], ["me", say("figures-mine")]], whose, { name: "whose", on: { change: again } });
  const form = make("form", { class: "line", on: { submit: (event) => event.preventDefault() } }, field(say("figures-period"), period), desk.senior ? field(say("figures-whose"), who) : null);
  root.append(form, tiles);
  const load = async () => {
    const site = desk.site;
    try {
      const [figures, audit] = await Promise.all([maybe(ask(`/v1/review/figures${query({ site, days, moderator: whose })}`)), maybe(ask(`/v1/review/audit-figure${query({ site, days: 90 })}`))]);
        tiles.replaceChildren(...(figures ? [volume(figures.days), labels(figures.labels), queue(figures.queue)] : [make("p", { class: "fault", text: say("unavailable") })]), audited(audit),
        ...(figures ? [people(figures), overrides(figures.overrides)] : []), trail(days));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      tiles.replaceChildren(make("p", { class: "fault", role: "alert", text: problem.words }));
    }
    tiles.setAttribute("aria-busy", "false");
  };
  load();
  return { end() {} };
}
