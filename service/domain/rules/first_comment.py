"""An author of whom nothing was approved yet."""

from service.domain.authors import ACCOUNTABLE
from service.domain.comment import Reason
from service.domain.policy import Facts, Finding


def first_comment(facts: Facts) -> tuple[Finding, ...]:
    """Hold who has too few approved comments; a typed name, which anybody may type, earns none."""
    rule, author = facts.policy.rules.first_comment, facts.author
    if not rule.enabled or author is None:
        return ()
    approved = facts.around.approved if author.strength in ACCOUNTABLE else 0
    if approved >= rule.approved:
        return ()
    reason = Reason(rule="first_comment", code="first-comment", count=approved, limit=rule.approved)
    return (Finding(outcome="hold", reason=reason),)
