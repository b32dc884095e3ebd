// A comment's text: with what raised its score marked in place, or covered while it is severe and not revealed.

import { make } from "./elements.js";
import { desk } from "./review-desk.js";
import { say, score, spoken } from "./words.js";

// As service/domain/severity.py says it.
const SEVERE = ["severe_toxicity", "threat", "identity_attack"];
const SEVERE_FROM = 0.8;

export function isSevere({ severe, urgent, scores }) {
  if (severe !== undefined) return severe;
  return Boolean(urgent) || SEVERE.some((label) => (scores?.labels[label] ?? 0) >= SEVERE_FROM);
}

// What a covered card says of what is under it.
export function severeWhat(comment) {
  const found = SEVERE.filter((label) => (comment.scores?.labels[label] ?? 0) >= SEVERE_FROM)
    .map((label) => `${spoken(label)} ${score(comment.scores.labels[label])}`);
  return found.join(", ") || say("urgent");
}

// The label that a moderator may have opted out of: one that raised a reason, or that is likelier than not.
export function labelsOf({ reasons, scores }) {
  const raised = reasons.map(({ label }) => label).filter(Boolean);
  return new Set([...raised, ...Object.entries(scores?.labels ?? {}).filter(([, value]) => value >= 0.5).map(([label]) => label)]);
}

// Spans count code points; strings count UTF-16 units, so the text is cut as code points.
export function marked(text, reasons) {
  const points = Array.from(text);
  const why = new Array(points.length).fill("");
  for (const { spans = [], label, code } of reasons) for (const [start, end] of spans) why.fill(spoken(label ?? code), start, end);
  const element = make("p", { class: "body", dir: "auto" });
  for (let start = 0, end = 0; start < points.length; start = end) {
    while (end < points.length && why[end] === why[start]) end += 1;
    const part = points.slice(start, end).join("");
    element.append(why[start] ? make("mark", { title: why[start], text: part }) : part);
  }
  return element;
}

export function cover(what, reveal) {
  return make("div", { class: "cover" },
    make("p", {}, make("strong", { text: say("severe", { what }) }), " ", say("severe-why")),
    make("button", { type: "button", class: "reveal", "aria-keyshortcuts": "v", on: { click: reveal } }, say("reveal"), make("kbd", { "aria-hidden": "true", text: "v" })));
}

// Somebody else's text beside a card: what was not published is covered on its own.
export function aside(text, status) {
  if (status === "approved") return make("p", { class: "quote", dir: "auto", text });
  const holder = make("div", { class: "quote" });
  holder.append(make("button", { type: "button", class: "plain", text: say("context-show"),
    on: { click: () => holder.replaceWith(make("p", { class: "quote", dir: "auto", tabindex: "-1", text })) } }));
  return holder;
}

export function bars(comment) {
  if (!comment.scores) return make("p", { class: "soft", text: say("unscored") });
  const labels = Object.entries(comment.scores.labels).sort((one, other) => other[1] - one[1]);
  const rows = labels.map(([label, value]) => {
    const raised = comment.reasons.some((reason) => reason.label === label && !reason.code.startsWith("name-"));
    const fill = make("span", { class: "fill" });
    fill.style.width = `${Math.max(value * 100, 1)}%`;
    const track = make("span", { class: "track", "aria-hidden": "true" }, fill);
    const limit = desk.policy?.thresholds?.[label]?.hold;
    if (limit !== null && limit !== undefined) {
      const tick = make("span", { class: "tick" });
      tick.style.left = `${limit * 100}%`;
      track.append(tick);
    }
    return make("li", { class: raised ? "raised" : null }, make("span", { class: "label", text: spoken(label) }), track, make("span", { class: "score", text: score(value) }));
  });
  return make("ul", { class: "scores", "aria-label": say("scores-by", { classifier: comment.scores.classifier }) }, ...rows);
}
