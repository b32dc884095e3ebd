"""docs/POLICY.md: its examples are judged as it says, and it names every code of the rules."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from service.api.reasons import TEXTS
from service.domain import rules
from service.domain.policy import decide
from service.domain.rule_settings import Rules
from service.domain.rules import WORKER_RULES
from tests.builders import policy_of
from tests.unit.domain.rule_facts import facts

PAGE = (Path(__file__).parents[3] / "docs" / "POLICY.md").read_text(encoding="utf-8")
_ANSWERS = {"publish": "approved", "hold": "held", "reject": "rejected"}


def examples() -> Iterator[tuple[Rules, str, str]]:
    """Give each comment of the page with the settings above it and the answer beside it."""
    for section in PAGE.split("\n## ")[1:]:
        block = re.search(r"```json\n(.*?)```", section, re.DOTALL)
        settings = msgspec.json.decode(block[1] if block else "{}", type=Rules)
        _, _, table = section.partition("| comment | answer |\n| --- | --- |\n")
        for row in table.partition("\n\n")[0].splitlines():
            comment, answer = row.strip("| ").split(" | ")
            yield settings, comment, answer


@pytest.mark.parametrize(("settings", "comment", "answer"), list(examples()))
def test_each_example_is_judged_as_the_page_says(settings: Rules, comment: str, answer: str) -> None:
    given = msgspec.structs.replace(facts(comment), policy=policy_of(rules=settings))
    verdict = decide(given, WORKER_RULES)
    outcome, _, code = answer.partition(" ")
    assert verdict.status == _ANSWERS[outcome]
    assert [reason.code for reason in verdict.reasons] == ([code.strip("`")] if code else [])


def codes() -> Iterator[str]:
    """Read the codes out of the rules' source: each is a literal, by itself or in a table of them."""
    folder = Path(rules.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value = node.value if isinstance(node, ast.Constant) else None
            # The name of a rule, not a code.
            if isinstance(value, str) and re.fullmatch(r"[a-z]+(-[a-z]+)+", value) and value != "fast-clear":
                yield value


def test_every_code_is_on_the_page_and_has_words_for_the_author() -> None:
    found = set(codes())
    assert {"banned-word", "phone-number", "repeats-itself", "above-hold-threshold"} <= found
    for code in found:
        assert f"`{code}`" in PAGE, code
        assert TEXTS[code]


def test_there_are_examples() -> None:
    assert len(list(examples())) > 20
