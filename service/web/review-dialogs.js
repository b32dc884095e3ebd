// Boxes that ask: a form in a modal dialog; the browser keeps the focus inside and gives it back.

import { make } from "./elements.js";
import { houseRules } from "./review-desk.js";
import { say } from "./words.js";

let made = 0;

// Gives what `read` reads when the form is sent, or null when the box is closed without.
export function box({ title, lead, content = [], send, leave, read = () => true, keys = () => undefined, first }) {
  return new Promise((resolve) => {
    const id = `box-${(made += 1)}`;
    const element = make("dialog", { class: "box", "aria-labelledby": id });
    const done = (value) => {
      element.close();
      element.remove();
      resolve(value);
    };
    const form = make("form", { novalidate: true, on: { submit: (event) => {
      event.preventDefault();
      done(read(form));
    } } },
    make("h2", { id, text: title }), lead && make("p", { class: "soft", text: lead }), ...content,
    make("p", { class: "buttons" }, send && make("button", { class: "main", text: send }),
      make("button", { type: "button", text: leave ?? (send ? say("cancel") : say("close")), on: { click: () => done(null) } })));
    element.addEventListener("cancel", (event) => {
      event.preventDefault();
      done(null);
    });
    element.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.target.matches("input:not([type=checkbox]), textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
      const value = keys(event.key);
      if (value === undefined) return;
      event.preventDefault();
      done(value);
    });
    element.append(form);
    element.done = done;
    document.body.append(element);
    element.showModal();
    (first ? form.querySelector(first) : form.querySelector("input, select, textarea, button.main"))?.focus();
  });
}

export function field(text, control, help) {
  control.id ||= `field-${(made += 1)}`;
  const hint = help && make("span", { id: `${control.id}-help`, class: "soft", text: help });
  if (hint) control.setAttribute("aria-describedby", hint.id);
  return make("p", { class: "field" }, make("label", { for: control.id, text }), control, hint);
}

export function check(text, { checked = false, name } = {}) {
  const control = make("input", { type: "checkbox", name, checked });
  control.id = `field-${(made += 1)}`;
  return make("p", { class: "check" }, control, make("label", { for: control.id, text }));
}

export function choose(options, chosen, attributes = {}) {
  const select = make("select", attributes, ...options.map(([value, text]) => make("option", { value, text })));
  select.value = chosen;
  return select;
}

// Asks for the house rule of a rejection: 1 to 9 choose at once. Gives {house_rule, reason}, or null.
export function pickRule(lead = say("pick-lead")) {
  const rules = houseRules();
  const words = make("input", { maxlength: "500", name: "reason" });
  const pick = (rule) => ({ house_rule: rule?.id, reason: words.value.trim() });
  const choices = rules.map((rule, at) => make("li", {}, make("button", { type: "button", class: "rule", "aria-keyshortcuts": at < 9 ? String(at + 1) : null,
    on: { click: (event) => event.target.closest("dialog").done(pick(rule)) } },
  make("kbd", { "aria-hidden": "true", text: at < 9 ? String(at + 1) : "" }),
  make("span", {}, make("strong", { text: rule.title }), rule.text && rule.text !== rule.title ? make("span", { class: "soft", text: rule.text }) : null))));
  return box({
    title: rules.length ? say("pick-title") : say("decide-reject"),
    lead,
    content: [choices.length ? make("ol", { class: "rules" }, ...choices) : null, field(say("pick-reason"), words, rules.length ? say("pick-keys") : null)].filter(Boolean),
    send: rules.length ? null : say("decide-reject"),
    read: () => pick(null),
    keys: (key) => (/^[1-9]$/.test(key) && rules[key - 1] ? pick(rules[key - 1]) : undefined),
    first: rules.length ? ".rule" : "button.main",
  });
}

export function confirmBox(title, lead, send) {
  return box({ title, lead, send, first: "button.main" });
}
