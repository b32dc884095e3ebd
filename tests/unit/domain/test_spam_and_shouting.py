"""The marks of spam, and capitals."""

import time

import pytest

from service.domain.rule_settings import LinksRule, ShoutingRule, SpamRule
from service.domain.rules.shouting import shouting
from service.domain.rules.spam import spam
from tests.unit.domain.rule_facts import facts, found

LOUD = "THE MILL IS MINE AND YOURS AND WILL STAY SO"


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("I made a fortune, text me on WhatsApp", {"contact-bait"}),
        ("whatsapp me", {"contact-bait"}),
        ("W h a t s a p p me", {"contact-bait"}),
        ("wh4ts4pp me", {"contact-bait"}),
        ("Tеlеgrаm @goldrush", {"contact-bait"}),
        ("All the news are at t.me/goldrush", {"contact-bait"}),
        ("contact him via Telegram for help", {"contact-bait"}),
        ("WhatsApp: +44 7911 123456", {"contact-bait"}),
        ("Schreib mir auf WhatsApp", {"contact-bait"}),
        ("escríbeme por whatsapp", {"contact-bait"}),
        ("I earn $500 daily from home: https://gold.example/join today", {"offer-with-link"}),
        ("buy cheap viagra here gold.com", {"offer-with-link"}),
        ("https://gold.example", {"nothing-but-links"}),
        ("gold.com gold.com/a gold.com/b, have a look at it", {"same-host"}),
        ("buy now " * 30, {"repeats-itself"}),
        ("spam" * 60, {"repeats-itself"}),
    ],
)
def test_each_mark_holds_and_none_rejects(body: str, codes: set[str]) -> None:
    judged = spam(facts(body))
    assert {one.reason.code for one in judged} == codes
    assert {one.outcome for one in judged} == {"hold"}


@pytest.mark.parametrize(
    "body",
    [
        "I read about it on Telegram. WhatsApp was down last night too.",
        "The signal was weak, call me old-fashioned",
        "See https://mill.example/report for the figures of last year.",
        "I earn too little for that",
        "Free trade made us rich",
        "ha ha ha, very funny",
        "The mill turns. " * 3,
        "=" * 80,
        "",
    ],
)
def test_what_people_write_every_day_is_let_through(body: str) -> None:
    assert found(spam, body) == {}


def test_links_to_allowed_hosts_are_no_marks_and_the_rule_can_be_turned_off() -> None:
    assert found(spam, "https://gold.example", links=LinksRule(allowed=("gold.example",))) == {}
    assert found(spam, "https://gold.example", spam=SpamRule(enabled=False)) == {}


def test_bait_is_shown_in_its_place() -> None:
    assert found(spam, "Hi! 🙂 Whаtsаpp me.") == {"contact-bait": ["Whаtsаpp me"]}


def test_capitals_hold_long_texts_only() -> None:
    (one,) = shouting(facts(LOUD))
    assert (one.outcome, one.reason.code, one.reason.score, one.reason.threshold) == (
        "hold",
        "mostly-capitals",
        1.0,
        0.7,
    )
    for body in (
        "NATO AND THE EU",
        LOUD.lower(),
        LOUD.title() + LOUD.lower(),
        "水車小屋は" * 30,
        "المطحنة " * 30,
        "1234!" * 30,
    ):
        assert shouting(facts(body)) == ()
    assert shouting(facts("МЕЛЬНИЦА МОЯ И ТВОЯ И ТАК БУДЕТ ВСЕГДА"))
    # Letters of scripts without capitals are not counted, on either side.
    assert shouting(facts(LOUD + "水車小屋は" * 100))
    assert shouting(facts(LOUD, shouting=ShoutingRule(enabled=False))) == ()


@pytest.mark.parametrize(("capitals", "held"), [(69, False), (70, True)])
def test_the_share_is_met_from_its_limit_on(capitals: int, *, held: bool) -> None:
    assert bool(shouting(facts("A" * capitals + "a" * (100 - capitals)))) is held
    assert bool(shouting(facts("Ä" * capitals + "ä" * (100 - capitals)))) is held


@pytest.mark.parametrize(
    "text",
    [
        "whatsapp " * 1_100,
        "text me " * 1_250,
        "earn gold.com " * 700,
        "a b " * 2_500,
        "wh4t " * 2_000,
        "aé" * 5_000,
        "crypto " * 1_400 + "gold.com",
        "telegram" + " " * 9_000 + "@x",
        "gold.com " * 1_100,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    spam(facts(text))
    assert time.process_time() - began < 0.5
