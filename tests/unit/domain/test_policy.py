"""The engine with toy rules, and each rule alone."""

import itertools
from collections.abc import Sequence

import msgspec
import pytest

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding, Outcome, Threshold, decide
from service.domain.rules import WORKER_RULES
from service.domain.rules.classifier_match import classifier_match
from service.domain.rules.language import language
from service.domain.rules.name import name
from service.domain.rules.parent import parent
from service.domain.rules.thresholds import thresholds
from service.domain.site import Mode
from tests.builders import policy_of, scores_of

MODES: tuple[Mode, ...] = ("hybrid", "pre", "post")


def facts_of(**changes: object) -> Facts:
    plain = Facts(
        body="x",
        scores=scores_of(),
        name_scores={},
        uncovered=None,
        parent_shown=True,
        mode="hybrid",
        policy=policy_of(),
    )
    return msgspec.structs.replace(plain, **changes)


class Toy:
    """A rule that always finds the same."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = outcomes

    def __call__(self, facts: Facts) -> Sequence[Finding]:
        return [Finding(outcome=o, reason=Reason(rule="toy", code=o)) for o in self.outcomes]


@pytest.mark.parametrize(
    ("mode", "outcomes"),
    [
        (mode, outcomes)
        for mode in MODES
        for outcomes in [(), *itertools.product(("note", "hold", "reject"), repeat=2), ("note",), ("hold",)]
    ],
)
def test_the_gravest_finding_decides_and_every_reason_is_kept(mode: Mode, outcomes: tuple[Outcome, ...]) -> None:
    verdict = decide(facts_of(mode=mode), [Toy(outcome) for outcome in outcomes])
    codes = [reason.code for reason in verdict.reasons]
    if mode == "pre":
        assert (verdict.status, verdict.look, codes) == ("held", False, [*outcomes, "pre-moderation"])
        return
    assert codes == list(outcomes)
    if "reject" in outcomes:
        assert (verdict.status, verdict.look) == ("rejected", False)
    elif "hold" in outcomes:
        assert (verdict.status, verdict.look) == (("approved", True) if mode == "post" else ("held", False))
    else:
        assert (verdict.status, verdict.look) == ("approved", False)


@pytest.mark.parametrize(
    ("score", "outcome", "code"),
    [
        (0.0, None, ""),
        (0.4999, None, ""),
        (0.5, "hold", "above-hold-threshold"),
        (0.8999, "hold", "above-hold-threshold"),
        (0.9, "reject", "above-reject-threshold"),
        (1.0, "reject", "above-reject-threshold"),
    ],
)
def test_thresholds_hold_from_and_reject_from(score: float, outcome: str | None, code: str) -> None:
    found = thresholds(facts_of(scores=scores_of(score)))
    assert [(f.outcome, f.reason.code, f.reason.label, f.reason.score) for f in found] == (
        [(outcome, code, "toxicity", score)] if outcome else []
    )


def with_thresholds(**values: Threshold) -> Facts:
    return facts_of(policy=msgspec.structs.replace(policy_of(), thresholds=dict(values)))


def test_a_label_without_threshold_or_score_decides_nothing() -> None:
    facts = with_thresholds(insult=Threshold(hold=0.5), toxicity=Threshold())
    assert thresholds(msgspec.structs.replace(facts, scores=scores_of(1.0))) == ()


def test_an_attack_on_identity_never_rejects_by_score_alone() -> None:
    facts = with_thresholds(identity_attack=Threshold(hold=0.3, reject=0.9))
    found = thresholds(msgspec.structs.replace(facts, scores=scores_of(identity_attack=1.0)))
    assert [f.outcome for f in found] == ["hold"]


def test_thresholds_of_another_classifier_hold_instead_of_rejecting() -> None:
    facts = facts_of(scores=scores_of(1.0), policy=policy_of(classifier="another"))
    assert [f.outcome for f in thresholds(facts)] == ["hold"]
    assert [(f.outcome, f.reason.code) for f in classifier_match(facts)] == [
        ("note", "thresholds-of-another-classifier")
    ]
    assert classifier_match(facts_of()) == ()
    assert decide(facts, WORKER_RULES).status == "held"


def test_a_name_holds_and_never_rejects() -> None:
    for score, outcomes in ((0.49, []), (0.5, ["hold"]), (1.0, ["hold"])):
        assert [f.outcome for f in name(facts_of(name_scores={"toxicity": score}))] == outcomes
    only_reject = with_thresholds(toxicity=Threshold(reject=0.9))
    found = name(msgspec.structs.replace(only_reject, name_scores={"toxicity": 0.95}))
    assert [(f.outcome, f.reason.threshold) for f in found] == [("hold", 0.9)]
    assert name(with_thresholds(toxicity=Threshold())) == ()


def test_a_language_that_is_not_covered_holds() -> None:
    assert language(facts_of()) == ()
    (found,) = language(facts_of(uncovered="de"))
    assert (found.outcome, found.reason.code, found.reason.language) == ("hold", "language-not-covered", "de")


def test_a_withdrawn_parent_holds() -> None:
    assert parent(facts_of()) == ()
    assert [(f.outcome, f.reason.code) for f in parent(facts_of(parent_shown=False))] == [("hold", "parent-withdrawn")]


def test_all_reasons_stand_in_the_verdict() -> None:
    facts = facts_of(
        scores=scores_of(0.95), name_scores={"toxicity": 0.7}, uncovered="de", parent_shown=False, mode="post"
    )
    verdict = decide(facts, WORKER_RULES)
    assert verdict.status == "rejected"
    assert [r.code for r in verdict.reasons] == [
        "parent-withdrawn",
        "language-not-covered",
        "above-reject-threshold",
        "name-above-threshold",
    ]
