// What differs between two policies, and how that is shown.

import { make } from "./elements.js";
import { say } from "./words.js";

// What differs, as {path, before, value}: the form of the server's own diff.
export function changes(before, after, at = "") {
  const both = (value) => value !== null && typeof value === "object";
  if (!both(before) || !both(after)) return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path: at, before, value: after }];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => changes(before[name], after[name], `${at}/${name}`));
}

const shown = (given) => (given === null || given === undefined ? say("nothing-there") : typeof given === "object" ? JSON.stringify(given) : String(given));

export function changeList(found) {
  if (!found.length) return make("p", { class: "soft", text: say("policy-unchanged") });
  return make("ul", { class: "changes" }, ...found.map(({ path: where, before, value }) => make("li", {}, make("code", { text: where }), " ", make("del", { text: shown(before) }), " → ", make("ins", { text: shown(value) }))));
}
