// What this moderator has in hand: claimed silently when opened, kept by a heartbeat, given back when left.

import { Problem } from "./api.js";
import { desk, learnName } from "./review-desk.js";
import { ask, isMissing, post } from "./review-session.js";

const BEAT = 20000;
const SETTLE = 250;
const PATH = "/v1/review/claims";

class Claims {
  constructor() {
    this.held = new Map();
    this.open = null;
    this.missing = false;
    setInterval(() => this.beat(), BEAT);
    addEventListener("pagehide", () => this.releaseAll());
  }

  number(id) {
    return this.held.get(id)?.claim;
  }

  async quietly(work) {
    if (this.missing) return null;
    try {
      return await work();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      // A claim is a courtesy: the version decides, so work goes on without.
      if (isMissing(problem)) this.missing = true;
      return null;
    }
  }

  keep(items, kept) {
    for (const { comment, claim } of items) this.held.set(comment.id, { claim, site: desk.site, kept });
  }

  // Claims the card that was opened, once the eye rests on it, and gives back the one before.
  opened(card) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.take(card), SETTLE);
  }

  async take(card) {
    const { id, status } = card.comment;
    const before = this.open;
    this.open = id;
    if (before && before !== id && this.held.get(before)?.kept === false) this.release([before]);
    if (status !== "held" || this.held.has(id)) return;
    const found = await this.quietly(() => post(PATH, { site: desk.site, ids: [id] }));
    if (!found) return;
    this.keep(found.items, false);
    const claimed = found.items[0]?.comment.claimed;
    if (claimed) learnName(claimed.by, claimed.name);
  }

  // Raises Problem: whoever asks for twenty wants to know.
  async next(count, filters) {
    const found = await post(PATH, { site: desk.site, next: count, ...(Object.keys(filters).length && { filters }) });
    this.keep(found.items, true);
    return found.items.map(({ comment }) => comment);
  }

  async beat() {
    const claims = [...this.held].filter(([, { site }]) => site === desk.site).map(([id, { claim }]) => ({ id, claim }));
    if (!claims.length || document.hidden) return;
    const kept = await this.quietly(() => ask(PATH, { method: "PATCH", body: { site: desk.site, claims } }));
    for (const { id, ok } of kept?.items ?? []) if (!ok) this.held.delete(id);
  }

  drop(id) {
    this.held.delete(id);
  }

  release(ids, { keepalive = false } = {}) {
    const claims = ids.filter((id) => this.held.has(id)).map((id) => ({ id, claim: this.held.get(id).claim }));
    for (const { id } of claims) this.held.delete(id);
    if (claims.length) this.quietly(() => ask(PATH, { method: "DELETE", body: { site: desk.site, claims }, keepalive }));
  }

  releaseAll() {
    this.release([...this.held.keys()], { keepalive: true });
  }
}

export const claims = new Claims();
