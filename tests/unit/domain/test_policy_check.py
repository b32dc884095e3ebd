"""Which policies are accepted, and what is said of the others."""

import math

import msgspec
import pytest

from service.domain.catalogue import CLASSIFIERS
from service.domain.errors import Conflict, Invalid
from service.domain.policy import Policy, Threshold
from service.domain.policy_check import check_mode, check_policy, classifier_kind
from service.domain.rule_settings import RateRule, RetentionRule, Rules
from service.domain.rules.thresholds import NEVER_REJECTS
from service.workflow.sites import default_policy
from tests.builders import policy_of


def policy(**changes: object) -> Policy:
    return msgspec.structs.replace(policy_of(classifier="embedded-fast"), **changes)


def faults_of(wrong: Policy) -> set[str]:
    with pytest.raises(Invalid) as caught:
        check_policy(wrong, ("en",))
    assert caught.value.slug == "invalid-policy"
    return {fault.path for fault in caught.value.faults}


@pytest.mark.parametrize("classifier", sorted(CLASSIFIERS))
def test_the_default_policy_of_every_classifier_is_accepted(classifier: str) -> None:
    made = default_policy(classifier)
    check_policy(made, tuple(CLASSIFIERS[classifier].languages)[:1])
    assert all(made.thresholds[label].reject is None for label in NEVER_REJECTS & made.thresholds.keys())


@pytest.mark.parametrize("value", [0.0, -0.1, 1.0001, math.inf, math.nan])
def test_a_threshold_lies_above_nought_and_at_most_at_one(value: float) -> None:
    assert faults_of(policy(thresholds={"toxicity": Threshold(hold=value)})) == {"$.thresholds.toxicity.hold"}
    assert "$.thresholds.toxicity.reject" in faults_of(policy(thresholds={"toxicity": Threshold(reject=value)}))


def test_every_fault_is_named_at_once() -> None:
    wrong = policy(
        classifier="nobody",
        thresholds={"rudeness": Threshold(hold=0.5), "identity_attack": Threshold(hold=0.9, reject=0.5)},
        rules=Rules(rate=RateRule(address_burst=0, author_per_minute=100_001)),
    )
    assert faults_of(wrong) == {
        "$.classifier",
        "$.thresholds.rudeness",
        "$.thresholds.identity_attack.reject",
        "$.rules.rate.address_burst",
        "$.rules.rate.author_per_minute",
    }


@pytest.mark.parametrize("thresholds", [{}, {"toxicity": Threshold()}])
def test_a_policy_that_would_publish_everything_is_refused_unless_people_read_all(
    thresholds: dict[str, Threshold],
) -> None:
    assert faults_of(policy(thresholds=thresholds)) == {"$.thresholds"}
    assert faults_of(policy(thresholds=thresholds, mode="post")) == {"$.thresholds"}
    check_policy(policy(thresholds=thresholds, mode="pre"), ("en",))


def test_a_language_that_is_not_covered_leaves_pre_moderation_only() -> None:
    for mode in ("hybrid", "post"):
        with pytest.raises(Conflict) as caught:
            check_policy(policy(mode=mode), ("en", "de"))
        assert caught.value.slug == "language-not-covered"
        assert "de" in caught.value.detail
    check_policy(policy(mode="pre"), ("en", "de"))
    check_mode("pre", "embedded-fast", ("xx",))


@pytest.mark.parametrize("days", [0, -1, 13, 36_501])
def test_what_was_rejected_stays_as_long_as_it_may_be_appealed(days: int) -> None:
    wrong = policy(rules=Rules(retention=RetentionRule(rejected_days=days)))
    assert faults_of(wrong) == {"$.rules.retention.rejected_days"}


def test_days_of_retention_are_at_least_one_and_none_keeps() -> None:
    wrong = RetentionRule(held_days=0, approved_days=0, deleted_days=36_501)
    names = ("held_days", "approved_days", "deleted_days")
    assert faults_of(policy(rules=Rules(retention=wrong))) == {f"$.rules.retention.{name}" for name in names}
    right = RetentionRule(rejected_days=14, held_days=1, approved_days=None, deleted_days=36_500)
    check_policy(policy(rules=Rules(retention=right)), ("en",))
    assert Rules().retention == RetentionRule(rejected_days=30)


def test_a_classifier_s_kind_is_what_stands_before_the_colon() -> None:
    assert classifier_kind("embedded-fast") == "embedded-fast"
    assert classifier_kind("onnx:/models/x:1") == "onnx"
