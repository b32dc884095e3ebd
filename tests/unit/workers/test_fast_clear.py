"""The fast classifier under overload: it clears, and never holds or rejects."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from service.domain.policy import FastClear
from service.domain.rules import WORKER_RULES
from service.domain.site import Mode
from service.domain.work import Subject
from service.workflow.sites import default_policy
from tests.builders import Writer, site_of
from tests.fakes.clock import Clock
from workers.classifiers.embedded_fast import EmbeddedFast
from workers.judge import Judge

FINE = "Thanks for fixing the citation in the infobox."
NAME = "Anna"
FOUL = "You are a fucking idiot and I hope you die."


class Slow:
    """Stand for `embedded`, and remember what it was asked."""

    name = "embedded"
    version = "1"
    hash = "51"
    labels: tuple[str, ...] = ("toxicity",)
    languages = frozenset({"en"})
    band = 0.0

    def __init__(self) -> None:
        self.asked: list[str] = []

    def score(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        self.asked += texts
        return [(0.01 if text == NAME else 0.9,) for text in texts]

    exact = score

    def spans_of(self, texts: Sequence[str], limit: int = 5) -> list[dict[str, list[tuple[int, int]]]]:
        return [{} for _text in texts]


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def judge(slow: Slow) -> Judge:
    return Judge(slow, WORKER_RULES, uncovered=lambda _text, _languages: None, load_fast=EmbeddedFast.load)


@pytest.fixture
def writer(clock: Clock) -> Writer:
    return Writer(clock, site_of(clock))


def subject(writer: Writer, body: str, *, waited: float = 60.0, author: str = "anna", mode: Mode = "hybrid") -> Subject:
    policy = replace(default_policy("embedded"), fast_clear=FastClear(after_seconds=5))
    comment = writer.comment(body, author=author)
    return Subject(
        comment=comment, site=writer.site, policy=policy, mode=mode, parent_shown=True, waited_seconds=waited
    )


def test_what_it_finds_harmless_is_approved_and_recorded_as_its_own(judge: Judge, slow: Slow, writer: Writer) -> None:
    (judgement,) = judge.judge([subject(writer, FINE)])
    assert judgement.verdict.status == "approved"
    assert judgement.cleared
    assert judgement.scores.classifier == "embedded-fast"
    assert [reason.code for reason in judgement.verdict.reasons] == ["cleared-by-fast-classifier"]
    assert slow.asked == [NAME]


def test_what_it_does_not_clear_is_read_by_the_ordinary_one(judge: Judge, slow: Slow, writer: Writer) -> None:
    batch = [subject(writer, FINE), subject(writer, FOUL), subject(writer, FINE, author="fucking idiot")]
    batch += [subject(writer, f"{FINE} On time.", waited=1.0), subject(writer, f"{FINE} Before.", mode="pre")]
    judgements = judge.judge(batch)
    assert [judgement.cleared for judgement in judgements] == [True, False, True, False, False]
    by = ["embedded-fast" if judgement.cleared else "embedded" for judgement in judgements]
    assert [judgement.scores.classifier for judgement in judgements] == by
    # The third comment's name is not cleared with its body.
    assert [judgement.verdict.status for judgement in judgements] == ["approved", *["held"] * 4]
    assert {FOUL, f"{FINE} On time.", f"{FINE} Before."} < set(slow.asked)


def test_the_other_rules_still_hold_what_it_clears(slow: Slow, writer: Writer) -> None:
    judge = Judge(slow, WORKER_RULES, uncovered=lambda _text, _languages: "de", load_fast=EmbeddedFast.load)
    orphan = replace(subject(writer, FINE), parent_shown=False)
    (judgement,) = judge.judge([orphan])
    assert judgement.verdict.status == "held"
    codes = [reason.code for reason in judgement.verdict.reasons]
    assert codes == ["parent-withdrawn", "language-not-covered", "cleared-by-fast-classifier"]


def test_without_a_fast_classifier_everything_is_read(slow: Slow, writer: Writer) -> None:
    judge = Judge(slow, WORKER_RULES, uncovered=lambda _text, _languages: None)
    (judgement,) = judge.judge([subject(writer, FINE)])
    assert not judgement.cleared
    assert slow.asked
