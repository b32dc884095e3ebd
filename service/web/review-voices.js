// What people ask to be looked at again: appeals, reports, and the blind audit. Each is a list of cards.

import { query } from "./api.js";
import { make } from "./elements.js";
import { decide } from "./review-decide.js";
import { desk, houseRules, tell, tellTrouble } from "./review-desk.js";
import { pickRule } from "./review-dialogs.js";
import { CardList } from "./review-list.js";
import { ask, post } from "./review-session.js";
import { moment, say } from "./words.js";


// Gives the fetch of a list whose items `shape` makes into what a card shows.
const page = (path, shape) => async (cursor) => {
  const { items, next_cursor: next = null } = await ask(path + query({ site: desk.site, cursor }));
  return { items: items.map(shape), next_cursor: next };
};

function view(root, name, options) {
  root.append(make("p", { class: "lead", text: say(`${name}-lead`) }));
  const list = new CardList(root, { label: say(`view-${name}`), ...options });
  list.restart();
  return { key: (key) => list.key(key), end: () => list.end() };
}

function appealText({ appeal }) {
  if (!appeal) return [];
  const first = [appeal.first_house_rule && ruleTitle(appeal.first_house_rule), appeal.first_reason].filter(Boolean).join(": ");
  return [make("div", { class: "appeal" }, make("p", { class: "soft", text: say("appeal-text", { when: moment(appeal.at) }) }), make("p", { class: "body", dir: "auto", text: appeal.text }),
    appeal.hidden && make("p", { class: "flag wait", text: say("appeal-dependent") }), first && make("p", { class: "soft", text: say("appeal-first", { why: first }) }))];
}

export function appeals(root) {
  return view(root, "appeals", { fetch: page("/v1/review/appeals", ({ comment, appeal }) => ({ ...comment, appeal })), cards: () => ({ extra: appealText }), belongs: (to) => to === "held" });
}

const ruleTitle = (id) => houseRules().find((rule) => rule.id === id)?.title ?? id;

// Under the cover with the comment: what readers write may be as bad.
function reportList({ reports }) {
  return [make("div", { class: "reports" }, make("h2", { text: say("reports-title") }), make("ul", {}, ...reports.map(({ kind, house_rule: rule, text, at }) => make("li", {},
    make("strong", { text: kind === "illegal" ? say("report-illegal") : rule ? say("report-rule", { rule: ruleTitle(rule) }) : say("report-plain") }),
    text ? make("span", { dir: "auto", text: ` ${text}` }) : null, make("span", { class: "soft", text: ` · ${moment(at)}` })))))];
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
  return view(root, "reports", { fetch: page("/v1/review/reports", ({ comment, reports: found, urgent }) => ({ ...comment, urgent: comment.urgent || urgent, reports: found })), act: dismissOr, belongs: (to) => to === "approved",
    cards: ({ status }) => ({ extra: reportList, actions: status === "approved" ? ["dismiss", "reject", "hold"] : undefined }) });
}

// Judged blind: what the machine had decided is said afterwards.
async function judge(list, card, action) {
  const more = action === "unfit" ? await pickRule() : {};
  if (!more) {
    card.focus();
    return;
  }
  const { site, id, version } = card.comment;
  const place = list.takeOut(card);
  try {
    const done = await post("/v1/review/audits", { site, id, version, judgement: action, ...(more.house_rule && { house_rule: more.house_rule }) });
    tell(say(done.contradicts ? "audit-against" : "audit-done", { status: say(`status-${done.machine}`) }));
  } catch (problem) {
    list.putBack(card, place);
    tellTrouble(problem);
  }
}

// Nothing of what a machine said comes with these.
const BLIND = { status: "audit", scores: null, reasons: [], notes: [], trail: [], statement: "" };

export function audit(root) {
  return view(root, "audit", { fetch: page("/v1/review/audits", (card) => ({ ...card, ...BLIND })), act: judge, belongs: () => true, cards: () => ({ actions: ["fit", "unfit"], blind: true }) });
}
