"""Which settings of the rules on texts are accepted, and which path the others are named by."""

import msgspec
import pytest

from service.domain import rule_check
from service.domain.errors import Invalid
from service.domain.policy_check import check_policy
from service.domain.rule_check import rule_faults
from service.domain.rule_settings import LinksRule, PersonalDataRule, Rules, ShoutingRule, SizeRule, WordsRule
from tests.builders import policy_of


def paths(**rules: object) -> list[str]:
    return [fault.path for fault in rule_faults(msgspec.structs.replace(Rules(), **rules))]


def test_the_defaults_and_what_a_site_may_want_are_accepted() -> None:
    assert paths() == []
    terms = ("mill", "mill*", "*mill*", "burn the mill", "don't", "a$$", "水車", "4chan", "C++", "O'Neill*")
    rules = {
        "words": WordsRule(banned=terms, suspect=terms),
        "links": LinksRule(
            most=0, allowed=("mill.example", "a.b.c.example"), banned=("bücher.example", "рф.рф", "a_b.com")
        ),
        "size": SizeRule(most=1),
        "shouting": ShoutingRule(least=1, share=1.0),
        "personal_data": PersonalDataRule(kinds=()),
    }
    assert paths(**rules) == []


@pytest.mark.parametrize(
    "term",
    [
        "",
        "*",
        "**",
        "!!!",
        "mi*ll",
        "**mill",
        "mill**",
        "mill ",
        " mill",
        "* mill",
        "x" * 101,
        "a b c d e f g h i",
        "mi\nll",
        "mi\x00ll",
        "https://mill.example",
        "www.mill.example",
        "*www.mill",
        "anna@mill.example",
        "12345",
        "number 123456",
    ],
)
def test_a_term_that_means_something_else_is_refused_and_not_repeated(term: str) -> None:
    (fault,) = rule_faults(Rules(words=WordsRule(banned=("mill", term))))
    assert fault.path == "$.rules.words.banned[1]"
    assert not term.strip("* ") or term not in fault.message
    assert paths(words=WordsRule(suspect=(term,))) == ["$.rules.words.suspect[0]"]


def test_terms_are_bounded_in_number_and_in_length() -> None:
    many = tuple(f"w{number:x}" for number in range(rule_check.TERMS))
    assert paths(words=WordsRule(banned=many)) == []
    assert paths(words=WordsRule(banned=many, suspect=("one",))) == ["$.rules.words"]
    long = tuple(f"{number:04x}{'x' * 90}" for number in range(10_700))
    assert paths(words=WordsRule(banned=long)) == ["$.rules.words"]
    assert paths(words=WordsRule(banned=tuple(f"*{term}*" for term in long[:5_300]))) == ["$.rules.words"]


@pytest.mark.parametrize(
    "host", ["", "com", "mill", "http://mill.example", "mill.example/x", "mill .example", "-.com", "a" * 254, "*.com"]
)
def test_a_host_is_written_as_one(host: str) -> None:
    assert paths(links=LinksRule(allowed=("ok.com", host))) == ["$.rules.links.allowed[1]"]
    assert paths(links=LinksRule(banned=(host,))) == ["$.rules.links.banned[0]"]


def test_every_number_has_its_bounds() -> None:
    assert paths(
        size=SizeRule(most=0),
        links=LinksRule(most=-1, banned=("a.b",) * 1_001),
        shouting=ShoutingRule(least=0, share=0.0),
        personal_data=PersonalDataRule(kinds=("iban", "iban")),
    ) == [
        "$.rules.size.most",
        "$.rules.links.most",
        "$.rules.links.banned",
        "$.rules.shouting.least",
        "$.rules.shouting.share",
        "$.rules.personal_data.kinds",
    ]
    assert paths(size=SizeRule(most=10_001), links=LinksRule(most=101), shouting=ShoutingRule(share=float("nan"))) == [
        "$.rules.size.most",
        "$.rules.links.most",
        "$.rules.shouting.share",
    ]


def test_a_policy_with_many_wrong_terms_is_refused_with_the_first_hundred() -> None:
    policy = policy_of(classifier="embedded-fast", rules=Rules(words=WordsRule(banned=("",) * 50_000)))
    with pytest.raises(Invalid) as caught:
        check_policy(policy, ("en",))
    assert len(caught.value.faults) == 100
