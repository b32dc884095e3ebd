// The comments as a tree of elements, changed one by one so that nothing else moves or loses focus.

import { clock, make, webAddress } from "./elements.js";

const STATES = {
  pending: "Waiting to be checked. Only you can see this comment until then.",
  held: "A person will read this before it appears.",
  approved: "Published. Everyone can read it now.",
  rejected: "This comment was not published.",
};

export class Tree {
  // `pinned` shows one's own comments of this visit; `actions` are what a comment's buttons do.
  constructor(root, pinned, actions) {
    this.root = root;
    this.pinned = pinned;
    this.actions = actions;
    this.nodes = new Map();
    this.sort = "oldest";
  }

  get(id) {
    return this.nodes.get(id);
  }

  // Shows a comment, or shows it anew; fields that are not given stay as they were.
  put(comment) {
    let node = this.nodes.get(comment.id);
    const data = { ...node?.data, removed: false, ...comment };
    const drawn = JSON.stringify(data);
    if (node && node.drawn === drawn) return node;
    const card = this.draw(data);
    if (node) {
      const focused = node.card.contains(document.activeElement);
      node.card.replaceWith(card);
      Object.assign(node, { data, card, drawn });
      if (focused) card.focus();
      return node;
    }
    const answers = make("ol", { class: "thread" });
    node = { data, card, drawn, answers, item: make("li", {}, card, answers) };
    this.nodes.set(data.id, node);
    this.place(node);
    for (const other of this.nodes.values()) if (other.data.parent_id === data.id) this.place(other);
    return node;
  }

  place(node) {
    const parent = this.nodes.get(node.data.parent_id);
    const list = parent ? parent.answers : node.data.pin ? this.pinned : this.root;
    const newestFirst = !parent && (node.data.pin || this.sort === "newest");
    node.item.dataset.id = node.data.id;
    const next = [...list.children].find((item) =>
      newestFirst ? item.dataset.id < node.data.id : item.dataset.id > node.data.id);
    list.insertBefore(node.item, next ?? null);
  }

  // Takes a comment away; where answers to it are shown, its place stays.
  remove(id) {
    const node = this.nodes.get(id);
    if (!node) return;
    if (node.answers.children.length) {
      const { parent_id, created_at, pin } = node.data;
      node.data = {};
      this.put({ id, parent_id, created_at, pin, removed: true });
      return;
    }
    this.actions.leaving(node.item);
    node.item.remove();
    this.nodes.delete(id);
    const parent = this.nodes.get(node.data.parent_id);
    if (parent?.data.removed) this.remove(parent.data.id);
  }

  clear() {
    for (const node of this.nodes.values()) this.actions.leaving(node.item);
    this.nodes.clear();
    this.root.replaceChildren();
    this.pinned.replaceChildren();
  }

  draw(data) {
    if (data.removed) return make("article", { class: "comment removed", tabindex: "-1", text: "This comment was removed." });
    const status = data.status ?? "approved";
    const card = make("article", {
      class: `comment ${data.own ? "own" : ""} ${status}`,
      tabindex: "-1",
      "aria-label": `Comment by ${data.author.name}`,
    });
    const site = webAddress(data.author.website);
    const name = make("strong", { dir: "auto", text: site ? undefined : data.author.name },
      site && make("a", { href: site, rel: "nofollow ugc noopener", text: data.author.name }));
    card.append(make("header", {}, name, clock(data.created_at),
      data.own && make("span", { class: "place", text: "Yours" }),
      data.parent_id && !this.nodes.has(data.parent_id) &&
        make("span", { class: "place", text: "answers another comment" })));
    card.append(make("p", { class: "body", dir: "auto", text: data.body }));
    if (data.own && (data.pin || status !== "approved")) card.append(...this.state(data));
    if (status === "approved") card.append(this.button("Reply", `Reply to ${data.author.name}`, () => this.actions.reply(data)));
    return card;
  }

  state(data) {
    const parts = [make("p", { class: "state", text: STATES[data.status] ?? data.status })];
    if (data.reasons?.length && data.status !== "approved") {
      parts.push(make("ul", { class: "why" }, ...data.reasons.map(({ text }) => make("li", { text }))));
    }
    if (data.status === "rejected") {
      parts.push(this.button("Hide this", null, () => this.actions.forget(data)));
    }
    return parts;
  }

  button(text, label, click) {
    return make("button", { type: "button", class: "plain", text, "aria-label": label, on: { click } });
  }
}
