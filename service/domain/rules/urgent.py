"""Words of self-harm: somebody should read this soon."""

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding
from service.domain.urgency import SELF_HARM_CODE, self_harm_spans


def urgent(facts: Facts) -> tuple[Finding, ...]:
    """Hold what speaks of self-harm, whatever the scores say of it."""
    rule = facts.policy.rules.urgent
    spans = tuple(self_harm_spans(facts.body, rule.self_harm)) if rule.enabled else ()
    if not spans:
        return ()
    return (Finding(outcome="hold", reason=Reason(rule="urgent", code=SELF_HARM_CODE, spans=spans)),)
