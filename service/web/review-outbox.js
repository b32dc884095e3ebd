// Decisions on their way: each is kept until the server has answered it, and they go in the order they were made.

import { Problem } from "./api.js";
import { post } from "./review-session.js";

const MOST = 50;
const WAITS = [1000, 2000, 4000, 8000, 15000];
const STATUS = { approve: "approved", reject: "rejected", hold: "held" };
// How each kind is sent: decisions together, the others one by one.
const KINDS = {
  decision: ({ site, id, version, action, house_rule, reason, claim }) =>
    ({ site, id, version, action, ...(house_rule && { house_rule }), ...(reason && { reason }), ...(claim && { claim }) }),
  escalation: ({ site, id, version, note }) => ({ site, id, version, ...(note && { note }) }),
  skip: ({ site, id }) => ({ site, id }),
};
const PATHS = { escalation: "/v1/review/escalations", skip: "/v1/review/skips" };

// Events: "change" when something waits or goes; "result" with {entry, result} for what a page before this one had sent.
export class Outbox extends EventTarget {
  constructor(me) {
    super();
    this.me = me;
    this.name = `gatepost:outbox:${me.id}`;
    this.entries = JSON.parse(sessionStorage.getItem(this.name) ?? "[]").map((entry) => ({ ...entry, settle: null }));
    this.running = false;
    this.down = false;
    this.tries = 0;
    addEventListener("online", () => this.wake?.());
    addEventListener("beforeunload", (event) => {
      if (this.entries.length) event.preventDefault();
    });
    this.run();
  }

  get size() {
    return this.entries.length;
  }

  has(id) {
    return this.entries.some((entry) => entry.id === id);
  }

  save() {
    const kept = this.entries.map(({ settle: _, promise: __, flying: ___, ...entry }) => entry);
    if (kept.length) sessionStorage.setItem(this.name, JSON.stringify(kept));
    else sessionStorage.removeItem(this.name);
    this.dispatchEvent(new Event("change"));
  }

  // Gives the entry; its `promise` becomes the server's result for it.
  add(given) {
    const entry = { ...given };
    entry.promise = new Promise((resolve) => {
      entry.settle = resolve;
    });
    this.entries.push(entry);
    this.save();
    this.run();
    return entry;
  }

  // Takes back what was not sent; false when it may have been.
  withdraw(entry) {
    if (!this.entries.includes(entry) || entry.flying || entry.sent) return false;
    this.entries = this.entries.filter((other) => other !== entry);
    this.save();
    return true;
  }

  settle(entry, result) {
    this.entries = this.entries.filter((other) => other !== entry);
    if (entry.settle) entry.settle(result);
    else this.dispatchEvent(new CustomEvent("result", { detail: { entry, result } }));
  }

  // Decisions go together for as long as they follow each other, alone when one of them was refused as a form.
  next() {
    const [head] = this.entries;
    if (head.kind !== "decision" || this.singly) return [head];
    const end = this.entries.findIndex((entry) => entry.kind !== "decision");
    return this.entries.slice(0, Math.min(end < 0 ? MOST : end, MOST));
  }

  async run() {
    if (this.running) return;
    this.running = true;
    while (this.entries.length && !this.stopped) {
      const batch = this.next();
      for (const entry of batch) entry.flying = true;
      try {
        const results = await this.send(batch);
        batch.forEach((entry, at) => this.settle(entry, this.mine(entry, results[at])));
        this.tries = 0;
        this.down = false;
        this.singly = false;
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        await this.failed(batch, problem);
      }
      this.save();
    }
    this.running = false;
  }

  async send(batch) {
    const bodies = batch.map((entry) => KINDS[entry.kind](entry));
    if (batch[0].kind === "decision") return (await post("/v1/review/decisions", { decisions: bodies })).results;
    const done = await post(PATHS[batch[0].kind], bodies[0]);
    return [{ ok: true, ...done }];
  }

  // An answer that was lost on the way looks like a race that was lost to oneself.
  mine(entry, result) {
    const { problem } = result;
    const own = problem?.type === "lost-race" && entry.sent && problem.decided_by === this.me.id && problem.decided_to === STATUS[entry.action];
    return own ? { ok: true, id: entry.id, status: problem.decided_to, version: problem.version, decision: problem.decision } : result;
  }

  async failed(batch, problem) {
    const again = problem.uncertain || problem.status === 429;
    for (const entry of batch) {
      entry.flying = false;
      // Without a connection nothing has left; else it may have been carried out though its answer is lost.
      if (problem.uncertain) entry.sent ||= navigator.onLine;
    }
    if (problem.status === 401) {
      this.stopped = true;
      return;
    }
    if (!again) {
      if (batch.length === 1) this.settle(batch[0], { ok: false, id: batch[0].id, problem: problem.members });
      else this.singly = true;
      return;
    }
    this.down = true;
    this.save();
    await this.pause(Math.max(WAITS[Math.min(this.tries, WAITS.length - 1)], (problem.retryAfter ?? 0) * 1000));
    this.tries += 1;
  }

  pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  goOn() {
    this.stopped = false;
    this.wake?.();
    this.run();
  }
}
