"""The label thresholds."""

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding

# A model's word alone is not enough to turn somebody away for whom they are said to attack.
NEVER_REJECTS = frozenset({"identity_attack"})


def thresholds(facts: Facts) -> tuple[Finding, ...]:
    """Hold or reject by each label's probability; a label that the model lacks is passed over."""
    found = []
    theirs = facts.scores.classifier == facts.policy.classifier
    for label, threshold in facts.policy.thresholds.items():
        score = facts.scores.labels.get(label)
        if score is None:
            continue
        if threshold.reject is not None and score >= threshold.reject:
            # Figures that prove a threshold for one classifier prove nothing for another.
            outcome = "reject" if theirs and label not in NEVER_REJECTS else "hold"
            found.append((outcome, "above-reject-threshold", label, score, threshold.reject))
        elif threshold.hold is not None and score >= threshold.hold:
            found.append(("hold", "above-hold-threshold", label, score, threshold.hold))
    return tuple(
        Finding(
            outcome="reject" if outcome == "reject" else "hold",
            reason=Reason(rule="thresholds", code=code, label=label, score=score, threshold=limit),
        )
        for outcome, code, label, score, limit in found
    )
