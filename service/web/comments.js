// The comment box: lists a thread and stays up to date with it.

import { call, query, sitePath } from "./api.js";
import { make, plural } from "./elements.js";
import { Form } from "./form.js";
import { Kept } from "./kept.js";
import { followOwn, followThread } from "./live.js";
import { Tree } from "./tree.js";

const PAGE = 25;
const WHOLE = 100;

class Box {
  // New comments of others, until their button is pressed; `edge` is the last of the page loaded last.
  fresh = new Map();
  count = 0;
  closed = false;
  cursor = null;
  edge = null;
  heardSince = 0;
  loading = Promise.resolve();
  visit = new AbortController();

  constructor(section) {
    this.site = section.dataset.site;
    this.thread = section.dataset.thread;
    this.kept = new Kept(this.site, this.thread);
    this.build(section);
    document.addEventListener("visibilitychange", () => this.attend());
  }

  build(section) {
    const button = (id, text, click, style) =>
      make("button", { type: "button", id, class: style, text, hidden: true, on: { click } });
    this.title = make("h2", { id: "comments-title", text: "Comments" });
    this.sorting = make("select", { id: "sort", on: { change: () => this.sortBy(this.sorting.value) } },
      make("option", { value: "oldest", text: "oldest first" }), make("option", { value: "newest", text: "newest first" }));
    this.sortLabel = make("label", { hidden: true }, "Show", this.sorting);
    this.news = make("div", { class: "unseen", "aria-live": "polite", id: "news" });
    this.trouble = make("p", { class: "fault" });
    this.again = button("again", "Try again", () => this.start());
    this.empty = make("p", { id: "empty", class: "soft", hidden: true, text: "There are no comments. Why not be the first?" });
    this.notice = make("p", { id: "notice", hidden: true, dir: "auto" });
    this.shut = make("p", { id: "closed", class: "soft", hidden: true, text: "No more comments are taken here." });
    this.opener = button("open-form", "Add your comment", () => this.form.open(), "main");
    this.showNew = button("show-new", "", () => this.show());
    this.more = button("load-more", "Load more comments", () => this.loadMore());
    const pinned = make("ol", { class: "thread", id: "yours" });
    const root = make("ol", { class: "thread", id: "thread" });
    this.form = new Form(this);
    this.home = make("div", {}, this.form.element);
    this.tree = new Tree(root, pinned, {
      reply: (comment) => this.form.open(comment),
      forget: (comment) => {
        this.forget(comment);
        this.opener.focus();
      },
      leaving: (item) => item.contains(this.form.element) && this.home.append(this.form.element),
    });
    section.replaceChildren(make("div", { class: "bar" }, this.title, this.sortLabel), this.news, this.notice, this.empty,
      this.shut, this.opener, this.home, pinned, this.trouble, this.again, this.showNew, root, this.more);
    section.setAttribute("aria-busy", "true");
    this.section = section;
  }

  async start() {
    for (const own of this.kept.own) if (own.status !== "approved") this.tree.put({ ...own, own: true, pin: !own.parent_id });
    this.opener.hidden = false;
    this.form.restore();
    await this.sortBy(this.tree.sort);
    this.attend();
  }

  // Follows while the page is looked at; a hidden page holds no connection and catches up when it is back.
  attend() {
    this.visit.abort();
    if (document.hidden) return;
    this.visit = new AbortController();
    const { signal } = this.visit;
    followThread(this.site, this.thread, { signal, heard: (name, data) => this.heard(name, data), refetch: () => this.refetch() });
    for (const own of this.kept.own) if (own.status !== "approved") this.follow(own);
  }

  follow(own) {
    followOwn(this.site, own, { signal: this.visit.signal, changed: (data) => this.ownChanged(own, data) })
      .catch((error) => console.error("Gatepost: following a comment failed", error));
  }

  // One at a time: two answers that overtake each other would bring withdrawn comments back.
  queue(work) {
    this.loading = this.loading.then(work).then(() => this.ended(), (problem) => this.ended(problem));
    return this.loading;
  }

  ended(problem) {
    this.trouble.textContent = problem ? `The comments cannot be shown at the moment. ${problem.words ?? ""}` : "";
    this.again.hidden = !problem;
    this.section.setAttribute("aria-busy", "false");
    if (problem && !problem.type) console.error(problem);
  }

  fetchPage(limit, cursor) {
    const fields = { thread: this.thread, sort: this.tree.sort, limit, cursor };
    return call(sitePath(this.site, "comments") + query(fields));
  }

  sortBy(sort) {
    return this.queue(async () => {
      const own = [...this.tree.nodes.values()].map(({ data }) => data).filter((data) => data.own);
      this.tree.sort = sort;
      const page = await this.fetchPage(PAGE, null);
      this.tree.clear();
      this.fresh.clear();
      for (const comment of own) this.tree.put(comment);
      this.take(page);
      this.form.settle();
    });
  }

  loadMore() {
    return this.queue(async () => {
      const page = await this.fetchPage(PAGE, this.cursor);
      this.take(page);
      this.tree.get(page.items[0]?.id)?.card.focus();
    });
  }

  take(page) {
    for (const item of page.items) this.accept(item);
    this.cursor = page.next_cursor;
    this.edge = this.cursor ? page.items.at(-1)?.id ?? this.edge : null;
    this.stand(page.thread);
    this.tell(page.count);
  }

