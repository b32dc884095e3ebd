"""A language that the classifier was not evaluated on."""

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding


def language(facts: Facts) -> tuple[Finding, ...]:
    """Hold a comment whose scores mean nothing because of its language."""
    if facts.uncovered is None:
        return ()
    reason = Reason(rule="language", code="language-not-covered", language=facts.uncovered)
    return (Finding(outcome="hold", reason=reason),)
