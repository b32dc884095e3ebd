"""What belongs to the keys of other people's programs: surfaces, quotas, score maps, and what they tell us back."""

from bisect import bisect_right
from typing import Literal

from msgspec import Struct

Surface = Literal["perspective", "openai"]

Curve = tuple[tuple[float, float], ...]
"""Knots (ours, theirs) in ascending order of ours; theirs never falls."""


class ScoreMap(Struct, frozen=True, kw_only=True):
    """One monotone curve per attribute that turns one classifier's scores into what another service would have said.

    `hash` is the classifier's that the curves were fitted for; they mean nothing for another's scores.
    """

    name: str
    classifier: str
    hash: str
    curves: dict[str, Curve]

    def value(self, attribute: str, score: float) -> float:
        """Map a score in [0, 1] of an attribute; one without a curve stays as it is."""
        curve = self.curves.get(attribute)
        return score if curve is None else along(curve, score)


class KeySettings(Struct, frozen=True, kw_only=True):
    """What a foreign client's key opens, how often (0: without a limit), and by which map its scores are told."""

    surfaces: tuple[Surface, ...]
    per_minute: int = 0
    map: ScoreMap | None = None


class Suggestion(Struct, frozen=True, kw_only=True):
    """A human's judgement that a foreign client sent: `suggested` by them, `scored` by our classifier, if it could.

    `text` is a keyed hash. `reference` is the client's own name for the comment where that is an identifier, else
    empty. `at` is RFC 3339 in UTC.
    """

    at: str
    key: str
    text: str
    suggested: dict[str, float]
    scored: dict[str, float] = {}
    classifier: str = ""
    reference: str = ""


def along(curve: Curve, score: float) -> float:
    """Read a curve at a score, in straight lines between its knots, which 0 and 1 complete at either end."""
    place = bisect_right(curve, score, key=lambda knot: knot[0])
    left = curve[place - 1] if place else (0.0, 0.0)
    right = curve[place] if place < len(curve) else (1.0, 1.0)
    if score <= left[0] or right[0] <= left[0]:
        return left[1]
    share = (score - left[0]) / (right[0] - left[0])
    return left[1] + share * (right[1] - left[1])
