"""The same text over and over, by one author or by many."""

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding


def repeats(facts: Facts) -> tuple[Finding, ...]:
    """Hold what came more often than is allowed within the rule's hours, wherever it was sent."""
    rule, around = facts.policy.rules.repeats, facts.around
    if not rule.enabled:
        return ()
    counted = (
        ("repeated-by-author", around.by_author, rule.by_author),
        ("repeated-by-anyone", around.by_anyone, rule.by_anyone),
    )
    return tuple(
        Finding(outcome="hold", reason=Reason(rule="repeats", code=code, count=count, limit=limit))
        for code, count, limit in counted
        if count > limit
    )
