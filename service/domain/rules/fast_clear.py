"""What the fast classifier cleared while the ordinary one was behind."""

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding


def fast_clear(facts: Facts) -> tuple[Finding, ...]:
    """Say that the ordinary classifier has not read the comment."""
    if not facts.cleared:
        return ()
    return (Finding(outcome="note", reason=Reason(rule="fast-clear", code="cleared-by-fast-classifier")),)