  accept(item) {
    this.fresh.delete(item.id);
    const own = this.kept.own.some((one) => one.id === item.id);
    this.tree.put(own ? { ...item, own, status: "approved" } : item);
  }

  beyond(id) {
    return this.edge && (this.tree.sort === "oldest" ? id > this.edge : id < this.edge);
  }

  // Compares what is shown with what the API shows now, as far as it was loaded; new comments wait for their button.
  refetch() {
    return this.queue(async () => {
      let heard, items, page;
      // What is heard meanwhile may not be in the answer; a thread that never rests is taken as it comes.
      for (let tries = 3; tries && heard !== this.heardSince; tries -= 1) {
        heard = this.heardSince;
        items = new Map();
        page = null;
        do {
          page = await this.fetchPage(WHOLE, page?.next_cursor);
          for (const item of page.items) if (!this.beyond(item.id)) items.set(item.id, item);
        } while (page.next_cursor && !this.beyond(page.items.at(-1).id));
      }
      for (const [id, item] of items) {
        if (this.tree.get(id) || item.removed) this.accept(item);
        else this.arrived(item);
      }
      const gone = (id) => !items.has(id) && !this.beyond(id);
      for (const { data } of [...this.tree.nodes.values()]) {
        if ((data.status ?? "approved") === "approved" && gone(data.id)) this.tree.remove(data.id);
      }
      for (const id of this.fresh.keys()) if (gone(id)) this.fresh.delete(id);
      this.stand(page.thread);
      this.tell(page.count);
    });
  }

  heard(name, data) {
    this.heardSince += 1;
    if (name === "count") this.count = data.n;
    if (name === "removed") {
      this.fresh.delete(data.id);
      this.tree.remove(data.id);
      this.kept.own.filter((own) => own.id === data.id).forEach((own) => this.follow(own));
    }
    if (name === "approved") this.arrived(data);
    if (name === "thread") this.stand(data);
    this.tell(this.count);
  }

  arrived(comment) {
    // A quick verdict can overtake the answer to the form: only that tells whether it is one's own.
    if (this.form.sending) {
      const again = () => setTimeout(() => this.arrived(comment));
      this.form.sending.then(again, again);
      return;
    }
    const own = this.kept.own.find((one) => one.id === comment.id);
    const node = this.tree.get(comment.id);
    if (own) this.ownChanged(own, { ...own, status: "approved", body: comment.body });
    else if (node && !node.data.removed) this.accept(comment);
    else if (!this.fresh.has(comment.id)) {
      this.fresh.set(comment.id, comment);
      this.tell(this.count);
      this.say(this.newOnes);
    }
  }

  async show() {
    const ids = [...this.fresh.keys()].sort();
    // What lies between the last comment shown and the new ones comes first, or it would be passed over.
    while (this.cursor && ids.some((id) => this.beyond(id))) {
      const before = this.cursor;
      await this.queue(async () => this.take(await this.fetchPage(WHOLE, this.cursor)));
      if (this.cursor === before) break;
    }
    for (const comment of [...this.fresh.values()]) this.accept(comment);
    this.tell(this.count);
    this.tree.get(ids[0])?.card.focus();
  }

  // How the site has the thread stand: what it tells readers, and whether it takes comments.
  stand({ closed, notice }) {
    this.notice.textContent = notice;
    this.notice.hidden = !notice;
    this.closed = closed;
    this.shut.hidden = !closed;
    this.opener.hidden = closed || !this.form.element.hidden;
  }

  tell(count) {
    this.count = count;
    this.title.textContent = count ? plural(count, "comment", "comments") : "Comments";
    this.empty.hidden = this.closed || count > 0 || this.tree.nodes.size > 0;
    this.sortLabel.hidden = count < 2;
    this.more.hidden = !this.cursor;
    this.showNew.hidden = !this.fresh.size;
    this.showNew.textContent = `Show ${this.newOnes}`;
  }

  get newOnes() {
    return plural(this.fresh.size, "new comment", "new comments");
  }

  say(text) {
    this.news.textContent = text;
  }

  posted(own) {
    this.fresh.delete(own.id);
    this.kept.keepOwn(own);
    const node = this.tree.put({ ...own, own: true, pin: !own.parent_id });
    this.tell(this.count);
    node.card.focus();
    this.say("Your comment waits to be checked.");
    this.follow(own);
  }

  ownChanged(own, { status, body, reasons }) {
    if (status === "deleted") {
      this.forget(own);
      return;
    }
    // Read anew: another page of this browser may have learned more meanwhile.
    const known = this.kept.own.find((one) => one.id === own.id) ?? own;
    if (known.status === status && this.tree.get(own.id)?.data.status === status) return;
    const now = { ...known, status, body, reasons };
    this.kept.keepOwn(now);
    const node = this.tree.put({ ...now, own: true, pin: this.tree.get(own.id)?.data.pin ?? !own.parent_id });
    this.tell(this.count);
    // The card's own words: status, then reasons.
    this.say(`Your comment: ${[...node.card.querySelectorAll(".state, .why li")].map((part) => part.textContent).join(" ")}`);
  }

  forget(own) {
    this.kept.forgetOwn(own.id);
    this.tree.remove(own.id);
    this.tell(this.count);
  }
}

for (const section of document.querySelectorAll("[data-thread]")) new Box(section).start();
