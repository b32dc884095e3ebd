"""What looks sent by a program."""

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding


def automated(facts: Facts) -> tuple[Finding, ...]:
    """Hold for a filled trap or a form that was open too short; never reject, for people are fast and browsers fill."""
    rule, signals = facts.policy.rules.automated, facts.signals
    if not rule.enabled:
        return ()
    codes = []
    if signals.trap:
        codes.append("trap-filled")
    if signals.seconds is not None and signals.seconds < rule.least_seconds:
        codes.append("sent-too-fast")
    return tuple(Finding(outcome="hold", reason=Reason(rule="automated", code=code)) for code in codes)
