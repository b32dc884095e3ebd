"""Somebody's telephone number, address, account or card."""

import re
from collections.abc import Mapping

from service.domain.comment import Reason
from service.domain.identifying import Finder, addresses, cards, emails, has_long_number, ibans, phones
from service.domain.policy import Facts, Finding
from service.domain.rule_settings import PersonalKind

SPANS = 20
_FINDERS: Mapping[PersonalKind, tuple[str, Finder]] = {
    "card": ("card-number", cards),
    "iban": ("account-number", ibans),
    "phone": ("phone-number", phones),
    "email": ("email-address", emails),
    "address": ("postal-address", addresses),
}
_LONG: frozenset[PersonalKind] = frozenset({"card", "phone"})
# All but an e-mail address have digits in them, and most comments have none.
_DIGIT = re.compile(r"[0-9]")


def personal_data(facts: Facts) -> tuple[Finding, ...]:
    """Hold what shows somebody's data, one reason for each kind; a number counts as the first kind that it fits."""
    settings = facts.policy.rules.personal_data
    if not settings.enabled:
        return ()
    body = facts.body
    numbers = _DIGIT.search(body) is not None
    long_number = numbers and has_long_number(body)
    taken: set[int] = set()
    findings = []
    for kind, (code, find) in _FINDERS.items():
        possible = long_number if kind in _LONG else numbers or kind == "email"
        if kind not in settings.kinds or not possible:
            continue
        spans = [(start, end) for start, end in find(body) if start not in taken and end - 1 not in taken]
        for start, end in spans:
            taken.update(range(start, end))
        if spans:
            reason = Reason(rule="personal_data", code=code, count=len(spans), spans=tuple(spans[:SPANS]))
            findings.append(Finding(outcome="hold", reason=reason))
    return tuple(findings)
