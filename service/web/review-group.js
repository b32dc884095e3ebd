// One group: its dots, a range, samples from it, one decision for the range, and the severe ones to be read alone.

import { Problem, query } from "./api.js";
import { make } from "./elements.js";
import { cover, isSevere, marked, severeWhat } from "./review-body.js";
import { decideMany } from "./review-bulk.js";
import { desk, inWords, tell, tellTrouble } from "./review-desk.js";
import { Dots } from "./review-dots.js";
import { CardList } from "./review-list.js";
import { ask, isMissing } from "./review-session.js";
import { knows, reasonInWords, say, score, spoken } from "./words.js";

const SAMPLES = 10;
const PAUSE = 350;
const FILTERS = { thread: "thread", author: "author", likeness: "by_likeness", reason: "reason" };

// A covered text that its own button shows; without a card around it.
function sample(comment, label) {
  const value = comment.scores?.labels[label];
  const item = make("li", {}, make("p", { class: "soft" }, make("strong", { dir: "auto", text: comment.author.name || say("deleted-author") }), value === undefined ? "" : ` · ${spoken(label)} ${score(value)}`));
  const text = marked(comment.body, comment.reasons);
  const hidden = isSevere(comment) && cover(severeWhat(comment), () => {
    hidden.replaceWith(text);
    text.tabIndex = -1;
    text.focus();
  });
  item.append(hidden || text);
  return item;
}

export class Group {
  constructor(group, owner) {
    this.group = group;
    this.owner = owner;
    this.done = false;
    this.left = group.count;
    this.count = make("span", { class: "count" });
    this.head = make("button", { type: "button", class: "group-head", "aria-expanded": "false", on: { click: () => this.toggle() } },
      make("span", { class: "title", dir: "auto", text: this.title }), this.count);
    this.body = make("div", { class: "group-body", hidden: true });
    this.item = make("li", { class: "group" }, make("h2", {}, this.head), this.body);
    this.tell();
  }

  get title() {
    const { by } = this.owner;
    const { key, title } = this.group;
    if (by === "reason") return knows(`reason-${key}`) ? reasonInWords({ code: key }).replace(/ +/g, " ").replace(" ()", "").trim() : spoken(title || key);
    return (typeof title === "object" ? inWords(title) : title) || key;
  }

  get filter() {
    return { [FILTERS[this.owner.by]]: this.group.key };
  }

  get focused() {
    return this.item.contains(document.activeElement);
  }

  focus() {
    this.head.focus();
  }

  tell() {
    const severe = Number(this.group.severe) || 0;
    this.count.textContent = this.done ? say("group-done") : [say("group-count", { n: this.left }), severe && say("group-severe", { n: severe }), this.group.highest && say("group-highest", { score: score(this.group.highest) })].filter(Boolean).join(" · ");
    this.item.classList.toggle("done", this.done);
  }

  toggle() {
    const opened = this.body.hidden;
    this.body.hidden = !opened;
    this.head.setAttribute("aria-expanded", String(opened));
    if (opened) this.load();
    else this.end();
  }

  end() {
    clearTimeout(this.timer);
    this.cards?.end();
    this.cards = null;
  }

  async load() {
    this.end();
    this.body.setAttribute("aria-busy", "true");
    try {
      const { points, total, complete } = await ask(`/v1/review/distribution${query({ site: desk.site, label: this.owner.label, ...this.filter })}`);
      this.dots = new Dots(this.owner.label, points, () => this.ranged());
      this.left = total ?? points.length;
      this.draw(complete);
      if (!points.length) this.finish();
      else if (this.dots.chosen.length) await this.sample();
      else await this.readSevere();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.body.replaceChildren(make("p", { class: "fault", role: "alert", text: isMissing(problem) ? say("unavailable") : problem.words }));
    }
    this.body.setAttribute("aria-busy", "false");
  }

