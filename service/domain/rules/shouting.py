"""A comment in capitals."""

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding


def shouting(facts: Facts) -> tuple[Finding, ...]:
    """Hold a text that is long enough and mostly capitals; letters of scripts without capitals are not counted."""
    settings = facts.policy.rules.shouting
    if not settings.enabled:
        return ()
    capitals, cased = _count(facts.body, settings.least * settings.share)
    if cased < settings.least or capitals < settings.share * cased:
        return ()
    share = round(capitals / cased, 3)
    reason = Reason(rule="shouting", code="mostly-capitals", score=share, threshold=settings.share)
    return (Finding(outcome="hold", reason=reason),)


_CAPITALS = bytes(range(ord("A"), ord("Z") + 1))
_SMALL = bytes(range(ord("a"), ord("z") + 1))


def _count(text: str, enough: float) -> tuple[int, int]:
    """Count capitals, and letters that could be one; those not where capitals alone are too few to matter."""
    if text.isascii():
        # Many times faster than letter by letter, and most comments are such.
        raw = text.encode()
        capitals = len(raw) - len(raw.translate(None, _CAPITALS))
        return capitals, capitals + len(raw) - len(raw.translate(None, _SMALL))
    capitals = sum(map(str.isupper, text))
    if capitals < enough:
        return capitals, 0
    return capitals, capitals + sum(map(str.islower, text))
