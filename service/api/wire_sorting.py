"""What goes over the wire of many held comments at once: groups, dot plots and samples."""

from msgspec import Struct

from service.api.wire import ReviewComment
from service.domain.cards import Card
from service.workflow.sorting import POINTS, Group, Selected


class GroupList(Struct, frozen=True, kw_only=True):
    """Groups of held comments, the largest first.

    `total` is how many wait in the queue, `looked_at` how many of these were sorted; `complete` that these are all.
    """

    items: list[Group]
    total: int
    looked_at: int
    complete: bool


class Point(Struct, frozen=True, kw_only=True):
    """A held comment in a dot plot."""

    id: str
    version: int
    score: float
    severe: bool


class Distribution(Struct, frozen=True, kw_only=True):
    """The scores of held comments by one label, the highest first: at most 2,000 of `total`.

    `complete` says that these are all, and that all that is held was looked at.
    """

    label: str
    points: list[Point]
    total: int
    complete: bool

    @classmethod
    def from_selection(cls, label: str, selected: Selected) -> "Distribution":
        """Show what was selected."""
        complete = selected.looked_at == selected.total
        return cls(
            label=label,
            points=[_point(card, label) for card in selected.cards[:POINTS]],
            total=len(selected.cards),
            complete=complete and len(selected.cards) <= POINTS,
        )


class Samples(Struct, frozen=True, kw_only=True):
    """Some held comments, drawn at random."""

    items: list[ReviewComment]


def _point(card: Card, label: str) -> Point:
    return Point(id=card.id, version=card.version, score=card.labels[label], severe=card.severe)
