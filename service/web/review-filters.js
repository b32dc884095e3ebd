// The queue's filters: a form whose state is the address, so that a filtered queue can be kept and sent.

import { make } from "./elements.js";
import { desk } from "./review-desk.js";
import { choose, field } from "./review-dialogs.js";
import { say, spoken } from "./words.js";

export const LABELS = ["toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "sexual_explicit"];
const STATUSES = ["held", "pending", "approved", "rejected"];
const QUEUES = ["held", "urgent", "escalated", "look", "reported", "pending", "approved", "rejected"];
const NARROW = ["label", "min_score", "max_score", "thread", "section", "author", "by_likeness", "reason"];

// What the API is asked for; a status is a queue to those who look at it.
export function asked(params) {
  const queue = params.get("queue") ?? "held";
  const held = ["held", "urgent", "escalated"].includes(queue);
  const fields = { site: desk.site, sort: params.get("sort") ?? (held ? "first" : "newest") };
  fields[STATUSES.includes(queue) ? "status" : "queue"] = queue;
  for (const name of NARROW) if (params.get(name)) fields[name] = params.get(name);
  return fields;
}

// The same for whoever takes the next ones: only what waits can be taken.
export function takeable(params) {
  const { sort, queue, thread, author, label, min_score: least } = asked(params);
  const filters = { sort, thread, author, label, ...(["urgent", "escalated"].includes(queue) && { queue }), ...(least && { min_score: Number(least) }) };
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
}

export const belongsTo = (params) => {
  const queue = params.get("queue") ?? "held";
  return (status) => (STATUSES.includes(queue) ? status === queue : status === (["urgent", "escalated"].includes(queue) ? "held" : "approved"));
};

let shown = false;

const labelChoices = () => [["", say("filter-any")], ...LABELS.filter((label) => !desk.policy?.thresholds || label in desk.policy.thresholds || label !== "sexual_explicit").map((label) => [label, spoken(label)])];

export function filterForm(params, changed) {
  const text = (name) => make("input", { name, value: params.get(name) ?? "", spellcheck: "false", autocapitalize: "none", autocomplete: "off" });
  const fields = {
    queue: choose(QUEUES.map((name) => [name, say(`queue-${name}`)]), params.get("queue") ?? "held", { name: "queue" }),
    sort: choose(["first", "oldest", "newest", "riskiest"].map((name) => [name, say(`sort-${name}`)]), asked(params).sort, { name: "sort" }),
    label: choose(labelChoices(), params.get("label") ?? "", { name: "label" }),
    min_score: make("input", { name: "min_score", type: "number", min: "0", max: "1", step: "0.05", value: params.get("min_score") ?? "", inputmode: "decimal" }),
    thread: text("thread"),
    section: text("section"),
    author: text("author"),
  };
  const keys = { min_score: "filter-score" };
  const gather = () => {
    const next = new URLSearchParams(params);
    for (const name of Object.keys(fields)) next.delete(name);
    for (const [name, control] of Object.entries(fields)) if (control.value.trim() && control.checkValidity()) next.set(name, control.value.trim());
    if (fields.queue.value === "held") next.delete("queue");
    if (!params.has("sort") && fields.sort.value === asked(params).sort) next.delete("sort");
    changed(next);
  };
  const set = NARROW.filter((name) => params.get(name)).length;
  const form = make("form", { novalidate: true, on: { submit: (event) => event.preventDefault(), change: gather } },
    ...Object.entries(fields).map(([name, control]) => field(say(keys[name] ?? `filter-${name}`), control)),
    set ? make("p", { class: "field" }, make("button", { type: "button", text: say("filter-clear"), on: { click: () => changed(new URLSearchParams(params.has("queue") ? { queue: params.get("queue") } : {})) } })) : null);
  const holder = make("details", { id: "filters", open: set > 0 || shown, on: { toggle: () => {
    shown = holder.open;
  } } }, make("summary", { "aria-keyshortcuts": "/" }, say("filters"), set ? make("span", { class: "soft", text: ` · ${say("filter-active", { n: set })}` }) : null), form);
  holder.search = () => {
    holder.open = true;
    fields.queue.focus();
  };
  return holder;
}
