// The queue: what waits, filtered, growing while it is read, or twenty comments taken to oneself.

import { Problem, query } from "./api.js";
import { make } from "./elements.js";
import { claims } from "./review-claims.js";
import { tell, tellTrouble } from "./review-desk.js";
import { asked, belongsTo, filterForm, takeable } from "./review-filters.js";
import { CardList } from "./review-list.js";
import { wish } from "./review-kept.js";
import { on } from "./review-live.js";
import { ask } from "./review-session.js";
import { say } from "./words.js";

const PAGE = 100;
const MOST = 200;
const NEXT = 20;
const PATH = "/v1/review/comments";

class Queue {
  constructor(root, params, go) {
    this.params = params;
    this.go = go;
    this.mine = false;
    this.fresh = 0;
    this.filters = filterForm(params, (next) => go("queue", next));
    this.take = make("button", { type: "button", id: "take", "aria-keyshortcuts": "m", on: { click: () => this.next() } }, say("take-next"), make("kbd", { "aria-hidden": "true", text: "m" }));
    this.whole = make("button", { type: "button", class: "plain", hidden: true, text: say("back-to-queue"), on: { click: () => this.all() } });
    this.shown = make("span", { class: "soft", id: "shown" });
    this.arrived = make("button", { type: "button", id: "arrived", hidden: true, on: { click: () => this.show() } });
    root.append(this.filters, make("div", { class: "bar" }, this.shown, this.whole, this.take), this.arrived);
    this.list = new CardList(root, { fetch: (cursor) => this.page(cursor), narrow: (name, comment) => this.narrow(name, comment), belongs: belongsTo(params) });
    this.list.counted = (n, more, text) => this.counted(n, more, text);
    const { signal } = this.list.ending;
    on("move", (move) => this.moved(move), signal);
    on("poll", () => this.poll(), signal);
    this.list.restart();
  }

  async page(cursor) {
    if (this.mine) return { items: [], next_cursor: null };
    return ask(PATH + query({ ...asked(this.params), limit: PAGE, cursor }));
  }

  narrow(name, comment) {
    const next = new URLSearchParams(this.params);
    next.set(name, name === "thread" ? comment.thread : comment.author.key);
    this.go("queue", next);
  }

  counted(n, more, text) {
    this.shown.textContent = say(this.mine ? "taken" : "shown-of", { n: more ? `${text}+` : n });
    if (this.mine && !n) this.list.none.textContent = say("nothing-more");
  }

  // What became held since; told, and shown when asked for, so that nothing moves under the reader's eyes.
  moved({ id, to }) {
    if (this.mine || !this.list.belongs(to) || this.list.cards.has(id)) return;
    this.grown(this.fresh + 1);
  }

  grown(n) {
    this.fresh = n;
    this.arrived.hidden = !n;
    this.arrived.textContent = say("arrived", { n });
  }

  newest() {
    return ask(PATH + query({ ...asked(this.params), sort: "newest", limit: MOST }));
  }

  async show() {
    this.grown(0);
    try {
      await this.list.arrive((await this.newest()).items);
    } catch (problem) {
      tellTrouble(problem);
    }
  }

  // Without the stream: what is new is counted, and when the whole queue fits one page, what is gone goes grey.
  async poll() {
    if (this.mine || this.list.busy) return;
    try {
      const { items, next_cursor: more } = await this.newest();
      const newest = [...this.list.cards.keys()].sort().at(-1) ?? "";
      this.grown(items.filter(({ id }) => id > newest && !this.list.cards.has(id)).length);
      if (more) return;
      const there = new Set(items.map(({ id }) => id));
      for (const card of this.list.order) if (!there.has(card.id) && !card.closed) card.close(say("gone"));
    } catch (problem) {
      // The page says already that there is no connection.
      if (!(problem instanceof Problem)) throw problem;
    }
  }

  async next() {
    try {
      const items = await claims.next(NEXT, { ...takeable(this.params), ...(wish("leftOut").length && { without: wish("leftOut") }) });
      if (!items.length) {
        tell(say("taken-none"));
        return;
      }
      this.mine = true;
      this.whole.hidden = false;
      await this.list.restart();
      await this.list.take(items);
      this.list.count();
      tell(say("taken", { n: items.length }));
      this.list.step(1);
    } catch (problem) {
      tellTrouble(problem);
    }
  }

  all() {
    this.mine = false;
    this.whole.hidden = true;
    claims.releaseAll();
    this.list.restart();
  }

  key(name) {
    if (name === "/") this.filters.search();
    else if (name === "m") this.next();
    else return this.list.key(name);
    return true;
  }

  end() {
    if (this.mine) claims.releaseAll();
    this.list.end();
  }
}

export const open = (root, params, go) => new Queue(root, params, go);
