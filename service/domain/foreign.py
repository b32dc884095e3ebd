"""What belongs to the keys of other people's programs: surfaces, quotas, score maps, and what they tell us back."""

from bisect import bisect_right
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from service.domain.site import Site

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


@runtime_checkable
class ForeignKeys(Protocol):
    """What foreign clients' keys may do; the keys themselves are principals. Reads may be up to 3 seconds old."""

    async def settings(self, key_id: str) -> KeySettings | None:
        """Read a key's settings; one without any opens nothing."""
        ...

    async def put_settings(self, key_id: str, settings: KeySettings) -> None:
        """Store a key's settings."""
        ...

    async def forget(self, key_id: str) -> None:
        """Remove a key's settings."""
        ...

    async def spend(self, key_id: str, *, per_minute: int, units: int) -> int:
        """Spend units of this minute's quota, all or none; returns 0, or the seconds until the next minute."""
        ...


@runtime_checkable
class Feedback(Protocol):
    """What the moderators of foreign clients said of texts: the latest of each site, and of keys without a site."""

    async def add(self, site: Site | None, suggestion: Suggestion) -> None:
        """Keep a suggestion, and forget the oldest beyond 10,000."""
        ...

    async def latest(self, site: Site | None, *, limit: int) -> list[Suggestion]:
        """Read the newest suggestions, newest first."""
        ...
