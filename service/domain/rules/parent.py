"""A reply whose parent was withdrawn while it waited."""

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding


def parent(facts: Facts) -> tuple[Finding, ...]:
    """Hold a reply to what is no longer shown."""
    if facts.parent_shown:
        return ()
    return (Finding(outcome="hold", reason=Reason(rule="parent", code="parent-withdrawn")),)
