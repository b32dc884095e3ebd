"""The words rule: what is seen through, what is said of it."""

import msgspec
import pytest

from service.domain.rule_settings import WordsRule
from service.domain.rules.words import SPANS, words
from tests.unit.domain.rule_facts import facts, found

BANNED = WordsRule(banned=("bastard", "kill yourself", "fuck*"), suspect=("idiot*",))


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("You bastard!", "bastard"),
        ("You BASTARD", "BASTARD"),
        ("\n\t You\nbastard", "bastard"),
        ("  You  bastard", "bastard"),
        ("You b a s t a r d", "b a s t a r d"),
        ("You b.a.s.t.a.r.d.", "b.a.s.t.a.r.d"),
        ("You b4st4rd", "b4st4rd"),
        ("You bаstаrd", "bаstаrd"),
        ("You bas\u200bta\u00adrd", "bas\u200bta\u00adrd"),
        ("You baaaastard", "baaaastard"),
        ("You ｂａｓｔａｒｄ", "ｂａｓｔａｒｄ"),
        ("You 𝖇𝖆𝖘𝖙𝖆𝖗𝖉 🙂", "𝖇𝖆𝖘𝖙𝖆𝖗𝖉"),
        ("You b\u0336a\u0336stard", "b\u0336a\u0336stard"),
        ("🙂🙂 kill,  yourself", "kill,  yourself"),
        ("f**king hell", "f**king"),
        ("fuuuuckers", "fuuuuckers"),
    ],
)
def test_a_banned_term_is_seen_through_every_disguise_in_its_place(body: str, seen: str) -> None:
    assert found(words, body, words=BANNED) == {"banned-word": [seen]}


@pytest.mark.parametrize("body", ["", "bastardised spelling", "kill time yourself", "a fine morning", "refuckable"])
def test_other_words_are_let_through(body: str) -> None:
    assert found(words, body, words=BANNED) == {}


def test_banned_rejects_suspect_holds_and_a_name_only_holds() -> None:
    judged = words(facts("bastard, you idiots", name="Kill Yourself", words=BANNED))
    assert [(one.outcome, one.reason.code, one.reason.count) for one in judged] == [
        ("reject", "banned-word", 1),
        ("hold", "suspect-word", 1),
        ("hold", "word-in-name", None),
    ]
    assert words(facts("bastard")) == ()


def test_no_reason_bears_the_term_and_a_wall_of_words_few_places() -> None:
    (one,) = words(facts("bastard " * 1_000, words=BANNED))
    assert (one.reason.count, len(one.reason.spans)) == (1_000, SPANS)
    assert b"bastard" not in msgspec.json.encode(one.reason)
