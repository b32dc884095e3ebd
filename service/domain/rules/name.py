"""The author's name and website, scored like any text."""

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding


def name(facts: Facts) -> tuple[Finding, ...]:
    """Hold for a name or website above a threshold; a name alone never rejects."""
    found = []
    for label, threshold in facts.policy.thresholds.items():
        score = facts.name_scores.get(label)
        limits = [limit for limit in (threshold.hold, threshold.reject) if limit is not None]
        if score is not None and limits and score >= min(limits):
            reason = Reason(rule="name", code="name-above-threshold", label=label, score=score, threshold=min(limits))
            found.append(Finding(outcome="hold", reason=reason))
    return tuple(found)
