// The review console: who is signed in, which view is open, and which key does what.

import { Problem } from "./api.js";
import { make } from "./elements.js";
import { openOutbox, theOutbox, undo } from "./review-decide.js";
import { bus, desk, enterSite, tell, tellTrouble } from "./review-desk.js";
import { choose, confirmBox } from "./review-dialogs.js";
import { help } from "./review-help.js";
import { applyTheme, setWish, wish } from "./review-kept.js";
import { follow, liveMode, unfollow } from "./review-live.js";
import * as queue from "./review-queue.js";
import { resume, session, signIn, signOut } from "./review-session.js";
import { rest } from "./review-settings.js";
import { count, say } from "./words.js";

const by = (id) => document.getElementById(id);
// A view's module is loaded when it is first opened.
const VIEWS = {
  queue: async () => queue.open,
  groups: async () => (await import("./review-groups.js")).open,
  appeals: async () => (await import("./review-voices.js")).appeals,
  reports: async () => (await import("./review-voices.js")).reports,
  audit: async () => (await import("./review-voices.js")).audit,
  blocks: async () => (await import("./review-blocking.js")).open,
  figures: async () => (await import("./review-figures.js")).open,
  policy: async () => (await import("./review-policy.js")).open,
  settings: async () => (await import("./review-settings.js")).open,
};
// Where each number of the stream stands in the menu.
const MENU = [["queue", "", "queue-held", "held"], ["queue", "queue=urgent", "queue-urgent", "urgent"], ["queue", "queue=escalated", "queue-escalated", "escalated"], ["queue", "queue=look", "queue-look", "look"],
  ["groups", "", "view-groups"], ["appeals", "", "view-appeals", "appeals"], ["reports", "", "view-reports", "reported"], ["audit", "", "view-audit", "audit"],
  ["blocks", "", "view-blocks"], ["figures", "", "view-figures"], ["policy", "", "view-policy"], ["settings", "", "view-settings"]];

class Console {
  constructor() {
    this.view = null;
    this.opening = 0;
    by("sign-in").addEventListener("submit", (event) => this.signIn(event));
    by("sign-out").addEventListener("click", () => this.leave());
    by("help").addEventListener("click", help);
    addEventListener("hashchange", () => desk.me && this.route());
    document.addEventListener("keydown", (event) => this.key(event));
    session.addEventListener("over", () => this.over());
    bus.addEventListener("counts", () => this.counts());
    bus.addEventListener("mode", () => this.state());
    bus.addEventListener("reload", () => this.route());
    bus.addEventListener("revealed", () => rest.revealed());
    this.begin();
  }

