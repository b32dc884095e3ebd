"""What cannot wait: threats, somebody's data, and people who may harm themselves."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from service.domain.comment import Reason
from service.domain.rule_settings import UrgentRule
from service.domain.submission import BODY_POINTS
from service.domain.text import normalise, normalise_with_offsets

SELF_HARM_CODE = "self-harm-words"
# How much a phrase may be stretched: what stands between its words is not letters.
_BETWEEN = r"[^a-z0-9]{1,3}"


def is_urgent(rule: UrgentRule, labels: Mapping[str, float], reasons: Sequence[Reason]) -> bool:
    """Tell whether a comment goes before a human first, from its scores and what the rules found."""
    if not rule.enabled:
        return False
    threat = rule.threat is not None and labels.get("threat", 0.0) >= rule.threat
    found = any(
        reason.code == SELF_HARM_CODE or (rule.personal_data and reason.rule == "personal_data") for reason in reasons
    )
    return threat or found


@lru_cache(maxsize=64)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    words = [_BETWEEN.join(map(re.escape, normalise(phrase).split())) for phrase in phrases]
    known = "|".join(sorted({word for word in words if word}, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{known})(?![^\W_])") if known else None


def self_harm_spans(body: str, phrases: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Find phrases as whole words, in disguise too; gives [start, end) code points of the body."""
    pattern = _pattern(phrases)
    if pattern is None or not pattern.search(normalise(body, BODY_POINTS)):
        return
    aligned = normalise_with_offsets(body, BODY_POINTS)
    for match in pattern.finditer(aligned.text):
        yield aligned.original(*match.span())
