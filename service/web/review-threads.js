// The controls of one thread: closed, mode, slow mode, closing by itself, notice, section.

import { query, sitePath } from "./api.js";
import { make } from "./elements.js";
import { desk, tell } from "./review-desk.js";
import { box, check, choose, field } from "./review-dialogs.js";
import { remember, undo } from "./review-decide.js";
import { ask } from "./review-session.js";
import { say } from "./words.js";

const path = (thread) => sitePath(desk.site, "threads") + query({ thread });
const send = (thread, changes) => ask(path(thread), { method: "PATCH", body: changes });

// Only what was changed is sent, so that a server without one of the controls still takes the others.
export async function threadBox(thread) {
  const now = await ask(path(thread));
  const number = (value, most) => make("input", { type: "number", min: "0", max: most, value: value ?? "", inputmode: "numeric" });
  const closed = check(say("thread-closed"), { checked: now.closed });
  const mode = choose([["", say("thread-mode-none")], ...["hybrid", "pre", "post"].map((each) => [each, say(`mode-${each}`)])], now.mode ?? "");
  const controls = {
    slow_seconds: [number(now.slow_seconds, "86400"), "thread-slow", (text) => (text === "" ? null : Number(text))],
    close_after_days: [number(now.close_after_days, "3650"), "thread-days", (text) => (text === "" ? null : Number(text))],
    notice: [make("textarea", { maxlength: "500" }), "thread-notice", (text) => text.trim()],
    section: [make("input", { maxlength: "64", value: now.section ?? "" }), "thread-section", (text) => text.trim()],
  };
  controls.notice[0].value = now.notice ?? "";
  // The section decides who may moderate here: an admin's choice.
  const offered = Object.entries(controls).filter(([name]) => name in now && (name !== "section" || desk.me.rank === "admin"));
  const wanted = await box({
    title: say("thread-title"),
    lead: now.title || thread,
    content: [closed, field(say("thread-mode"), mode), ...offered.map(([, [control, key]]) => field(say(key), control))],
    send: say("save"),
    read: () => ({ closed: closed.querySelector("input").checked, mode: mode.value || null, ...Object.fromEntries(offered.map(([name, [control, , read]]) => [name, read(control.value)])) }),
  });
  if (!wanted) return;
  const changes = Object.fromEntries(Object.entries(wanted).filter(([name, value]) => (value ?? "") !== (now[name] ?? "")));
  if (!Object.keys(changes).length) return;
  const stored = await send(thread, changes);
  desk.pages.set(thread, stored);
  const act = { undo: async () => {
    desk.pages.set(thread, await send(thread, stored.before ?? Object.fromEntries(Object.keys(changes).map((name) => [name, now[name] ?? null]))));
    return say("undone");
  } };
  remember(act);
  tell(say("thread-done"), () => undo(act));
}
