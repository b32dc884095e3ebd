// What opens under a card: the thread around it and its author, the trail, a note; blocks and thread controls ask in boxes.

import { Problem, query } from "./api.js";
import { clock, make } from "./elements.js";
import { blockBox } from "./review-blocking.js";
import { aside } from "./review-body.js";
import { desk, nameOf, tell, tellTrouble } from "./review-desk.js";
import { box, field } from "./review-dialogs.js";
import { ask, isMissing, post } from "./review-session.js";
import { threadBox } from "./review-threads.js";
import { reasonInWords, say } from "./words.js";

const PAUSE = 300;
const known = new Map();
const MOST = 200;
let timer = 0;
let missing = false;

// Asks once for each comment; a card that is passed over quickly asks nothing.
async function around(card) {
  const { site, id } = card.comment;
  if (!known.has(id)) {
    if (known.size >= MOST) known.delete(known.keys().next().value);
    known.set(id, await ask(`/v1/review/context${query({ site, id })}`));
  }
  return known.get(id);
}

export function recordOf(card) {
  clearTimeout(timer);
  if (missing || card.blind) return;
  timer = setTimeout(async () => {
    try {
      card.recordKnown((await around(card)).author);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      // The record is an addition: the card is whole without it.
      missing = isMissing(problem);
    }
  }, PAUSE);
}

const WAYS = { context: contextPanel, trail: trailPanel, note: noteBox, block: (list, card) => blockBox(card.comment), thread: (list, card) => threadBox(card.comment.thread) };

export async function openPanel(list, card, name) {
  try {
    await WAYS[name](list, card);
  } catch (problem) {
    if (problem instanceof Problem && isMissing(problem)) tell(say("unavailable"));
    else tellTrouble(problem);
  }
}

// Shows a panel, or takes it away when it is there.
function toggle(card, name, title, content) {
  const panels = card.article.querySelector(".panels");
  const there = panels.querySelector(`[data-panel="${name}"]`);
  if (there) {
    there.remove();
    card.focus();
    return;
  }
  const panel = make("section", { class: "panel", "data-panel": name, tabindex: "-1", "aria-label": title }, make("h2", { text: title }), ...content);
  panels.append(panel);
  panel.focus();
}

function quoted(comment, kind) {
  return [make("p", { class: "soft" }, kind && `${kind}: `, make("strong", { dir: "auto", text: comment.author?.name ?? "" }), " ", clock(comment.created_at ?? comment.at)),
    aside(comment.body ?? "", comment.status ?? "approved")];
}

async function contextPanel(list, card) {
  if (card.article.querySelector('[data-panel="context"]')) {
    toggle(card, "context");
    return;
  }
  const { before, parent, after, author } = await around(card);
  const part = (title, items) => items.length ? [make("h3", { text: title }), ...items.flatMap((comment) => quoted(comment))] : [];
  const lines = author.last.filter(({ id }) => id !== card.id).map(({ status, at, body }) => make("li", {},
    make("p", { class: "soft" }, `${say(`status-${status}`)}, `, clock(at)), aside(body, status)));
  const thread = [...part(say("context-before"), before), ...part(say("context-parent"), parent ? [parent] : []), ...part(say("context-after"), after)];
  toggle(card, "context", say("context-title"), [make("div", { class: "halves" },
    make("div", {}, ...(thread.length ? thread : [make("p", { class: "soft", text: say("context-empty") })])),
    lines.length ? make("div", {}, make("h3", { text: say("context-last") }), make("ul", { class: "plain" }, ...lines)) : null)]);
}

function trailPanel(list, card) {
  const lines = card.comment.trail.map((entry) => make("li", {},
    say("trail-line", { from: say(`status-${entry.from}`), to: say(`status-${entry.to}`), who: entry.actor === "moderator" ? nameOf(entry.by) : say("classifier") }), " ", clock(entry.at),
    make("span", { class: "soft", text: [entry.house_rule && say("trail-rule", { rule: entry.house_rule }), entry.batch && say("trail-batch"), entry.undoes && say("trail-undoes"),
      ...(card.blind ? [] : (entry.reasons ?? []).map(reasonInWords))].filter(Boolean).map((text) => ` · ${text}`).join("") })));
  toggle(card, "trail", say("trail-title"), [lines.length ? make("ol", {}, ...lines) : make("p", { class: "soft", text: say("nothing-there") })]);
}

async function noteBox(list, card) {
  const text = make("textarea", { maxlength: "500", name: "text" });
  const said = await box({ title: say("note-title"), lead: say("note-lead"), content: [field(say("note-label"), text)], send: say("save"), read: () => text.value.trim() });
  if (!said) return;
  const { site, id, version } = card.comment;
  const done = await post("/v1/review/notes", { site, id, version, text: said });
  const note = { at: new Date().toISOString(), by: desk.me.id, name: say("you"), text: said };
  card.comment = { ...card.comment, version: done?.version ?? version + 1, notes: [...card.comment.notes, note] };
  card.draw();
  card.focus();
  tell(say("note-done"));
}
