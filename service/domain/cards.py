"""What sorting needs of a held comment: no text, no name, so that many fit into memory and none is remembered."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

from msgspec import Struct

from service.domain.comment import Comment
from service.domain.severity import is_severe
from service.domain.sketches import Sketch, sketch_of

# A card takes about a kilobyte.
CARDS_KEPT = 20_000
UNEXPLAINED = "none"


class Card(Struct, frozen=True, kw_only=True):
    """One version of a comment, as it is sorted by."""

    id: str
    version: int
    thread: str
    author: str
    reason: str
    labels: dict[str, float]
    highest: float
    severe: bool
    urgent: bool
    sketch: Sketch


LIKELY = 0.5


def main_reason(comment: Comment) -> str:
    """Name the first reason of a verdict, which is the strongest."""
    return comment.reasons[0].code if comment.reasons else UNEXPLAINED


def labels_of(comment: Comment) -> frozenset[str]:
    """Name what a comment is about to whoever wants to leave some labels to others: raised, or likelier than not."""
    likely = comment.scores.labels if comment.scores else {}
    raised = {reason.label for reason in comment.reasons if reason.label is not None}
    return frozenset(raised | {label for label, score in likely.items() if score >= LIKELY})


def card_of(comment: Comment) -> Card:
    """Make a comment's card."""
    labels = dict(comment.scores.labels) if comment.scores else {}
    return Card(
        id=comment.id,
        version=comment.version,
        thread=comment.thread,
        author=comment.author.key,
        reason=main_reason(comment),
        labels=labels,
        highest=max(labels.values(), default=0.0),
        severe=is_severe(comment),
        urgent=comment.urgent,
        sketch=sketch_of(comment.body),
    )


class Cards:
    """The cards of one process: each is made once, and the longest unused are forgotten."""

    def __init__(self, kept: int = CARDS_KEPT) -> None:
        """Take how many are kept."""
        self._kept = kept
        self._cards: OrderedDict[tuple[str, str], Card] = OrderedDict()
        # Who comes while cards are made waits for them, rather than making the same.
        self.making = asyncio.Lock()

    def find(self, site: str, comment_id: str, version: int) -> Card | None:
        """Find the card of one version."""
        card = self._cards.get((site, comment_id))
        if card is None or card.version != version:
            return None
        self._cards.move_to_end((site, comment_id))
        return card

    def keep(self, site: str, cards: Iterable[Card]) -> None:
        """Keep cards in place of those of earlier versions."""
        for card in cards:
            self._cards[site, card.id] = card
            self._cards.move_to_end((site, card.id))
        while len(self._cards) > self._kept:
            self._cards.popitem(last=False)
