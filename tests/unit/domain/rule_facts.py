"""Facts for a rule on texts, and its findings in short."""

from typing import Any

import msgspec

from service.domain.comment import Author
from service.domain.policy import Facts, Rule
from service.domain.rule_settings import Rules
from tests.builders import policy_of, scores_of


def facts(body: str, *, name: str = "Anna", website: str = "", **rules: Any) -> Facts:
    """Give facts of a body under the named rules' settings."""
    return Facts(
        body=body,
        scores=scores_of(),
        name_scores={},
        uncovered=None,
        parent_shown=True,
        mode="hybrid",
        policy=policy_of(rules=msgspec.structs.replace(Rules(), **rules)),
        author=Author(key="0", strength="claimed", name=name, website=website),
    )


def found(rule: Rule, body: str, **settings: Any) -> dict[str, list[str]]:
    """Tell the codes that a rule found, each with the text of its spans."""
    judged = rule(facts(body, **settings))
    return {one.reason.code: [body[start:end] for start, end in one.reason.spans] for one in judged}
