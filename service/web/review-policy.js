// The policy: thresholds and house rules as a draft beside what is in force, rehearsed before it is put in force.

import { Problem, sitePath } from "./api.js";
import { make } from "./elements.js";
import { changeList, changes } from "./review-changes.js";
import { history } from "./review-history.js";
import { desk, enterSite, tell } from "./review-desk.js";
import { rehearsal } from "./review-rehearsal.js";
import { ruleForm } from "./review-rules.js";
import { ask, isMissing, post } from "./review-session.js";
import { say, spoken } from "./words.js";

const path = (...rest) => sitePath(desk.site, "policy", ...rest);

class Desk {
  constructor(root, signal) {
    this.root = root;
    this.signal = signal;
    this.policy = desk.policy;
    this.draft = structuredClone(this.policy);
    this.changed = make("div", { class: "changes-box", "aria-live": "polite" });
    this.result = make("div", { class: "rehearsal", "aria-live": "polite" });
    this.fault = make("p", { class: "fault", role: "alert" });
    this.rehearse = make("button", { type: "button", text: say("policy-rehearse"), on: { click: () => this.replay() } });
    this.save = make("button", { type: "button", class: "main", text: say("policy-save"), on: { click: () => this.put() } });
    const form = make("form", { class: "policy", on: { submit: (event) => event.preventDefault(), input: () => this.show() } }, this.thresholds(), ruleForm(this.draft, () => this.show()));
    root.append(make("p", { class: "soft", text: say("policy-version", { version: String(this.policy.version), classifier: this.policy.classifier }) }),
      make("div", { class: "beside" }, form, make("div", { class: "tile sticky" }, make("h2", { text: say("policy-changes") }), this.changed,
        make("p", { class: "buttons" }, this.rehearse, desk.senior ? this.save : make("span", { class: "soft", text: say("policy-view") })), this.fault, this.result)),
      history(path, () => this.again()));
    this.show();
  }

  thresholds() {
    const input = (label, kind) => {
      const control = make("input", { type: "number", min: "0", max: "1", step: "0.01", inputmode: "decimal", "aria-label": say(`policy-${kind}-of`, { label: spoken(label) }), value: this.draft.thresholds[label][kind] ?? "" });
      control.addEventListener("input", () => {
        this.draft.thresholds[label][kind] = control.value === "" ? null : Number(control.value);
      });
      return make("td", {}, control);
    };
    return make("section", { class: "tile" }, make("h2", { text: say("policy-thresholds") }), make("p", { class: "soft", text: say("policy-lead") }),
      make("table", {}, make("thead", {}, make("tr", {}, ...["label", "hold", "reject"].map((kind) => make("th", { scope: "col", text: say(`policy-${kind}`) })))),
        make("tbody", {}, ...Object.keys(this.draft.thresholds).map((label) => make("tr", {}, make("th", { scope: "row", text: spoken(label) }), input(label, "hold"), input(label, "reject"))))));
  }

  show() {
    const found = changes(this.policy, this.draft);
    this.changed.replaceChildren(changeList(found));
    this.save.disabled = !found.length;
    this.rehearse.disabled = !found.length;
  }

  // Runs what may fail; its words stand beside the buttons.
  async trying(work) {
    this.fault.textContent = "";
    try {
      await work();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      const faults = problem.faults.map(({ path: where, message }) => `${where} ${message}`).join("; ");
      this.fault.textContent = isMissing(problem) ? say("unavailable") : faults || problem.words;
    }
  }

  async replay() {
    this.rehearse.disabled = true;
    this.result.replaceChildren(make("p", { class: "soft", text: say("policy-rehearsing") }));
    await this.trying(async () => this.result.replaceChildren(rehearsal(await post(path("rehearse"), { policy: this.draft }))));
    if (this.fault.textContent) this.result.replaceChildren();
    this.rehearse.disabled = false;
  }

  put() {
    return this.trying(async () => {
      const stored = await ask(path(), { method: "PUT", body: this.draft, headers: { "if-match": `"${this.policy.version}"` } });
      tell(say("policy-saved", { version: String(stored.version) }));
      await this.again();
    });
  }

  async again() {
    await enterSite(desk.site);
    if (this.signal.aborted) return;
    this.root.replaceChildren(this.root.querySelector("h1"));
    new Desk(this.root, this.signal);
  }
}

export function open(root) {
  const ending = new AbortController();
  new Desk(root, ending.signal);
  return { end: () => ending.abort() };
}