  // Whether there is a cookie no script can see; asking in vain would be an error in the console.
  async begin() {
    if (!wish("signedIn")) {
      this.out("");
      return;
    }
    try {
      await this.enter(await resume());
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.status === 401) setWish("signedIn", false);
      this.out(problem.status === 401 ? "" : problem.words);
    }
  }

  out(why) {
    by("sign-in").hidden = false;
    by("view").hidden = true;
    for (const element of document.querySelectorAll(".signed-in")) element.hidden = true;
    by("token-fault").textContent = why;
    by("token").toggleAttribute("aria-invalid", false);
    if (why) by("token").setAttribute("aria-invalid", "true");
    by("token").focus();
  }

  over() {
    unfollow();
    this.out(say("signin-over"));
  }

  async signIn(event) {
    event.preventDefault();
    const token = by("token").value.trim();
    if (!token) {
      this.out(say("signin-empty"));
      return;
    }
    try {
      const me = await signIn(token);
      by("token").value = "";
      by("token-fault").textContent = "";
      setWish("signedIn", true);
      await this.enter(me);
      by("main").focus();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.out(problem.status === 401 ? say("signin-wrong") : problem.words);
    }
  }

  async leave() {
    const n = theOutbox()?.size ?? 0;
    if (n && !(await confirmBox(say("signout"), say("signout-waiting", { n }), say("signout")))) return;
    try {
      await signOut();
    } catch (problem) {
      tellTrouble(problem);
      return;
    }
    setWish("signedIn", false);
    sessionStorage.clear();
    location.replace("/review");
    location.reload();
  }

  async enter(me) {
    const other = desk.me && desk.me.id !== me.id;
    desk.me = me;
    desk.names.set(me.id, me.name);
    openOutbox(me).addEventListener("change", () => this.state());
    await this.site(me.sites.includes(wish("site")) ? wish("site") : me.sites[0]);
    by("sign-in").hidden = true;
    by("view").hidden = false;
    for (const element of document.querySelectorAll(".signed-in")) element.hidden = false;
    by("who").textContent = me.name;
    this.menu();
    this.state();
    if (other) location.hash = "";
    await this.route();
  }

  async site(site) {
    await enterSite(site);
    setWish("site", site);
    const select = choose(desk.me.sites.map((each) => [each, each]), site, { id: "site", "aria-label": say("site"), on: { change: async () => {
      await this.site(select.value).catch(tellTrouble);
      await this.route();
    } } });
    by("site-holder").replaceChildren(desk.me.sites.length > 1 ? select : make("span", { text: site }));
    follow();
  }

  menu() {
    by("menu").replaceChildren(...MENU.map(([view, params, key, counted]) => make("li", {}, make("a", { href: `#${view}${params ? `?${params}` : ""}`, "data-count": counted }, make("span", { text: say(key) }), counted && make("span", { class: "number" })))));
    this.counts();
  }

  counts() {
    for (const link of by("menu").querySelectorAll("[data-count]")) {
      const n = desk.counts[link.dataset.count];
      link.querySelector(".number").textContent = n ? count(n) : "";
    }
    document.title = `${desk.counts.held ? `(${count(desk.counts.held)}) ` : ""}${say("console")} · Gatepost`;
  }

  // The connection and what waits for it, in one place.
  state() {
    const outbox = theOutbox();
    const mode = outbox?.down || !navigator.onLine ? "offline" : liveMode();
    const words = outbox?.down && outbox.size ? say("waiting", { n: outbox.size }) : mode && say(mode);
    by("state").className = mode;
    if (by("state").textContent !== words) by("state").textContent = words;
  }

  go(view, params = new URLSearchParams()) {
    const hash = `#${view}${params.size ? `?${params}` : ""}`;
    if (location.hash === hash) this.route();
    else location.hash = hash;
  }

  async route() {
    const opening = (this.opening += 1);
    const [, name, search] = /^#(\w*)(?:\?(.*))?$/.exec(location.hash) ?? [];
    const view = name in VIEWS ? name : "queue";
    const params = new URLSearchParams(search ?? "");
    const open = await VIEWS[view]();
    if (opening !== this.opening) return;
    this.view?.end();
    const root = by("view");
    // A control that changes what is shown stays under the fingers.
    const control = root.contains(document.activeElement) && document.activeElement.name;
    const held = ["urgent", "escalated", "look", "reported"].includes(params.get("queue")) ? params.get("queue") : "held";
    const title = view === "queue" ? say(`queue-${params.get("queue") in desk.counts ? params.get("queue") : held}`) : say(`view-${view}`);
    root.className = `view-${view}`;
    root.replaceChildren(make("h1", { text: title }));
    for (const link of by("menu").querySelectorAll("a")) {
      const here = link.hash === `#${view}` || (view === "queue" && link.hash === `#queue?queue=${params.get("queue")}`);
      if (here && !(view === "queue" && link.hash === "#queue" && held !== "held")) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.view = open(root, params, (to, next) => this.go(to, next));
    if (control) root.querySelector(`[name="${control}"]`)?.focus();
  }

  key(event) {
    const typing = event.target.matches("input:not([type=checkbox], [type=range]), select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !desk.me || by("view").hidden || !wish("keys") || event.defaultPrevented) return;
    if (event.target.matches("input[type=range]") && !/^[a-z?]$/.test(event.key)) return;
    const digit = event.shiftKey && /^Digit([1-9])$/.exec(event.code);
    if (event.key === "?") help();
    else if (event.key === "u") undo();
    else if (digit) by("menu").querySelectorAll("a")[digit[1] - 1]?.click();
    else if (!this.view?.key?.(event.key)) return;
    event.preventDefault();
  }
}

applyTheme();
for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
for (const element of document.querySelectorAll("[data-name]")) element.setAttribute("aria-label", say(element.dataset.name));
addEventListener("offline", () => tell(say("offline")));
new Console();
