// What people ask to be looked at again: appeals, reports, and the blind audit. Each is a list of cards.

import { query } from "./api.js";
import { make } from "./elements.js";
import { decide } from "./review-decide.js";
import { desk, houseRules, tell, tellTrouble } from "./review-desk.js";
import { pickRule } from "./review-dialogs.js";
import { CardList } from "./review-list.js";
import { ask, post } from "./review-session.js";
import { moment, say } from "./words.js";

const PAGE = 50;
const page = (path, fields = {}) => (cursor) => ask(path + query({ site: desk.site, limit: PAGE, cursor, ...fields }));

function view(root, name, options) {
  root.append(make("p", { class: "lead", text: say(`${name}-lead`) }));
  const list = new CardList(root, { label: say(`view-${name}`), ...options });
  list.restart();
  return { key: (key) => list.key(key), end: () => list.end() };
}

function appealText({ appeal }) {
  if (!appeal) return [];
  return [make("div", { class: "appeal" }, make("p", { class: "soft", text: say("appeal-text", { when: moment(appeal.at) }) }), make("p", { class: "body", dir: "auto", text: appeal.text }),
    appeal.independent === false && make("p", { class: "flag wait", text: say("appeal-dependent") }))];
}

export function appeals(root) {
  // An older answer is a bare list; the items carry their appeal either way.
  return view(root, "appeals", { fetch: page("/v1/review/appeals"), cards: () => ({ extra: appealText }), belongs: (to) => to === "held" });
}

const ruleTitle = (id) => houseRules().find((rule) => rule.id === id)?.title ?? id;

// Reports are fetched when a card is read: their texts are covered with it.
function reportsOf(comment) {
  const holder = make("div", { class: "reports" });
  ask(`/v1/review/reports${query({ site: desk.site, id: comment.id })}`).then(({ items }) => {
    holder.append(make("h2", { text: say("reports-title") }), make("ul", {}, ...items.map(({ kind, house_rule: rule, text, at }) => make("li", {},
      make("strong", { text: kind === "illegal" ? say("report-illegal") : rule ? say("report-rule", { rule: ruleTitle(rule) }) : say("reports-title") }),
      text ? make("span", { dir: "auto", text: ` ${text}` }) : null, at && make("span", { class: "soft", text: ` · ${moment(at)}` })))));
  }, tellTrouble);
  return [holder];
}

async function dismissOr(list, card, action) {
  if (action !== "dismiss") return decide(list, card, action);
  const { site, id } = card.comment;
  try {
    await post("/v1/review/reports", { site, id, action });
    list.takeOut(card);
    tell(say("report-dismissed"));
  } catch (problem) {
    tellTrouble(problem);
  }
}

export function reports(root) {
  return view(root, "reports", { fetch: page("/v1/review/comments", { queue: "reported" }), act: dismissOr, belongs: (to) => to === "approved",
    cards: ({ status }) => ({ extra: reportsOf, actions: status === "approved" ? ["dismiss", "reject", "hold"] : undefined }) });
}

// Judged blind: what the machine had decided is said afterwards.
async function judge(list, card, action) {
  const more = action === "unfit" ? await pickRule() : {};
  if (!more) {
    card.focus();
    return;
  }
  const { site, id, version, status } = card.comment;
  const place = list.takeOut(card);
  try {
    const done = await post("/v1/review/audits", { site, id, version, judgement: action, ...(more.house_rule && { house_rule: more.house_rule }) });
    tell(say("audit-done", { status: say(`status-${done?.was ?? done?.stratum ?? status}`) }));
  } catch (problem) {
    list.putBack(card, place);
    tellTrouble(problem);
  }
}

export function audit(root) {
  return view(root, "audit", { fetch: page("/v1/review/audits"), act: judge, belongs: () => true, cards: () => ({ actions: ["fit", "unfit"], blind: true }) });
}
