// Many comments as one decision: asked once, named once, undone once.

import { confirmBox, pickRule } from "./review-dialogs.js";
import { desk, tell, tellTrouble } from "./review-desk.js";
import { remember, undo, undoneWords } from "./review-decide.js";
import { post } from "./review-session.js";
import { Problem } from "./api.js";
import { say } from "./words.js";

const MOST = 500;
const key = () => crypto.randomUUID();

async function asked(action, n) {
  if (action === "reject") return pickRule(say("pick-lead-many", { n }));
  return (await confirmBox(say("confirm-approve", { n }), say("confirm-lead", { seconds: desk.policy?.undo_seconds ?? 30 }), say("decide-approve"))) && {};
}

// `items` are {id, version}. Calls `begun` when it is decided to decide, `refused` with the ids that were not, `undone`
// with the version of each id that was taken back. Gives how many were decided, or null when nothing was to be.
export async function decideMany(items, action, { begun, refused, undone }) {
  const more = await asked(action, items.length);
  if (!more) return null;
  const site = desk.site;
  begun?.();
  tell(say("bulk-working"));
  const batches = [];
  const failed = [];
  try {
    for (let at = 0; at < items.length; at += MOST) {
      const part = items.slice(at, at + MOST);
      const body = { site, items: part, action, ...(more.house_rule && { house_rule: more.house_rule }), ...(more.reason && { reason: more.reason }) };
      const answer = await post("/v1/review/bulk", body, { headers: { "idempotency-key": key() } });
      batches.push(answer.batch);
      failed.push(...answer.failed);
    }
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    refused?.(new Set(items.map(({ id }) => id)));
    tellTrouble(problem);
    return batches.length ? items.length : null;
  }
  const not = new Set(failed.map(({ id }) => id));
  const done = items.filter(({ id }) => !not.has(id));
  if (not.size) refused?.(not);
  const act = { undo: () => takeBack(site, batches, done, undone) };
  remember(act);
  const said = say(`bulk-did-${action}`, { n: done.length });
  tell(failed.length ? `${said} ${say("bulk-failed", { n: failed.length, why: failed[0].problem.title || failed[0].problem.detail })}` : said, () => undo(act));
  return done.length;
}

async function takeBack(site, batches, done, undone) {
  const failed = [];
  for (const batch of batches) failed.push(...((await post("/v1/review/undo", { site, batch }))?.failed ?? []));
  const not = new Set(failed.map(({ id }) => id));
  // A decision and its undo are a move each.
  undone?.(new Map(done.filter(({ id }) => !not.has(id)).map(({ id, version }) => [id, version + 2])));
  return undoneWords({ failed });
}
