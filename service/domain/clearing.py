"""Which comments the fast classifier may clear while the ordinary one is behind."""

from collections.abc import Iterator, Mapping

from service.domain.catalogue import CLASSIFIERS
from service.domain.policy import Policy, Threshold
from service.domain.site import Mode

SLOW, FAST = "embedded", "embedded-fast"
"""Whose work may be spared, and by whom: the only pair whose losses were measured."""

SHARE = 0.02
"""A comment is cleared when the fast classifier gives every label less than this share of its default hold threshold.

Measured on the dev rows by `gatepost model evaluate embedded`: see `fast_clear` in docs/model-card.md for how many
comments that clears and how many of those that the slow classifier would hold are lost (the goal is 1 % at most).
"""
LONGEST_WAIT = 3600


def unmeasured(policy: Policy) -> Iterator[tuple[str, str]]:
    """Say with its path what keeps the measured losses from holding for a policy."""
    if policy.fast_clear is None:
        return
    if not 1 <= policy.fast_clear.after_seconds <= LONGEST_WAIT:
        yield "$.fast_clear.after_seconds", f"is not in 1 to {LONGEST_WAIT}"
    if policy.classifier != SLOW:
        yield "$.fast_clear", f"is measured for the classifier {SLOW} alone"
    for label, limit in _limits(policy.thresholds):
        hold = CLASSIFIERS[SLOW].thresholds.get(label, (0.0, None))[0]
        if limit < hold:
            yield "$.fast_clear", f"needs a `hold` of {hold} or more for {label}: the losses were measured from there"


def _limits(thresholds: Mapping[str, Threshold]) -> Iterator[tuple[str, float]]:
    for label, threshold in thresholds.items():
        yield from ((label, limit) for limit in (threshold.hold, threshold.reject) if limit is not None)


def may_clear(policy: Policy, mode: Mode, classifier: str, waited_seconds: float) -> bool:
    """Tell whether a comment that waited so long may be cleared instead of being read by `classifier`.

    Never in mode `pre`, where a human sees everything anyway.
    """
    return (
        policy.fast_clear is not None
        and waited_seconds >= policy.fast_clear.after_seconds
        and classifier == SLOW
        and mode != "pre"
        and not any(unmeasured(policy))
    )


def clears(labels: Mapping[str, float]) -> bool:
    """Tell whether the fast classifier's labels are low enough; one that is missing is not."""
    holds = CLASSIFIERS[FAST].thresholds
    return all(labels.get(label, 1.0) < SHARE * hold for label, (hold, _reject) in holds.items())
