// The list of keys.

import { make } from "./elements.js";
import { box } from "./review-dialogs.js";
import { say } from "./words.js";

const KEYS = [["j k", "move"], ["a", "approve"], ["r", "reject"], ["h", "hold"], ["e", "escalate"], ["u", "undo"], ["x", "select"], ["v", "reveal"], ["c", "context"], ["n", "note"],
  ["b", "block"], ["t", "thread"], ["m", "next"], ["/", "search"], ["Enter s", "open"], ["g", "regroup"], ["Shift + 1 … 9", "views"], ["?", "help"]];

export function help() {
  return box({ title: say("help-title"), content: [make("dl", { class: "keys" }, ...KEYS.map(([keys, key]) => make("div", {},
    make("dt", {}, ...keys.split(" ").map((name) => (/^[+…]$/.test(name) ? ` ${name} ` : make("kbd", { text: name })))), make("dd", { text: say(`help-${key}`) }))))], first: "button" });
}
