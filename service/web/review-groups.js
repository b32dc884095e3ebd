// Many comments, few decisions: groups of what is held, each decided by ranges of scores.

import { Problem, query } from "./api.js";
import { make } from "./elements.js";
import { Group } from "./review-group.js";
import { desk } from "./review-desk.js";
import { choose, field } from "./review-dialogs.js";
import { LABELS } from "./review-filters.js";
import { ask, isMissing } from "./review-session.js";
import { count, say, spoken } from "./words.js";

const WAYS = ["thread", "author", "likeness", "reason"];

class Groups {
  constructor(root, params, go) {
    this.by = WAYS.includes(params.get("by")) ? params.get("by") : "thread";
    this.label = params.get("label") ?? "toxicity";
    this.groups = [];
    this.go = go;
    const again = () => go("groups", new URLSearchParams({ by: by.value, label: label.value }));
    const by = choose(WAYS.map((way) => [way, say(`by-${way}`)]), this.by, { name: "by", on: { change: again } });
    const label = choose(LABELS.map((each) => [each, spoken(each)]), this.label, { name: "label", on: { change: again } });
    this.controls = make("form", { class: "line" }, field(say("groups-by"), by), field(say("dots-label"), label));
    this.controls.addEventListener("submit", (event) => event.preventDefault());
    this.told = make("p", { class: "soft" });
    this.list = make("ol", { class: "groups", "aria-label": say("view-groups"), "aria-busy": "true" });
    root.append(make("p", { class: "lead", text: say("groups-lead") }), this.controls, this.told, this.list);
    this.load();
  }

  async load() {
    try {
      const { items, looked_at: looked, complete } = await ask(`/v1/review/groups${query({ site: desk.site, by: this.by })}`);
      this.groups = items.map((item) => new Group(item, this));
      this.list.replaceChildren(...this.groups.map((group) => group.item));
      this.told.textContent = items.length ? (complete ? "" : say("groups-partly", { looked: count(looked) })) : say("groups-none");
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.told.textContent = isMissing(problem) ? say("unavailable") : problem.words;
    }
    this.list.setAttribute("aria-busy", "false");
  }

  // The next group that has something left, after one is done.
  after(group) {
    const at = this.groups.indexOf(group);
    return [...this.groups.slice(at + 1), ...this.groups.slice(0, at)].find((other) => !other.done);
  }

  step(by) {
    const open = this.groups.filter((group) => !group.done || group.focused);
    const at = open.findIndex((group) => group.focused);
    open[at < 0 ? 0 : Math.min(Math.max(at + by, 0), open.length - 1)]?.focus();
  }

  // Article, author, near-duplicate, reason, and round again.
  regroup() {
    // Kept at once: who presses twice is quicker than the view that follows.
    this.by = WAYS[(WAYS.indexOf(this.by) + 1) % WAYS.length];
    this.go("groups", new URLSearchParams({ by: this.by, label: this.label }));
  }

  key(name) {
    const group = this.groups.find((each) => each.focused);
    if (group?.key(name)) return true;
    if (name === "j") this.step(1);
    else if (name === "k") this.step(-1);
    else if (name === "g") this.regroup();
    else if (name === "/") this.controls.querySelector("select").focus();
    else return false;
    return true;
  }

  end() {
    for (const group of this.groups) group.end();
  }
}

export const open = (root, params, go) => new Groups(root, params, go);
