// The policy's versions: who made each and when, what differs from now, and the way back.

import { Problem, query } from "./api.js";
import { clock, make } from "./elements.js";
import { changeList } from "./review-changes.js";
import { desk, nameOf, tell, tellTrouble } from "./review-desk.js";
import { ask, isMissing, post } from "./review-session.js";
import { say } from "./words.js";

export function history(path, changed) {
  const list = make("ol", { class: "rows" });
  const now = desk.policy.version;
  const row = ({ version, at, by, back_to: older }) => {
    const shown = make("div");
    const compare = async () => {
      const found = await ask(`${path("diff")}${query({ from: version, to: now })}`);
      shown.replaceChildren(changeList(found.changes));
    };
    const back = async () => {
      const stored = await post(path("rollback"), { to: version });
      tell(say("policy-saved", { version: String(stored.version) }));
      await changed();
    };
    const button = (key, work) => make("button", { type: "button", class: "plain", text: say(key), "aria-label": say(`${key}-of`, { version: String(version) }), on: { click: () => work().catch(tellTrouble) } });
    const actions = version === now ? [make("span", { class: "flag good", text: say("policy-current") })] : [button("policy-compare", compare), desk.senior && button("policy-rollback", back)];
    return make("li", {}, make("div", {}, make("strong", { text: `${version}` }), " ", at && clock(at), " ", make("span", { class: "soft", text: [by && nameOf(by), older && say("policy-back", { version: String(older) })].filter(Boolean).join(" · ") }), shown), make("div", {}, ...actions.filter(Boolean)));
  };
  ask(path("history")).then(({ items }) => list.replaceChildren(...items.map(row)), (problem) => {
    if (!(problem instanceof Problem)) throw problem;
    list.replaceChildren(make("li", { class: "soft", text: isMissing(problem) ? say("unavailable") : problem.words }));
  });
  return make("section", { class: "tile" }, make("h2", { text: say("policy-history") }), list);
}
