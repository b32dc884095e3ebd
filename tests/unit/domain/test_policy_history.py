"""Differences of policies, applied in order, make one of the other."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service.domain.policy import Policy, Threshold
from service.domain.policy_history import Difference, differences
from service.domain.rule_settings import HouseRule, LinksRule, Rules, WordsRule
from tests.builders import policy_of


def applied(document: Any, changes: list[Difference]) -> Any:
    """Apply a JSON Patch (RFC 6902)."""
    for change in changes:
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in change.path.split("/")[1:]]
        place = document
        for part in way:
            place = place[int(part) if isinstance(place, list) else part]
        if isinstance(place, list):
            if change.op == "add":
                place.insert(int(last), change.value)
            elif change.op == "remove":
                assert place.pop(int(last)) == change.before
            else:
                assert place[int(last)] == change.before
                place[int(last)] = change.value
        elif change.op == "remove":
            assert place.pop(last) == change.before
        else:
            assert change.op == "add" or place[last] == change.before
            place[last] = change.value
    return document


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "~x/y"]), max_size=6).map(tuple)
POLICIES = st.builds(
    lambda thresholds, banned, hosts, mode, ids: replace(
        policy_of(mode, rules=Rules(words=WordsRule(banned=banned), links=LinksRule(banned=hosts))),
        thresholds={label: Threshold(hold=hold) for label, hold in thresholds.items()},
        house_rules=tuple(HouseRule(id=i, title={"en": i}, text={"e/n~": i}) for i in ids),
    ),
    st.dictionaries(st.sampled_from(["toxicity", "insult", "threat"]), st.sampled_from([0.25, 0.5, None])),
    WORDS,
    WORDS,
    st.sampled_from(["pre", "post", "hybrid"]),
    WORDS,
)


@given(POLICIES, POLICIES)
def test_the_changes_make_one_of_the_other(before: Policy, after: Policy) -> None:
    plain, wanted = (msgspec.json.decode(msgspec.json.encode(policy)) for policy in (before, after))
    assert applied(plain, list(differences(before, after))) == {**wanted, "version": before.version}


def test_the_same_policy_has_no_changes_whatever_its_version() -> None:
    assert list(differences(policy_of(), policy_of(version=9))) == []


def test_one_word_of_many_is_one_change() -> None:
    many = tuple(f"word-{n}" for n in range(50_000))
    policies = [
        policy_of(rules=Rules(words=WordsRule(banned=words))) for words in (many, (*many[:9], "new", *many[9:]))
    ]
    assert list(differences(*policies)) == [Difference(op="add", path="/rules/words/banned/9", value="new")]
