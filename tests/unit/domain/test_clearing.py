"""When the fast classifier may clear, and what."""

import pytest
from msgspec.structs import replace

from service.domain.catalogue import CLASSIFIERS
from service.domain.clearing import SHARE, clears, may_clear
from service.domain.errors import Invalid
from service.domain.policy import FastClear, Policy, Threshold
from service.domain.policy_check import check_policy
from service.workflow.sites import default_policy

LOW = {label: hold * SHARE * 0.9 for label, (hold, _reject) in CLASSIFIERS["embedded"].thresholds.items()}


def clearing(**changes: object) -> Policy:
    return replace(default_policy("embedded"), **{"fast_clear": FastClear(after_seconds=5), **changes})


def test_only_what_waited_long_enough_is_cleared() -> None:
    assert may_clear(clearing(), "hybrid", "embedded", 5.0)
    assert may_clear(clearing(), "post", "embedded", 60.0)
    assert not may_clear(clearing(), "hybrid", "embedded", 4.9)
    assert not may_clear(default_policy("embedded"), "hybrid", "embedded", 3600.0)


def test_where_a_human_sees_everything_nothing_is_cleared() -> None:
    assert not may_clear(clearing(), "pre", "embedded", 60.0)


@pytest.mark.parametrize("classifier", sorted({*CLASSIFIERS} - {"embedded"}))
def test_no_other_classifier_is_spared_its_work(classifier: str) -> None:
    assert not may_clear(clearing(), "hybrid", classifier, 60.0)
    with pytest.raises(Invalid, match="measured for the classifier embedded alone"):
        check_policy(replace(default_policy(classifier), fast_clear=FastClear(after_seconds=5)), ("en",))


@pytest.mark.parametrize("threshold", [Threshold(hold=0.1), Threshold(hold=0.1, reject=0.9), Threshold(reject=0.19)])
def test_thresholds_below_those_that_were_measured_clear_nothing(threshold: Threshold) -> None:
    stricter = clearing(thresholds={**default_policy("embedded").thresholds, "toxicity": threshold})
    assert not may_clear(stricter, "hybrid", "embedded", 60.0)
    with pytest.raises(Invalid) as caught:
        check_policy(stricter, ("en",))
    assert {fault.path for fault in caught.value.faults} == {"$.fast_clear"}


@pytest.mark.parametrize("seconds", [0, -1, 3601])
def test_the_wait_has_bounds(seconds: int) -> None:
    with pytest.raises(Invalid) as caught:
        check_policy(clearing(fast_clear=FastClear(after_seconds=seconds)), ("en",))
    assert "$.fast_clear.after_seconds" in {fault.path for fault in caught.value.faults}
    check_policy(clearing(), ("en",))


def test_every_label_must_be_low() -> None:
    assert clears(LOW)
    for label, score in LOW.items():
        assert not clears({**LOW, label: score * 2})
        assert not clears({other: value for other, value in LOW.items() if other != label})
