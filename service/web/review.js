// The review page: a plain list of what waits, with approve, reject and hold.

import { call, Problem, query, sitePath } from "./api.js";
import { draw, pageLink } from "./card.js";
import { ago, make } from "./elements.js";

const PAGE = 50;
const MOST = 200;
const REFRESH = 5000;
const DONE = { approve: "Approved", reject: "Rejected", hold: "Held" };
const BACK = { held: "hold", approved: "approve", rejected: "reject" };
const TOKEN = "gatepost:moderator";
const by = (id) => document.getElementById(id);

class Desk {
  constructor() {
    this.token = sessionStorage.getItem(TOKEN);
    this.cards = new Map();
    this.pages = new Map();
    this.cursor = null;
    this.wanted = PAGE;
    this.asked = 0;
    by("sign-in").addEventListener("submit", (event) => this.signIn(event));
    by("sign-out").addEventListener("click", () => this.signOut(""));
    by("filters").addEventListener("submit", (event) => event.preventDefault());
    by("filters").addEventListener("change", () => this.restart());
    by("more").addEventListener("click", () => this.loadMore());
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("visibilitychange", () => this.refresh());
    setInterval(() => this.refresh(), REFRESH);
    if (this.token) this.restart();
    else this.signOut("");
  }

  async signIn(event) {
    event.preventDefault();
    this.token = by("token").value.trim();
    if (!this.token) {
      this.signOut("The token is empty.");
      return;
    }
    await this.restart();
    if (!this.token) return;
    sessionStorage.setItem(TOKEN, this.token);
    by("token").value = "";
    this.focus([...this.cards.keys()][0]);
  }

  signOut(why) {
    this.token = null;
    this.asked += 1;
    sessionStorage.removeItem(TOKEN);
    this.clear();
    this.show(false);
    by("token-fault").textContent = why;
    by("token").toggleAttribute("aria-invalid", false);
    if (why) by("token").setAttribute("aria-invalid", "true");
    by("token").focus();
  }

  show(signedIn) {
    by("sign-in").hidden = signedIn;
    by("desk").hidden = !signedIn;
    by("sign-out").hidden = !signedIn;
  }

  clear() {
    this.cards.clear();
    by("list").replaceChildren();
    by("said").replaceChildren();
    by("trouble").textContent = "";
  }

  async restart() {
    this.clear();
    this.cursor = null;
    this.wanted = PAGE;
    await this.refresh();
  }

  get site() {
    return by("site").value.trim();
  }

  fetchPage(limit, cursor) {
    const fields = { site: this.site, status: by("status").value, sort: by("order").value, limit, cursor };
    return call(`/v1/review/comments${query(fields)}`, { token: this.token });
  }

  // Compares the list with what the API has now; a card that is being worked on stays where it is.
  async refresh() {
    if (!this.token || document.hidden) return;
    const asked = (this.asked += 1);
    try {
      const items = [];
      let cursor = null;
      do {
        const page = await this.fetchPage(Math.min(this.wanted - items.length, MOST), cursor);
        items.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor && items.length < this.wanted);
      // Something was asked after this: its answer counts.
      if (asked !== this.asked) return;
      this.cursor = cursor;
      this.show(true);
      by("trouble").textContent = "";
      this.take(items);
    } catch (problem) {
      if (asked === this.asked) this.failed(problem);
    }
  }

