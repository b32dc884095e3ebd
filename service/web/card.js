// One comment as a moderator sees it: text, author, page, scores, reasons, and what can be done about it.

import { clock, make, webAddress } from "./elements.js";
import { bars, cover, isSevere, marked, severeWhat } from "./review-body.js";
import { desk, learnName, learnPage, nameOf } from "./review-desk.js";
import { moment, reasonInWords, say } from "./words.js";

const POSSIBLE = { held: ["approve", "reject", "skip", "escalate"], approved: ["reject", "hold"], rejected: ["approve", "hold"] };
const KEYS = { approve: "a", reject: "r", hold: "h", skip: "h", escalate: "e", fit: "a", unfit: "r" };
const NAMES = { approve: "decide-approve", reject: "decide-reject-more", hold: "decide-hold", skip: "decide-skip", escalate: "decide-escalate", fit: "audit-fit", unfit: "audit-unfit", dismiss: "report-dismiss" };
// What tells how a comment that is audited blind was decided.
const BLINDING = new Set(["context", "trail"]);
const MORE = [["context", "c"], ["note", "n"], ["block", "b"], ["thread", "t"], ["trail", null]];

const kbd = (key) => key && make("kbd", { "aria-hidden": "true", text: key });

// `page` is what the site says of the thread, once it is known.
function pageLink(thread) {
  const page = desk.pages.get(thread);
  const url = webAddress(page?.url);
  const title = page?.title ? (page.title_verified ? page.title : say("named-by-reader", { title: page.title })) : thread;
  return url ? make("a", { href: url, target: "_blank", rel: "noopener", text: title }) : make("span", { text: title });
}

export class Card {
  // `list` acts for the card: act(card, action), panel(card, name), toggle(card); `actions` overrides what is possible.
  constructor(comment, list, { actions, blind = false, extra } = {}) {
    this.list = list;
    this.actions = actions;
    this.blind = blind;
    this.extra = extra;
    this.revealed = false;
    this.selected = false;
    this.closed = "";
    this.item = make("li");
    this.fill(comment);
  }

  get id() {
    return this.comment.id;
  }

  get covered() {
    return this.severe && !this.revealed;
  }

  get possible() {
    return this.closed ? [] : this.actions ?? POSSIBLE[this.comment.status] ?? [];
  }

  fill(comment) {
    this.comment = comment;
    // Judged blind, every text is covered: a cover on the worst alone would tell their scores.
    this.severe = this.blind || isSevere(comment);
    if (comment.claimed) learnName(comment.claimed.by, comment.claimed.name);
    this.closed = "";
    this.draw();
    learnPage(comment.thread);
  }

  draw() {
    const { comment } = this;
    const name = comment.author.name || say("deleted-author");
    const had = this.item.contains(document.activeElement) && document.activeElement !== document.body;
    this.article = make("article", { class: "card", tabindex: "-1", "aria-label": say("comment-by", { name }) },
      this.head(name), this.pageLine(),
      make("div", { class: "grid" }, make("div", { class: "text" }, ...this.text()), make("div", { class: "facts" }, ...this.facts())),
      make("div", { class: "panels" }), this.buttons());
    this.article.addEventListener("focusin", () => this.list.opened?.(this));
    this.item.replaceChildren(this.article);
    this.article.classList.toggle("selected", this.selected);
    if (had) this.focus();
  }

  head(name) {
    const { comment } = this;
    const { strength, website, staff } = comment.author;
    const site = webAddress(website);
    const flag = (on, key, kind) => on && make("span", { class: `flag ${kind}`, text: say(key) });
    const pick = this.list.toggle && make("input", { type: "checkbox", class: "pick", checked: this.selected, "aria-label": `${say("select")}: ${say("comment-by", { name })}`, "aria-keyshortcuts": "x", on: { change: () => this.list.toggle(this) } });
    return make("header", {}, pick, make("strong", { dir: "auto", text: name }), make("span", { class: "soft", text: say(`strength-${strength}`) }),
      flag(staff, "staff", "good"), flag(comment.urgent, "urgent", "bad"), flag(comment.escalated, "escalated", "wait"),
      site && make("a", { href: site, rel: "nofollow noopener noreferrer", target: "_blank", text: site }),
      make("span", { class: "claimed", hidden: !this.claimer, text: this.claimer }), clock(comment.created_at));
  }

  get claimer() {
    const claimed = this.comment.claimed;
    const others = claimed && claimed.by !== desk.me?.id && new Date(claimed.until) > Date.now();
    return others ? say("claimed-by", { name: claimed.name || nameOf(claimed.by) }) : "";
  }

  claimedBy(claimed) {
    this.comment = { ...this.comment, claimed };
    const told = this.article.querySelector(".claimed");
    told.textContent = this.claimer;
    told.hidden = !this.claimer;
  }

