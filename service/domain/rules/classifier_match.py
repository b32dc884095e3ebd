"""Thresholds that were chosen for another classifier."""

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding


def classifier_match(facts: Facts) -> tuple[Finding, ...]:
    """Say in every verdict that the thresholds belong to another classifier."""
    if facts.scores.classifier == facts.policy.classifier or facts.cleared:
        return ()
    reason = Reason(rule="classifier", code="thresholds-of-another-classifier")
    return (Finding(outcome="note", reason=reason),)
