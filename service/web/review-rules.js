// The house rules of a draft: added, worded in each language, removed.

import { make } from "./elements.js";
import { field } from "./review-dialogs.js";
import { LANGUAGE, say } from "./words.js";

// Changes `draft.house_rules` as it is typed and calls `changed`.
export function ruleForm(draft, changed) {
  const languages = [...new Set([...(draft.house_rules ?? []).flatMap(({ title }) => Object.keys(title)), LANGUAGE])];
  const list = make("ol", { class: "rule-list" });
  const typed = (control, put) => {
    control.addEventListener("input", () => put(control.value));
    return control;
  };
  const row = (rule) => make("li", { class: "rule-row" },
    field(say("policy-rule-id"), typed(make("input", { value: rule.id, maxlength: "64", spellcheck: "false", autocapitalize: "none" }), (text) => {
      rule.id = text.trim();
    })),
    ...languages.flatMap((language) => {
      const text = make("textarea", { rows: "2", maxlength: "2000" });
      text.value = rule.text[language] ?? "";
      return [field(say("policy-rule-title", { language }), typed(make("input", { value: rule.title[language] ?? "", maxlength: "200" }), (words) => {
        rule.title[language] = words;
      })), field(say("policy-rule-text", { language }), typed(text, (words) => {
        rule.text[language] = words;
      }))];
    }),
    make("button", { type: "button", class: "plain", text: say("policy-rule-remove"), "aria-label": say("policy-rule-remove-of", { id: rule.id }), on: { click: () => {
      draft.house_rules = draft.house_rules.filter((other) => other !== rule);
      show();
    } } }));
  const show = () => {
    list.replaceChildren(...(draft.house_rules ?? []).map(row));
    changed();
  };
  const add = make("button", { type: "button", text: say("policy-rule-add"), on: { click: () => {
    draft.house_rules = [...(draft.house_rules ?? []), { id: "", title: { [LANGUAGE]: "" }, text: { [LANGUAGE]: "" } }];
    show();
    list.lastChild.querySelector("input").focus();
  } } });
  list.replaceChildren(...(draft.house_rules ?? []).map(row));
  return make("section", { class: "tile" }, make("h2", { text: say("policy-rules") }), make("p", { class: "soft", text: say("policy-rules-lead") }), list, add);
}
