// Blocks: made from a card, listed and lifted in a view of their own.

import { Problem, query, sitePath } from "./api.js";
import { make } from "./elements.js";
import { desk, houseRules, nameOf, tell, tellTrouble } from "./review-desk.js";
import { box, check, choose, field } from "./review-dialogs.js";
import { remember, undo, undoneWords } from "./review-decide.js";
import { ask, isMissing, post } from "./review-session.js";
import { moment, say } from "./words.js";

const DAYS = 30;
const DAY = 86400000;
const path = () => sitePath(desk.site, "blocks");

export async function blockBox(comment) {
  const rules = houseRules();
  const kind = choose([["author", say("block-author", { strength: say(`strength-${comment.author.strength}`) })], ["address", say("block-address")]], "author");
  const days = make("input", { type: "number", min: "1", max: "365", value: String(DAYS), inputmode: "numeric" });
  const note = make("input", { maxlength: "500" });
  const reject = check(say("block-reject"));
  const rule = rules.length ? choose(rules.map(({ id, title }) => [id, title]), rules[0].id) : null;
  const given = await box({
    title: say("block-title"),
    lead: say("blocks-lead"),
    content: [field(say("block-kind"), kind), field(say("block-days"), days), field(say("block-note"), note), reject, rule && field(say("block-rule"), rule)].filter(Boolean),
    send: say("block-button"),
    read: () => {
      const until = new Date(Date.now() + (Number(days.value) || DAYS) * DAY).toISOString();
      const waiting = reject.querySelector("input").checked;
      return { kind: kind.value, comment: comment.id, until, ...(note.value.trim() && { note: note.value.trim() }), reject_waiting: waiting, ...(waiting && rule && { house_rule: rule.value }) };
    },
  });
  if (!given) return;
  const made = await post(path(), given);
  const act = { undo: () => lift(made) };
  remember(act);
  const until = moment(made.until);
  tell(made.rejected ? say("block-done-rejected", { n: made.rejected, until }) : say("block-done", { until }), () => undo(act));
}

// Takes back the block, and the rejections that came with it.
async function lift({ id, batch, rejected }) {
  await ask(`${path()}${query({ id })}`, { method: "DELETE" });
  if (!rejected) return say("block-lifted");
  try {
    const { failed } = await post("/v1/review/undo", { site: desk.site, batch });
    return `${say("block-lifted")} ${undoneWords({ failed })}`;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    // The block is lifted all the same: what it rejected is another matter.
    return say("block-lifted-only", { why: problem.words });
  }
}

export function open(root) {
  const list = make("ul", { class: "rows", "aria-label": say("view-blocks") });
  root.append(make("p", { class: "lead", text: say("blocks-lead") }), list);
  const show = async () => {
    try {
      const { items } = await ask(path());
      list.replaceChildren(...items.map(row));
      if (!items.length) list.replaceWith(make("p", { class: "nothing", text: say("blocks-none") }));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      list.replaceChildren(make("li", { class: "fault", text: isMissing(problem) ? say("unavailable") : problem.words }));
    }
  };
  const row = (block) => {
    const name = say(block.kind === "author" ? "by-author" : "block-address");
    const button = make("button", { type: "button", text: say("block-lift"), "aria-label": `${say("block-lift")}: ${name} ${block.key.slice(0, 8)}`, on: { click: async () => {
      try {
        tell(await lift(block));
        await show();
      } catch (problem) {
        tellTrouble(problem);
      }
    } } });
    return make("li", {}, make("div", {}, make("strong", { text: name }), " ", make("code", { text: block.key.slice(0, 8) }), " ",
      make("span", { class: "soft", text: say("blocks-line", { until: moment(block.until), who: nameOf(block.by) }) }), block.note && make("p", { class: "note", text: block.note })), button);
  };
  show();
  return { end() {} };
}
