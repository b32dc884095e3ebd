"""Names that the site keeps for those whom it vouches for."""

from functools import lru_cache

from service.domain.comment import Reason
from service.domain.policy import Facts, Finding
from service.domain.skeletons import name_skeleton


def names(facts: Facts) -> tuple[Finding, ...]:
    """Hold whoever bears a reserved name, or one that looks like it, and is not signed by the site.

    Held and not refused at once: a refusal would tell which disguise is seen through, and somebody whose sign-in ran
    out would lose their text. A policy may say `reject`.
    """
    rule, author = facts.policy.rules.names, facts.author
    if not rule.reserved or author is None or author.strength == "signed":
        return ()
    if name_skeleton(author.name) not in _skeletons(rule.reserved):
        return ()
    return (Finding(outcome=rule.action, reason=Reason(rule="names", code="reserved-name")),)


@lru_cache(maxsize=64)
def _skeletons(reserved: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(name_skeleton, reserved)) - {""}