  pageLine() {
    const { comment } = this;
    return make("p", { class: "page" }, `${say("on")} `, pageLink(comment.thread), comment.parent_id && make("span", { class: "soft", text: ` · ${say("an-answer")}` }),
      comment.edited_at && make("span", { class: "soft", text: ` · ${say("edited")}` }));
  }

  pageKnown() {
    this.article.querySelector(".page > *").replaceWith(pageLink(this.comment.thread));
  }

  // Everything that somebody wrote is under the cover.
  text() {
    const { comment } = this;
    const reasons = this.blind ? [] : comment.reasons;
    const why = this.blind ? make("p", { class: "soft", text: say("hidden-scores") }) :
      make("div", { class: "why" }, make("h2", { text: say("why") }),
        reasons.length ? make("ul", {}, ...reasons.map((reason) => make("li", { text: reasonInWords(reason) }))) : make("p", { class: "soft", text: say("no-reason") }));
    if (this.covered) return [cover(this.blind ? say("audit-cover") : severeWhat(comment), () => this.reveal()), why];
    return [marked(comment.body, reasons), this.severe && make("p", {}, make("button", { type: "button", class: "plain", "aria-keyshortcuts": "v", text: say("cover"), on: { click: () => this.reveal() } })),
      why, comment.statement && make("p", { class: "told", text: say("told-author", { text: comment.statement }) }),
      ...comment.notes.map(({ by, name, at, text }) => make("p", { class: "note", text: say("note-line", { name: name || nameOf(by), when: moment(at), text }) })),
      ...(this.extra?.(comment) ?? [])].filter(Boolean);
  }

  facts() {
    if (this.blind) return [];
    return [make("h2", { text: say("scores") }), bars(this.comment), make("div", { class: "record" })];
  }

  buttons() {
    const possible = this.possible;
    const act = (action) => make("button", { type: "button", class: action, "data-action": action, "aria-keyshortcuts": KEYS[action] ?? null, on: { click: () => this.list.act(this, action) } }, say(NAMES[action]), kbd(KEYS[action]));
    const toggle = make("button", { type: "button", class: "more", "aria-expanded": String(Boolean(this.opened)), on: { click: () => this.expand() } }, say("more-actions"));
    const row = make("div", { class: "actions" }, ...possible.map(act), this.list.panel && toggle);
    if (!possible.length && !this.closed) row.prepend(make("p", { class: "soft", text: say("not-judged") }));
    return row;
  }

  expand() {
    this.opened = !this.opened;
    const row = this.article.querySelector(".actions");
    row.querySelector(".more").setAttribute("aria-expanded", String(this.opened));
    row.querySelector(".further")?.remove();
    if (!this.opened) return;
    const narrow = (filter) => make("button", { type: "button", class: "plain", text: say(`only-${filter}`), on: { click: () => this.list.narrow?.(filter, this.comment) } });
    row.append(make("div", { class: "further" },
      ...MORE.filter(([name]) => !(this.blind && BLINDING.has(name))).map(([name, key]) => make("button", { type: "button", class: "plain", "aria-keyshortcuts": key, on: { click: () => this.list.panel(this, name) } }, say(`act-${name}`), kbd(key))),
      ...(this.list.narrow ? [narrow("thread"), narrow("author")] : [])));
  }

  reveal() {
    if (!this.severe) return;
    this.revealed = !this.revealed;
    this.article.querySelector(".text").replaceChildren(...this.text());
    this.list.revealed?.(this);
    this.focus();
  }

  // What the server knows of the author, once it is asked.
  recordKnown(author) {
    const holder = this.article.querySelector(".record");
    if (!holder || !author) return;
    const blocked = author.blocked?.until;
    holder.replaceChildren(...[make("h2", { text: say("record") }),
      make("p", { text: say("record-line", author) + (author.reports ? `, ${say("record-reports", { n: author.reports })}` : "") }),
      blocked && make("p", { class: "fault", text: say("record-blocked", { until: moment(blocked) }) })].filter(Boolean));
  }

  // Leaves the card to be read, with nothing to decide on it.
  close(why) {
    this.closed = why;
    this.article.classList.add("closed");
    this.article.querySelector(".outcome")?.remove();
    const had = this.article.querySelector(".actions").contains(document.activeElement);
    this.article.querySelector(".actions").replaceWith(this.buttons());
    this.article.querySelector(".actions").before(make("p", { class: "outcome", text: why }));
    if (had) this.focus();
  }

  select(on) {
    this.selected = on;
    this.article.classList.toggle("selected", on);
    const pick = this.article.querySelector(".pick");
    if (pick) pick.checked = on;
  }

  focus() {
    this.article.focus();
  }

  get focused() {
    return this.item.contains(document.activeElement);
  }
}