  failed(problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 401) {
      this.signOut("That token is not valid, or not any more.");
      return;
    }
    this.show(true);
    by("trouble").textContent = problem.words;
    by("nothing").hidden = true;
    by("more").hidden = true;
  }

  async loadMore() {
    const before = new Set(this.cards.keys());
    this.wanted += PAGE;
    await this.refresh();
    this.focus([...this.cards.keys()].find((id) => !before.has(id)));
  }

  take(items) {
    const listed = new Set(items.map(({ id }) => id));
    for (const [id, card] of this.cards) {
      if (listed.has(id)) continue;
      if (card.item.contains(document.activeElement)) this.close(card, "No longer in this list: somebody else decided.");
      else this.drop(id);
    }
    items.forEach((comment, position) => {
      let card = this.cards.get(comment.id);
      if (!card) {
        card = { comment, item: make("li") };
        this.fill(card, comment);
        this.cards.set(comment.id, card);
      } else if (card.comment.version !== comment.version && !card.item.contains(document.activeElement)) this.fill(card, comment);
      const there = by("list").children[position];
      if (there !== card.item && !card.item.contains(document.activeElement)) by("list").insertBefore(card.item, there ?? null);
    });
    this.cards = new Map([...this.cards].sort(([, one], [, other]) =>
      one.item.compareDocumentPosition(other.item) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    this.count();
  }

  fill(card, comment) {
    card.comment = comment;
    card.item.replaceChildren(draw(comment, this.pages.get(comment.thread), (action) => this.decide(comment.id, action)));
    if (!this.pages.has(comment.thread)) this.learnPage(comment);
  }

  async learnPage({ thread }) {
    this.pages.set(thread, null);
    try {
      const page = await call(sitePath(this.site, "threads") + query({ thread }), { token: this.token });
      this.pages.set(thread, page);
      for (const { comment, item } of this.cards.values()) {
        if (comment.thread === thread) item.querySelector(".page > *").replaceWith(pageLink(comment, page));
      }
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      // The thread's key stands where its title would.
      this.pages.delete(thread);
    }
  }

  drop(id) {
    this.cards.get(id)?.item.remove();
    this.cards.delete(id);
  }

  count() {
    by("nothing").hidden = this.cards.size > 0;
    by("more").hidden = !this.cursor;
    document.title = this.cards.size ? `${this.cards.size}${this.cursor ? "+" : ""} ${by("status").value} · Gatepost` : "Review · Gatepost";
  }

  // Leaves a card to be read, with nothing to press on it.
  close(card, why) {
    const outcome = card.item.querySelector(".outcome");
    outcome.textContent = why;
    outcome.hidden = false;
    card.item.firstChild.classList.add("closed");
    for (const button of card.item.querySelectorAll("button")) button.disabled = true;
    if (!card.item.contains(document.activeElement)) card.item.firstChild.focus();
  }

  async decide(id, action) {
    const card = this.cards.get(id);
    const button = card?.item.querySelector(`[data-action="${action}"]`);
    if (!card || button.disabled) return;
    const reason = card.item.querySelector(".reason")?.value.trim() ?? "";
    const { site, version, status, author } = card.comment;
    for (const other of card.item.querySelectorAll("button")) other.disabled = true;
    const result = await this.send({ site, id, version, action, reason });
    if (result?.ok) {
      const ids = [...this.cards.keys()];
      const next = ids[ids.indexOf(id) + 1] ?? ids[ids.indexOf(id) - 1];
      this.drop(id);
      this.said(`${DONE[action]}: the comment by ${author.name}.`, () => this.undo({ site, id, version: result.version, action: BACK[status] }));
      this.count();
      this.focus(next);
      this.refresh();
      return;
    }
    if (result) this.lost(card, result.problem);
    else for (const other of card.item.querySelectorAll("button")) other.disabled = false;
  }

  lost(card, problem) {
    if (problem.type !== "lost-race") {
      this.close(card, problem.detail);
      return;
    }
    const who = problem.decided_by || "the classifier";
    const when = problem.decided_at ? ` ${ago(new Date(problem.decided_at))}` : "";
    this.close(card, `Somebody else was first: ${problem.decided_to} by ${who}${when}.`);
  }

  async send(decision) {
    try {
      const { results } = await call("/v1/review/decisions", { method: "POST", token: this.token, body: { decisions: [decision] } });
      return results[0];
    } catch (problem) {
      this.failed(problem);
      return null;
    }
  }

  said(text, undo) {
    by("said").replaceChildren(make("span", { text }),
      ...(undo ? [make("button", { type: "button", class: "plain", text: "Undo", on: { click: undo } })] : []));
  }

  async undo(decision) {
    const result = await this.send(decision);
    if (!result) return;
    this.said(result.ok ? "Undone." : result.problem.detail);
    await this.refresh();
    this.focus(decision.id);
  }

  focus(id) {
    this.cards.get(id)?.item.firstChild.focus();
  }

  key(event) {
    const typing = event.target.matches("input, select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !this.token) return;
    const ids = [...this.cards.keys()];
    const at = ids.findIndex((id) => this.cards.get(id).item.contains(document.activeElement));
    const action = { a: "approve", r: "reject", h: "hold" }[event.key];
    if (event.key === "j") this.focus(ids[Math.min(at + 1, ids.length - 1)]);
    else if (event.key === "k") this.focus(ids[Math.max(at - 1, 0)]);
    else if (action && at >= 0) this.decide(ids[at], action);
    else return;
    event.preventDefault();
  }
}

new Desk();
