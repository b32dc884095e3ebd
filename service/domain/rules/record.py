"""An author whose last comments people rejected."""

import math

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding

# A share such as .6 of 5 is a little more than 3 in floating point.
_EXACT = 1e-9


def record(facts: Facts) -> tuple[Finding, ...]:
    """Hold an author of whose last comments people rejected too many.

    The share is of the rule's whole number of comments: one rejection of somebody's only comment is no record. A typed
    name is held by what was rejected under it, and its approvals let nothing pass that would be held without them.
    """
    rule = facts.policy.rules.record
    if not rule.enabled:
        return ()
    rejected = sum(facts.around.decided[: rule.of])
    least = max(1, math.ceil(rule.rejected_share * rule.of - _EXACT))
    if rejected < least:
        return ()
    reason = Reason(rule="record", code="often-rejected", count=rejected, limit=least - 1)
    return (Finding(outcome="hold", reason=reason),)
