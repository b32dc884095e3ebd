// A list of cards: filled page by page, walked by keyboard, decided one by one or selected for many.

import { Problem } from "./api.js";
import { make } from "./elements.js";
import { Card } from "./card.js";
import { isSevere, labelsOf } from "./review-body.js";
import { decideMany } from "./review-bulk.js";
import { claims } from "./review-claims.js";
import { decide, theOutbox } from "./review-decide.js";
import { nameOf, shout, tell } from "./review-desk.js";
import { wish } from "./review-kept.js";
import { on } from "./review-live.js";
import { openPanel, recordOf } from "./review-panels.js";
import { isMissing } from "./review-session.js";
import { count, say } from "./words.js";

const AT_ONCE = 20;
const MOST_EMPTY = 20;
const AHEAD = "1500px";
const ACTIONS = { a: "approve", r: "reject", e: "escalate", h: "hold" };
// Not a frame: there are none while the page is in the background.
const breath = () => new Promise((resolve) => setTimeout(resolve));
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

// Severe comments come at most `most` in a row while others are there to come between.
export function spaced(items, most, run = 0) {
  const [severe, others, out] = [items.filter(isSevere), items.filter((item) => !isSevere(item)), []];
  const mild = new Set(others);
  for (const item of items) {
    if (mild.has(item)) {
      if (others[0] !== item) continue;
      out.push(others.shift());
      run = 0;
    } else if (run < most || !others.length) {
      out.push(severe.shift());
      run += 1;
    } else {
      out.push(others.shift(), severe.shift());
      run = 1;
    }
  }
  return out.concat(severe, others);
}

export class CardList {
  // `fetch(cursor)` gives {items, next_cursor}; `act(list, card, action)` and `cards` are for views that decide otherwise.
  constructor(root, { fetch, cards = () => ({}), act = decide, narrow, empty = say("nothing"), belongs, label = say("view-queue") }) {
    this.fetch = fetch;
    this.options = cards;
    this.doing = act;
    this.narrow = narrow;
    this.belongs = belongs;
    this.cards = new Map();
    this.order = [];
    this.cursor = null;
    this.asked = 0;
    this.left = 0;
    this.run = 0;
    this.ending = new AbortController();
    this.list = make("ol", { class: "cards", "aria-label": label });
    this.none = make("p", { class: "nothing", hidden: true, text: empty });
    this.out = make("p", { class: "soft left-out", hidden: true });
    this.button = make("button", { type: "button", class: "wide", hidden: true, text: say("more"), on: { click: () => this.more(true) } });
    this.bar = make("div", { class: "bulk", role: "region", "aria-label": say("select"), hidden: true });
    root.append(this.list, this.out, this.none, this.button, this.bar);
    this.watcher = new IntersectionObserver(([seen]) => {
      this.near = seen.isIntersecting;
      if (this.near && this.cursor) this.more();
    }, { rootMargin: AHEAD });
    this.watcher.observe(this.button);
    const { signal } = this.ending;
    on("move", (move) => this.moved(move), signal);
    on("claim", ({ id, by, until }) => this.cards.get(id)?.claimedBy(until && { by, until, name: nameOf(by) }), signal);
    on("page", (thread) => this.order.forEach((card) => card.comment.thread === thread && card.pageKnown()), signal);
  }

  end() {
    this.asked += 1;
    this.ending.abort();
    this.watcher.disconnect();
  }

  async restart() {
    this.cards.clear();
    this.order = [];
    this.list.replaceChildren();
    this.left = 0;
    this.run = 0;
    this.cursor = null;
    this.busy = true;
    this.count();
    await this.page(null);
  }

  async more(moved = false) {
    if (this.busy) return;
    const last = this.order.at(-1);
    await this.page(this.cursor);
    if (moved) this.order[this.order.indexOf(last) + 1]?.focus();
  }

  async page(cursor) {
    const asked = (this.asked += 1);
    this.busy = true;
    this.list.setAttribute("aria-busy", "true");
    try {
      let { items, next_cursor: next } = await this.fetch(cursor);
      // A page may be empty and still have others behind it.
      for (let tries = 0; !items.length && next && tries < MOST_EMPTY; tries += 1) ({ items, next_cursor: next } = await this.fetch(next));
      if (asked !== this.asked) return;
      this.cursor = next ?? null;
      await this.take(items, asked);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (asked === this.asked) this.failed(problem);
    } finally {
      if (asked === this.asked) {
        this.busy = false;
        this.list.setAttribute("aria-busy", "false");
        this.count();
        // A short page leaves the end in sight, of which no observer tells twice; it speaks after a frame.
        frame().then(frame).then(() => this.near && this.cursor && asked === this.asked && this.more());
      }
    }
  }

  failed(problem) {
    this.trouble = make("p", { class: "fault", role: "alert", text: isMissing(problem) ? say("unavailable") : problem.words });
    this.list.before(this.trouble);
    this.cursor = null;
  }

  // Draws a few at a time, so that a page of a hundred holds up neither scrolling nor keys.
  async take(items, asked = this.asked) {
    this.trouble?.remove();
    const out = new Set(wish("leftOut"));
    const wanted = items.filter((item) => !this.cards.has(item.id) && !theOutbox()?.has(item.id));
    const kept = wanted.filter((item) => out.isDisjointFrom(labelsOf(item)));
    this.left += wanted.length - kept.length;
    const ordered = spaced(kept, wish("inARow"), this.run);
    for (let at = 0; at < ordered.length; at += AT_ONCE) {
      if (at) await breath();
      if (asked !== this.asked) return;
      for (const comment of ordered.slice(at, at + AT_ONCE)) {
        const card = new Card(comment, this, this.options(comment));
        this.run = card.severe ? this.run + 1 : 0;
        this.cards.set(comment.id, card);
        this.order.push(card);
        this.list.append(card.item);
      }
    }
  }

