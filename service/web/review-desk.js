// What every view shares: whom it is for, which site, its policy and pages, names, and the line that says what happened.

import { Problem, query, sitePath } from "./api.js";
import { make } from "./elements.js";
import { ask } from "./review-session.js";
import { LANGUAGE, say } from "./words.js";

export const desk = {
  me: null,
  site: "",
  policy: null,
  counts: {},
  names: new Map(),
  pages: new Map(),
  get senior() {
    return ["senior", "admin"].includes(this.me?.rank);
  },
};

// "counts", "page", "move", "claim", "poll", "arrived", "reload"
export const bus = new EventTarget();
export const shout = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

export function learnName(id, name) {
  if (id && name) desk.names.set(id, name);
}

export function nameOf(id) {
  if (!id) return say("classifier");
  // A site's key and the shell act as well, and have no other name.
  return id === desk.me?.id ? say("you") : desk.names.get(id) ?? (id.startsWith("moderator-") ? say("nobody") : id);
}

// Raises Problem: without its policy a site cannot be reviewed.
export async function enterSite(site) {
  desk.site = site;
  desk.pages.clear();
  desk.counts = {};
  desk.policy = await ask(sitePath(site, "policy"));
}

export const inWords = (texts) => texts?.[LANGUAGE] ?? Object.values(texts ?? {})[0] ?? "";

export const houseRules = () => (desk.policy?.house_rules ?? []).map(({ id, title, text }) => ({ id, title: inWords(title) || id, text: inWords(text) }));

// Asks once for each thread; until it is known, and where it is not, the thread's key stands for its title.
export async function learnPage(thread) {
  if (desk.pages.has(thread)) return;
  desk.pages.set(thread, null);
  try {
    desk.pages.set(thread, await ask(sitePath(desk.site, "threads") + query({ thread })));
    shout("page", thread);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    // Asked for again only when the reason may pass: hundreds of cards may be of one thread.
    if (problem.uncertain) desk.pages.delete(thread);
  }
}

const by = (id) => document.getElementById(id);

export function tell(text, undo = null) {
  by("said").replaceChildren(...[make("span", { text }),
    undo && make("button", { type: "button", class: "plain", "aria-keyshortcuts": "u", on: { click: undo } }, say("undo"), make("kbd", { "aria-hidden": "true", text: "u" }))].filter(Boolean));
}

export function tellTrouble(problem) {
  if (!(problem instanceof Problem)) throw problem;
  tell(say("trouble", { why: problem.words }));
}
