// A moderator's own wishes, and what looks after them: a reminder to rest that can cover the page.

import { make } from "./elements.js";
import { claims } from "./review-claims.js";
import { shout } from "./review-desk.js";
import { box, check, choose, field } from "./review-dialogs.js";
import { LABELS } from "./review-filters.js";
import { applyTheme, setWish, wish } from "./review-kept.js";
import { say, spoken } from "./words.js";

const MINUTE = 60000;
const BREAKS = [0, 25, 50, 90];
const ROWS = [1, 2, 3, 5, 10];
// Whoever has not touched the page for so long has had a break.
const AWAY = 10 * MINUTE;

export function open(root) {
  const theme = choose(["auto", "light", "dark"].map((name) => [name, say(`theme-${name}`)]), wish("theme"), { on: { change: () => {
    setWish("theme", theme.value);
    applyTheme();
  } } });
  const row = choose(ROWS.map((n) => [String(n), String(n)]), String(wish("inARow")), { on: { change: () => setWish("inARow", Number(row.value)) } });
  const rest = choose(BREAKS.map((n) => [String(n), n ? say("settings-break-minutes", { n }) : say("settings-break-never")]), String(wish("breakMinutes")), { on: { change: () => setWish("breakMinutes", Number(rest.value)) } });
  const keys = check(say("settings-keys"), { checked: wish("keys") });
  keys.append(make("span", { class: "soft", text: say("settings-keys-lead") }));
  keys.addEventListener("change", (event) => setWish("keys", event.target.checked));
  const out = make("fieldset", {}, make("legend", { text: say("settings-out") }), make("p", { class: "soft", text: say("settings-out-lead") }), ...LABELS.map((label) => {
    const one = check(spoken(label), { checked: wish("leftOut").includes(label) });
    one.addEventListener("change", (event) => setWish("leftOut", event.target.checked ? [...wish("leftOut"), label] : wish("leftOut").filter((other) => other !== label)));
    return one;
  }));
  root.append(make("form", { class: "tile settings", on: { submit: (event) => event.preventDefault() } }, make("h2", { text: say("settings-reading") }), field(say("settings-theme"), theme), out, field(say("settings-row"), row), field(say("settings-break"), rest), keys));
  return { end() {} };
}

class Rest {
  constructor() {
    this.again();
    for (const name of ["keydown", "pointerdown", "wheel"]) addEventListener(name, () => this.touched(), { passive: true });
    setInterval(() => this.look(), MINUTE / 4);
  }

  again() {
    this.began = Date.now();
    this.last = Date.now();
    this.seen = 0;
  }

  touched() {
    if (Date.now() - this.last > AWAY) this.again();
    this.last = Date.now();
  }

  revealed() {
    this.seen += 1;
  }

  async look() {
    const minutes = Math.floor((Date.now() - this.began) / MINUTE);
    if (!wish("breakMinutes") || minutes < wish("breakMinutes") || document.hidden || document.querySelector("dialog[open]")) return;
    const taken = await box({ title: say("break-title"), lead: say("break-lead", { minutes, n: this.seen }), send: say("break-take"), leave: say("break-later"), first: "button.main" });
    if (taken) {
      claims.releaseAll();
      document.body.classList.add("resting");
      await box({ title: say("break-title"), lead: say("break-on"), send: say("break-back"), first: "button.main" });
      document.body.classList.remove("resting");
      shout("reload");
    }
    this.again();
  }
}

export const rest = new Rest();
