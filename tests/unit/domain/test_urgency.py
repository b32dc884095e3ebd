"""What goes before a human first."""

import time

import pytest

from service.domain import moves
from service.domain.comment import Reason
from service.domain.policy import Facts, decide
from service.domain.queues import risk_scores
from service.domain.rule_settings import SELF_HARM, Rules, UrgentRule
from service.domain.rules import WORKER_RULES
from service.domain.scores import Scores
from service.domain.urgency import is_urgent, self_harm_spans
from tests.builders import Writer, policy_of, scores_of, site_of
from tests.fakes.clock import Clock


def facts(body: str = "A fine day.", rule: UrgentRule | None = None, scores: Scores | None = None) -> Facts:
    return Facts(
        body=body,
        scores=scores or scores_of(0.01),
        name_scores={},
        uncovered=None,
        parent_shown=True,
        mode="hybrid",
        policy=policy_of(rules=Rules(urgent=rule or UrgentRule())),
    )


@pytest.mark.parametrize(
    "body",
    [
        "Sometimes I want to die.",
        "i WANT to D1E",
        "I will k i l l  myself",
        "kill\u200b myself, they said",
        "There is no reason to live!!!",
        "suicidal",
    ],
)
def test_words_of_self_harm_hold_and_are_urgent(body: str) -> None:
    verdict = decide(facts(body), WORKER_RULES)
    assert (verdict.status, verdict.urgent) == ("held", True)
    (reason,) = [reason for reason in verdict.reasons if reason.rule == "urgent"]
    assert reason.code == "self-harm-words"
    assert all(0 <= start < end <= len(body) for start, end in reason.spans)


@pytest.mark.parametrize(
    "body", ["A fine day.", "I want to diet.", "They overskill myself", "Nothing to live down; no reason.", ""]
)
def test_other_words_do_not(body: str) -> None:
    assert list(self_harm_spans(body, SELF_HARM)) == []
    verdict = decide(facts(body), WORKER_RULES)
    assert (verdict.status, verdict.urgent) == ("approved", False)


def test_a_threat_and_personal_data_are_urgent_and_hold_nothing_by_themselves() -> None:
    threat = scores_of(0.01, threat=0.5)
    assert decide(facts(scores=threat), WORKER_RULES).status == "approved"
    assert decide(facts(scores=scores_of(0.6, threat=0.5)), WORKER_RULES).urgent
    personal = (Reason(rule="personal_data", code="phone"),)
    for rule, urgent in (
        (UrgentRule(), True),
        (UrgentRule(personal_data=False), False),
        (UrgentRule(enabled=False), False),
    ):
        assert is_urgent(rule, {}, personal) is urgent
    assert not is_urgent(UrgentRule(threat=None), {"threat": 0.99}, ())


def test_what_is_switched_off_or_empty_finds_nothing() -> None:
    for rule in (UrgentRule(enabled=False), UrgentRule(self_harm=()), UrgentRule(self_harm=("  ", "💥"))):
        assert decide(facts("I want to die", rule), WORKER_RULES).status == "approved"


def test_what_is_urgent_stands_first_and_before_seniors() -> None:
    clock = Clock()
    writer = Writer(clock, site_of(clock))
    verdict = decide(facts("I want to die"), WORKER_RULES)
    after = moves.judged(writer.comment(), verdict, scores_of(0.3), by="w", at=clock(), policy_version=1)
    found = risk_scores(after)
    assert (found["~first"], found["~urgent"], found["~escalated"]) == (1.3, 0.3, 0.3)
    assert not after.escalated
    assert not moves.edited(after, "Anew.", at=clock()).urgent


def test_a_hostile_text_is_read_in_no_time() -> None:
    body = ("want to " * 1_250)[:10_000]
    began = time.perf_counter()
    assert list(self_harm_spans(body, SELF_HARM)) == []
    assert time.perf_counter() - began < 1
