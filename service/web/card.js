// One comment as a moderator sees it: text, author, page, scores, reasons, and the three buttons.

import { clock, make, webAddress } from "./elements.js";

const STRENGTHS = {
  signed: "signed in at the site",
  device: "known by this browser",
  claimed: "only a typed name",
};

const REASONS = {
  "above-reject-threshold": "at or above the threshold to reject",
  "above-hold-threshold": "at or above the threshold to hold",
  "name-above-threshold": "The author's name or website",
  "language-not-covered": "The classifier was not evaluated on this language",
  "parent-withdrawn": "The comment that this one answers is no longer shown",
  "pre-moderation": "Here a person reads every comment before it appears",
  "classifier-failed": "The classifier could not read this comment",
  "moderator-decision": "A moderator decided",
  "thresholds-of-another-classifier": "The thresholds were chosen for another classifier, so nothing is rejected by score",
  "cleared-by-fast-classifier": "Much was waiting: the fast classifier cleared it, and the ordinary one has not read it",
};

const figure = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const words = (code) => code.replaceAll("_", " ").replaceAll("-", " ");

export function reasonInWords({ code, label, score, threshold, language }) {
  const said = REASONS[code] ?? words(code);
  const found = label ? `${words(label)}${score === undefined ? "" : ` ${figure.format(score)}`}` : "";
  const limit = threshold === undefined ? "" : ` (${figure.format(threshold)})`;
  if (code.startsWith("above-")) return `${found} is ${said}${limit}`;
  return `${said}${language ? ` (${language})` : ""}${found ? `: ${found}${limit}` : ""}`;
}

// Spans count code points; strings count UTF-16 units, so the text is cut as code points.
function body(text, reasons) {
  const points = Array.from(text);
  const marked = new Array(points.length).fill(false);
  for (const { spans = [] } of reasons) for (const [start, end] of spans) marked.fill(true, start, end);
  const element = make("p", { class: "body", dir: "auto" });
  for (let start = 0, end = 0; start < points.length; start = end) {
    while (end < points.length && marked[end] === marked[start]) end += 1;
    const part = points.slice(start, end).join("");
    element.append(marked[start] ? make("mark", { text: part }) : part);
  }
  return element;
}

function bars(comment) {
  if (!comment.scores) return make("p", { class: "soft", text: "Not scored yet." });
  const labels = Object.entries(comment.scores.labels).sort((one, other) => other[1] - one[1]);
  const rows = labels.map(([label, score]) => {
    const raised = comment.reasons.some((reason) => reason.label === label && !reason.code.startsWith("name-"));
    const fill = make("span", { class: "fill" });
    fill.style.width = `${Math.max(score * 100, 1)}%`;
    return make("li", { class: raised ? "raised" : null }, make("span", { class: "label", text: words(label) }),
      make("span", { class: "track", "aria-hidden": "true" }, fill), make("span", { class: "score", text: figure.format(score) }));
  });
  return make("ul", { class: "scores", "aria-label": `Scores by ${comment.scores.classifier}` }, ...rows);
}

function author({ author: { name, strength, website } }) {
  const site = webAddress(website);
  return [make("strong", { dir: "auto", text: name || "(no name)" }),
    make("span", { class: "soft", text: STRENGTHS[strength] ?? strength }),
    site && make("a", { href: site, rel: "nofollow noopener noreferrer", target: "_blank", text: site })];
}

// `page` is what the site says of the thread, once it is known.
export function pageLink(comment, page) {
  const url = webAddress(page?.url);
  const title = page?.title ? `${page.title}${page.title_verified ? "" : " (named by a reader)"}` : comment.thread;
  return url ? make("a", { href: url, target: "_blank", rel: "noopener", text: title }) : make("span", { text: title });
}

export function draw(comment, page, decide) {
  const reasons = comment.reasons.map((reason) => make("li", { text: reasonInWords(reason) }));
  const reason = make("input", { class: "reason", maxlength: "500", id: `reason-${comment.id}` });
  const possible = { held: ["approve", "reject"], approved: ["hold", "reject"], rejected: ["approve", "hold"] }[comment.status] ?? [];
  const buttons = [["approve", "Approve", "a"], ["reject", "Reject", "r"], ["hold", "Hold", "h"]].map(([action, text, key]) =>
    make("button", { type: "button", class: action, "data-action": action, "aria-keyshortcuts": key,
      disabled: !possible.includes(action), text, on: { click: () => decide(action) } }));
  return make("article", { class: "card", tabindex: "-1", "aria-label": `Comment by ${comment.author.name}` },
    make("header", {}, ...author(comment), clock(comment.created_at)),
    make("p", { class: "page" }, "on ", pageLink(comment, page), comment.parent_id && make("span", { class: "soft", text: " · an answer" }),
      comment.edited_at && make("span", { class: "soft", text: " · edited" })),
    body(comment.body, comment.reasons),
    make("div", { class: "facts" },
      make("div", {}, make("h3", { text: "Reasons" }),
        reasons.length ? make("ul", {}, ...reasons) : make("p", { class: "soft", text: "No rule found anything." }),
        comment.statement && make("p", { text: `Told the author: ${comment.statement}` }),
        ...comment.notes.map((note) => make("p", { text: `Note: ${note.text}` }))),
      make("div", {}, make("h3", { text: "Scores" }), bars(comment))),
    make("p", { class: "outcome", role: "alert", hidden: true }),
    possible.length ? make("p", {}, make("label", { for: reason.id, text: "Reason, told to the author (optional)" }), reason) :
      make("p", { class: "soft", text: "A worker is about to judge this comment; nobody can decide it before." }),
    make("div", { class: "actions" }, ...buttons));
}
