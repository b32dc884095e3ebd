// One form that moves to where it is needed, and a draft that survives errors and reloads.

import { call, sitePath } from "./api.js";
import { make } from "./elements.js";

const FIELDS = { "$.body": ["body", "Your comment"], "$.author.name": ["name", "Your name"] };

export class Form {
  constructor(box) {
    this.box = box;
    this.draft = null;
    this.heading = make("h3", { id: "say-title", text: "Add your comment" });
    this.body = make("textarea", { id: "say-body", rows: 5, dir: "auto", "aria-describedby": "say-body-fault", required: true });
    this.name = make("input", { id: "say-name", autocomplete: "name", dir: "auto", "aria-describedby": "say-name-fault", required: true });
    this.faults = {};
    this.trouble = make("p", { id: "say-trouble", class: "fault", role: "alert" });
    this.submit = make("button", { class: "main", text: "Post comment" });
    const cancel = make("button", { type: "button", class: "plain", text: "Cancel", on: { click: () => this.cancel() } });
    this.element = make("form", { id: "say", novalidate: true, hidden: true, "aria-labelledby": "say-title", on: { submit: (event) => this.post(event), input: () => this.keep() } },
      this.heading,
      ...Object.values(FIELDS).map(([field, label]) => this.field(field, label)),
      make("p", { class: "soft", text: "Comments are first checked by software, and by a person where it is unsure." }),
      make("div", { class: "actions" }, this.submit, cancel), this.trouble);
  }

  field(field, label) {
    this.faults[field] = make("p", { id: `say-${field}-fault`, class: "fault", hidden: true });
    return make("div", { class: "field" }, make("label", { for: `say-${field}`, text: label }), this[field], this.faults[field]);
  }

  open(parent) {
    this.draft ??= this.box.kept.draft ?? this.box.kept.newDraft();
    this.draft.parent_id = parent?.id ?? null;
    this.draft.parent_name = parent?.author.name ?? "";
    this.show();
    this.keep();
    this.body.focus();
  }

  // Brings a draft of before back, without taking the focus.
  restore() {
    this.draft = this.draft ?? this.box.kept.draft;
    if (!this.draft?.body) return;
    this.body.value = this.draft.body;
    this.show();
  }

  show() {
    this.name.value ||= this.box.kept.name;
    this.heading.textContent = this.draft.parent_id ? `Reply to ${this.draft.parent_name}` : "Add your comment";
    this.element.hidden = false;
    this.box.opener.hidden = true;
    this.settle();
  }

  // Stands under the comment that it answers.
  settle() {
    if (this.element.hidden) return;
    const parent = this.box.tree?.get(this.draft.parent_id);
    if (parent) parent.card.after(this.element);
    else this.box.home.append(this.element);
  }

  keep() {
    if (!this.draft) return;
    this.draft.body = this.body.value;
    this.box.kept.draft = this.draft.body || this.draft.sent ? this.draft : null;
    this.box.kept.name = this.name.value;
  }

  cancel() {
    this.close();
    this.box.opener.focus();
  }

  close() {
    this.clear();
    this.draft = null;
    this.box.kept.draft = null;
    this.body.value = "";
    this.element.hidden = true;
    this.box.home.append(this.element);
    this.box.opener.hidden = this.box.closed;
  }

  clear() {
    this.trouble.textContent = "";
    for (const field of ["body", "name"]) {
      this.faults[field].hidden = true;
      this[field].removeAttribute("aria-invalid");
    }
  }

  request() {
    const { kept, thread } = this.box;
    return JSON.stringify({
      thread,
      url: location.origin + location.pathname,
      title: document.title,
      author: { name: this.name.value, device: kept.device },
      body: this.body.value,
      ...(this.draft.parent_id ? { parent_id: this.draft.parent_id } : {}),
    });
  }

  async post(event) {
    event.preventDefault();
    if (this.submit.disabled) return;
    this.clear();
    const blank = Object.entries(FIELDS).filter(([, [field]]) => !this[field].value.trim());
    if (blank.length) {
      this.blame(blank.map(([path]) => ({ path, message: "is empty" })));
      return;
    }
    const request = this.request();
    // Kept before it is sent: a page that is closed or loses its connection cannot know whether this arrived.
    this.draft.sent ??= request;
    this.keep();
    this.submit.disabled = true;
    this.submit.textContent = "Posting…";
    try {
      this.sending = this.send(request);
      await this.sending;
    } catch (problem) {
      if (!problem.type) throw problem;
      if (!problem.uncertain && this.draft.sent === request) this.draft.sent = null;
      this.keep();
      this.refused(problem);
    } finally {
      this.sending = null;
      this.submit.disabled = false;
      this.submit.textContent = "Post comment";
    }
  }

  async send(request) {
    try {
      this.accepted(request, await this.hand(request));
      this.close();
    } catch (problem) {
      const earlier = this.draft.sent;
      if (problem.type !== "idempotency-mismatch" || earlier === request) throw problem;
      // An earlier try had arrived after all; the changed text is a comment of its own.
      const changed = this.body.value;
      const receipt = await this.hand(earlier);
      this.draft = { ...this.draft, sent: null, key: this.box.kept.newDraft().key };
      this.keep();
      this.accepted(earlier, receipt);
      this.body.value = changed;
      this.trouble.textContent = "Your earlier text had already arrived. Post again if this one should appear as well.";
    }
  }

  hand(request) {
    return call(sitePath(this.box.site, "comments"), { method: "POST", key: this.draft.key, body: request });
  }

  accepted(request, { id, token, status }) {
    const { author, body, parent_id = null } = JSON.parse(request);
    const created_at = new Date().toISOString();
    this.box.posted({ id, token, status, body, parent_id, created_at, author: { name: author.name.trim(), website: null } });
  }

  refused(problem) {
    const general = this.blame(problem.faults);
    if (!general.length && problem.faults.length) return;
    const kept = problem.uncertain || problem.status === 429 ? " Your text is kept." : "";
    this.trouble.textContent = `${problem.words}${kept}`;
    if (general.length === problem.faults.length) this.submit.focus();
  }

  // Says each fault beside its field and goes to the first; gives back those of no field.
  blame(faults) {
    const general = [];
    const blamed = [];
    for (const { path, message } of faults) {
      const [field, label] = FIELDS[path] ?? [];
      if (!field) {
        general.push({ path, message });
        continue;
      }
      this.faults[field].textContent = `${label} ${message}.`;
      this.faults[field].hidden = false;
      this[field].setAttribute("aria-invalid", "true");
      blamed.push(field);
    }
    if (blamed.length) this[blamed.includes("body") ? "body" : "name"].focus();
    return general;
  }
}