  // New ones above, without moving what is being read.
  async arrive(items) {
    const before = new Set(this.cards.keys());
    await this.take(items.filter(({ id }) => !before.has(id)));
    const fresh = this.order.filter((card) => !before.has(card.id));
    this.order = [...fresh, ...this.order.filter((card) => before.has(card.id))];
    this.list.prepend(...fresh.map((card) => card.item));
    this.count();
    fresh[0]?.focus();
    return fresh.length;
  }

  count() {
    const open = this.order.filter((card) => !card.closed).length;
    this.none.hidden = this.busy || Boolean(this.order.length || this.cursor || this.trouble?.isConnected);
    this.button.hidden = !this.cursor;
    this.out.hidden = !this.left;
    this.out.textContent = this.left ? say("left-out", { n: this.left }) : "";
    this.counted?.(open, Boolean(this.cursor), count(open));
  }

  get current() {
    return this.order.find((card) => card.focused);
  }

  // Steps over what is already decided.
  async step(by) {
    const open = this.order.filter((card) => !card.closed || card.focused);
    const at = open.findIndex((card) => card.focused);
    const to = at < 0 ? (by > 0 ? 0 : open.length - 1) : at + by;
    if (to >= open.length && this.cursor) await this.more(true);
    else open[Math.min(Math.max(to, 0), open.length - 1)]?.focus();
  }

  takeOut(card) {
    const at = this.order.indexOf(card);
    const had = card.focused;
    this.toggle(card, false);
    this.order.splice(at, 1);
    this.cards.delete(card.id);
    card.item.remove();
    const next = [...this.order.slice(at), ...this.order.slice(0, at).reverse()].find((other) => !other.closed);
    if (had || document.activeElement === document.body) next?.focus();
    this.count();
    if (this.order.length < AT_ONCE && this.cursor) this.more();
    return this.order[at] ?? null;
  }

  putBack(card, before) {
    if (this.ending.signal.aborted || this.cards.has(card.id)) return;
    const at = this.order.indexOf(before);
    this.order.splice(at < 0 ? this.order.length : at, 0, card);
    this.cards.set(card.id, card);
    this.list.insertBefore(card.item, at < 0 ? null : before.item);
    this.count();
  }

  // Somebody decided, or an author edited: what is open here goes grey and stays to be read.
  moved({ id, to, version, by }) {
    const card = this.cards.get(id);
    if (!card || card.closed || version <= card.comment.version || this.belongs?.(to)) return;
    card.close(to === "pending" ? say("edited-since") : say("elsewhere", { who: nameOf(by), outcome: say(`status-${to}`) }));
    this.count();
  }

  act(card, action) {
    return this.doing(this, card, action);
  }

  panel(card, name) {
    return openPanel(this, card, name);
  }

  opened(card) {
    if (this.last === card) return;
    this.last = card;
    claims.opened(card);
    recordOf(card);
  }

  revealed(card) {
    if (card.revealed) shout("revealed");
  }

  toggle(card, to = !card.selected) {
    if (to && card.severe) tell(say("bulk-severe"));
    card.select(to && !card.severe && !card.closed);
    this.selection();
  }

  get selected() {
    return this.order.filter((card) => card.selected);
  }

  selection() {
    const n = this.selected.length;
    this.bar.hidden = !n;
    if (!n) return;
    const act = (action, key) => make("button", { type: "button", class: action, text: say(key), on: { click: () => this.many(action) } });
    this.bar.replaceChildren(make("strong", { text: say("bulk-bar", { n }) }), act("approve", "decide-approve"), act("reject", "decide-reject-more"),
      make("button", { type: "button", class: "plain", text: say("bulk-clear"), on: { click: () => this.selected.forEach((card) => this.toggle(card, false)) } }));
  }

  async many(action) {
    const chosen = this.selected;
    const places = new Map();
    await decideMany(chosen.map(({ comment: { id, version } }) => ({ id, version })), action, {
      begun: () => chosen.forEach((card) => places.set(card, this.takeOut(card))),
      refused: (ids) => chosen.filter((card) => ids.has(card.id)).forEach((card) => this.putBack(card, places.get(card))),
      undone: (versions) => [...chosen].reverse().filter((card) => versions.has(card.id)).forEach((card) => {
        this.putBack(card, places.get(card));
        card.fill({ ...card.comment, version: versions.get(card.id) });
      }),
    });
  }

  key(name) {
    const card = this.current;
    if (name === "j") this.step(1);
    else if (name === "k") this.step(-1);
    else if (this.selected.length && (name === "a" || name === "r")) this.many(ACTIONS[name]);
    else if (!card) return false;
    else if (name === "x") this.toggle(card);
    else if (name === "v") card.reveal();
    else if (name in ACTIONS) this.pressed(card, name);
    else if (this.panel && "cnbt".includes(name)) this.panel(card, { c: "context", n: "note", b: "block", t: "thread" }[name]);
    else return false;
    return true;
  }

  // A key does what the card's own button for it does.
  pressed(card, name) {
    const button = card.article.querySelector(`.actions [aria-keyshortcuts="${name}"]`);
    if (button) this.act(card, button.dataset.action);
  }
}
