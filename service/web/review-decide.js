// Deciding: the card leaves at once, the decision goes its way, and the last ones can be taken back.

import { Problem } from "./api.js";
import { ago } from "./elements.js";
import { claims } from "./review-claims.js";
import { desk, enterSite, learnName, nameOf, tell, tellTrouble } from "./review-desk.js";
import { box, field, pickRule } from "./review-dialogs.js";
import { Outbox } from "./review-outbox.js";
import { post } from "./review-session.js";
import { make } from "./elements.js";
import { say } from "./words.js";

const BACK = { held: "hold", approved: "approve", rejected: "reject" };
const KINDS = { escalate: "escalation", skip: "skip" };
// Beyond these the undo window has long closed.
const REMEMBERED = 50;
const acts = [];
let outbox = null;

export const theOutbox = () => outbox;

export function openOutbox(me) {
  if (outbox?.me.id === me.id) outbox.goOn();
  else outbox = new Outbox(me);
  return outbox;
}

// `act.undo` takes it back and gives the words for that; it raises Problem.
export function remember(act) {
  acts.push(act);
  if (acts.length > REMEMBERED) acts.shift();
}

export function forget(act) {
  const at = acts.indexOf(act);
  if (at >= 0) acts.splice(at, 1);
}

export async function undo(act = acts.at(-1)) {
  if (!act || !acts.includes(act)) {
    tell(say("undo-nothing"));
    return;
  }
  forget(act);
  try {
    tell(await act.undo());
  } catch (problem) {
    tellTrouble(problem);
  }
}

export const undoneWords = ({ failed = [] } = {}) => (failed.length ? say("undone-partly", { n: failed.length }) : say("undone"));

async function given(action) {
  if (action === "reject") return pickRule();
  if (action !== "escalate") return {};
  const note = make("textarea", { maxlength: "500", name: "note" });
  return box({ title: say("escalate-title"), content: [field(say("escalate-note"), note)], send: say("decide-escalate"), first: "button.main", read: () => ({ note: note.value.trim() }) });
}

export async function decide(list, card, action) {
  if (!card.possible.includes(action)) return;
  const more = await given(action);
  if (!more) {
    card.focus();
    return;
  }
  const { site, id, version, status, author } = card.comment;
  const place = list.takeOut(card);
  const entry = outbox.add({ kind: KINDS[action] ?? "decision", site, id, version, action, claim: claims.number(id), ...more });
  claims.drop(id);
  const act = { undo: () => takeBack({ list, card, place, entry, site, status }) };
  remember(act);
  tell(say(`did-${action}`, { name: author.name || say("deleted-author") }), () => undo(act));
  const result = await entry.promise;
  if (result.ok) return;
  forget(act);
  list.putBack(card, place);
  await refused(card, result.problem);
}

async function takeBack({ list, card, place, entry, site, status }) {
  if (!outbox.withdraw(entry)) {
    const result = await entry.promise;
    if (!result.ok) return say("undo-nothing");
    if (result.decision) {
      const { failed = [] } = (await post("/v1/review/undo", { site, decision: result.decision })) ?? {};
      if (failed.length) throw new Problem(failed[0].problem);
    } else if (entry.kind === "decision") await back(site, result, BACK[status]);
    if (result.version) card.comment = { ...card.comment, version: result.version + 1 };
  }
  list.putBack(card, place);
  card.fill(card.comment);
  card.focus();
  return say("undone");
}

// A server that names no decisions: the way back is a decision of its own.
async function back(site, { id, version }, action) {
  const { results } = await post("/v1/review/decisions", { decisions: [{ site, id, version, action }] });
  if (!results[0].ok) throw new Problem(results[0].problem);
}

// The words for why a decision was refused; the card stays to be read, or to be decided again.
async function refused(card, problem) {
  learnName(problem.decided_by, problem.decided_by_name);
  learnName(problem.claimed_by, problem.claimed_by_name);
  if (problem.type === "lost-race") card.close(raceWords(problem));
  else if (["unknown-comment", "move-not-allowed"].includes(problem.type)) card.close(problem.detail);
  else {
    tellTrouble(new Problem(problem));
    // The policy has house rules that this page does not know yet.
    if (problem.type === "house-rule-required") await enterSite(desk.site);
  }
}

function raceWords({ claimed_by: claimer, decided_to: to, decided_by: by, decided_at: at }) {
  if (claimer) return say("claimed-by", { name: nameOf(claimer) });
  if (to === "pending") return say("edited-since");
  return say("lost-race", { who: nameOf(by), outcome: say(`status-${to}`), when: at ? ago(new Date(at)) : "" });
}