  draw(complete) {
    const button = (action, key) => make("button", { type: "button", class: action, "aria-keyshortcuts": key, on: { click: () => this.decide(action) } }, make("span"), make("kbd", { "aria-hidden": "true", text: key }));
    this.buttons = { approve: button("approve", "a"), reject: button("reject", "r") };
    this.samples = make("ul", { class: "samples", "aria-label": say("samples") });
    const severe = this.dots.points.filter((point) => point.severe).length;
    this.read = make("button", { type: "button", hidden: !severe, text: say("read-severe", { n: severe }), on: { click: () => this.readSevere() } });
    this.reading = make("div");
    this.body.replaceChildren(...[this.dots.element, complete === false && make("p", { class: "soft", text: say("dots-partly", { n: this.dots.points.length }) }),
      make("div", { class: "actions" }, this.buttons.approve, this.buttons.reject, this.read), this.reading,
      make("h3", { text: say("samples") }), this.samples,
      make("p", {}, make("button", { type: "button", class: "plain", "aria-keyshortcuts": "s", on: { click: () => this.sample() } }, say("samples-again"), make("kbd", { "aria-hidden": "true", text: "s" })))].filter(Boolean));
    this.offer();
  }

  offer() {
    const n = this.dots.chosen.length;
    for (const [action, button] of Object.entries(this.buttons)) {
      button.firstChild.textContent = say(`dots-${action}`, { n });
      button.disabled = !n;
    }
  }

  ranged() {
    this.offer();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.sample(), PAUSE);
  }

  async sample() {
    const { from, to } = this.dots;
    try {
      const { items } = await ask(`/v1/review/samples${query({ site: desk.site, label: this.owner.label, min_score: from, max_score: to, count: SAMPLES, ...this.filter })}`);
      this.samples.replaceChildren(...items.map((comment) => sample(comment, this.owner.label)));
      if (!items.length) this.samples.append(make("li", { class: "soft", text: say("samples-none") }));
    } catch (problem) {
      tellTrouble(problem);
    }
  }

  async decide(action) {
    // What is being fetched again is another range than the one that is drawn.
    if (this.body.ariaBusy === "true") return;
    const items = this.dots.chosen.map(({ id, version }) => ({ id, version }));
    if (!items.length) return;
    const done = await decideMany(items, action, { begun: () => this.body.setAttribute("aria-busy", "true"), undone: () => this.restore() });
    this.body.setAttribute("aria-busy", "false");
    if (done === null) this.buttons[action].focus();
    else await this.again();
  }

  // What is left of the group after a decision; when that is nothing, the next one has the focus.
  async again() {
    await this.load();
    if (this.done) {
      this.owner.after(this)?.focus();
      return;
    }
    if (!this.cards) this.focus();
    this.tell();
  }

  finish() {
    this.done = true;
    this.left = 0;
    if (!this.body.hidden) this.toggle();
    this.tell();
  }

  async restore() {
    this.done = false;
    if (this.body.hidden) this.toggle();
    else await this.load();
    this.tell();
    this.focus();
  }

  // The severe ones, each a card of its own; when they are read, the group is looked at again.
  async readSevere() {
    this.reading.replaceChildren();
    this.cards?.end();
    this.cards = new CardList(this.reading, { label: this.read.textContent, belongs: (to) => to === "held", fetch: async (cursor) => {
      const page = await ask(`/v1/review/comments${query({ site: desk.site, status: "held", sort: "first", limit: 200, cursor, ...this.filter })}`);
      return { ...page, items: page.items.filter(isSevere) };
    } });
    const counted = this.cards.counted;
    await this.cards.restart();
    this.read.hidden = true;
    this.cards.step(1);
    this.cards.counted = (n) => {
      counted?.(n);
      if (!n && !this.cards.busy) this.readAll();
    };
  }

  readAll() {
    this.end();
    const others = this.dots.points.some((point) => !point.severe);
    if (others) {
      this.focus();
      return;
    }
    this.finish();
    tell(say("group-done"));
    this.owner.after(this)?.focus();
  }

  key(name) {
    if (this.cards?.current && this.cards.key(name)) return true;
    if (this.body.hidden || !this.dots) return false;
    if (name === "a") this.decide("approve");
    else if (name === "r") this.decide("reject");
    else if (name === "s") this.sample();
    else return false;
    return true;
  }
}
