"""Many held comments at once: put into groups, drawn by score, sampled.

At most 5,000 are looked at, the first in the console's order. What is worked out of their texts is worked out once for
each version, beside the event loop.
"""

import asyncio
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from service.domain.cards import Card, card_of
from service.domain.comment import Comment
from service.domain.errors import NotFound
from service.domain.ids import is_id
from service.domain.likeness import alike, like
from service.domain.site import Principal, Site
from service.domain.views import QUEUE_INDEX, HeldQueue
from service.workflow import reach
from service.workflow.house import House

MOST = 5_000
GROUPS = 200
POINTS = 2_000
SAMPLES = 3
_STEP = 200
_OPENING = 80

By = Literal["thread", "author", "likeness", "reason"]


@dataclass(frozen=True)
class Selection:
    """Which held comments are meant; what is not said bounds nothing."""

    queue: HeldQueue | None = None
    thread: str | None = None
    author: str | None = None
    reason: str | None = None
    by_likeness: str | None = None
    section: str | None = None
    label: str | None = None
    min_score: float | None = None
    max_score: float | None = None

    def takes(self, card: Card) -> bool:
        """Tell whether a card is meant, but for its section and what it resembles."""
        score = card.highest if self.label is None else card.labels.get(self.label, -1.0)
        return (
            self.thread in (None, card.thread)
            and self.author in (None, card.author)
            and self.reason in (None, card.reason)
            and (self.label is None or self.label in card.labels)
            and (self.min_score is None or score >= self.min_score)
            and (self.max_score is None or score <= self.max_score)
        )


@dataclass(frozen=True)
class Selected:
    """Cards in the order of their index, of how many in all, and how many of these were looked at."""

    cards: Sequence[Card]
    total: int
    looked_at: int


class Group(Struct, frozen=True, kw_only=True):
    """Held comments that have something in common; `severe` counts those that nobody should decide unread."""

    key: str
    title: str
    count: int
    highest: float
    severe: int
    sample_ids: tuple[str, ...]


async def select(house: House, principal: Principal, site: Site, selection: Selection, *, index: str = "") -> Selected:
    """Find the cards of a selection; raises NotFound for likeness to a comment that is not there, Forbidden."""
    sections = reach.sections_asked(principal, selection.section)
    name = QUEUE_INDEX[selection.queue] if selection.queue else index or "~first"
    bounded = name == selection.label
    low = selection.min_score if bounded and selection.min_score is not None else -math.inf
    high = selection.max_score if bounded and selection.max_score is not None else math.inf
    rows = await house.shelf.rows(site, name, low=low, high=high, limit=MOST)
    held = await _cards(house, site, [comment_id for comment_id, _ in rows.rows])
    cards = [card for card in held if selection.takes(card)]
    if sections is not None:
        threads = list({card.thread for card in cards})
        seen: set[str] = set()
        for start in range(0, len(threads), _STEP):
            some = threads[start : start + _STEP]
            found = await house.comments.sections(site, some)
            seen |= {thread for thread, section in zip(some, found, strict=True) if section in sections}
        cards = [card for card in cards if card.thread in seen]
    if selection.by_likeness is not None:
        cards = await _resembling(house, site, cards, selection.by_likeness)
    return Selected(cards=cards, total=rows.total, looked_at=len(held))


async def _cards(house: House, site: Site, ids: Sequence[str]) -> list[Card]:
    async with house.cards.making:
        found: dict[str, Card] = {}
        missing = []
        for comment_id, version in zip(ids, await house.shelf.versions(site, ids), strict=True):
            card = house.cards.find(site.id, comment_id, version) if version is not None else None
            if card is not None:
                found[comment_id] = card
            elif version is not None:
                missing.append(comment_id)
        for start in range(0, len(missing), _STEP):
            comments = await house.comments.load_many(site, missing[start : start + _STEP])
            made = await asyncio.to_thread(_made, comments)
            house.cards.keep(site.id, made)
            found |= {card.id: card for card in made}
    return [found[comment_id] for comment_id in ids if comment_id in found]


def _made(comments: Sequence[Comment | None]) -> list[Card]:
    """Make the cards of what is still held."""
    return [card_of(comment) for comment in comments if comment is not None and comment.status == "held"]


async def _resembling(house: House, site: Site, cards: Sequence[Card], comment_id: str) -> list[Card]:
    """Choose the group of near-duplicates that one comment is in, or was in before it was decided."""
    sketches = {card.id: card.sketch for card in cards}
    groups = await asyncio.to_thread(alike, sketches)
    ids = next((set(group) for group in groups.values() if comment_id in group), None)
    if ids is None:
        comment = await house.comments.load(site, comment_id) if is_id(comment_id) else None
        if comment is None:
            message = "There is no such comment."
            raise NotFound(message, slug="unknown-comment")
        ids = set(like(card_of(comment).sketch, sketches))
    return [card for card in cards if card.id in ids]


async def groups_of(
    house: House, principal: Principal, site: Site, selection: Selection, by: By
) -> tuple[list[Group], Selected]:
    """Put a selection into groups, the largest first, at most 200; each has something to call it by."""
    selected = await select(house, principal, site, selection)
    if by == "likeness":
        alike_ids = await asyncio.to_thread(alike, {card.id: card.sketch for card in selected.cards})
        key_of = {comment_id: key for key, ids in alike_ids.items() for comment_id in ids}
    else:
        key_of = {card.id: getattr(card, by) for card in selected.cards}
    members: dict[str, list[Card]] = {}
    for card in selected.cards:
        members.setdefault(key_of[card.id], []).append(card)
    largest = sorted(members.items(), key=lambda item: (-len(item[1]), item[0]))[:GROUPS]
    titles = await _titles(house, site, largest, by)
    groups = [
        Group(
            key=key,
            title=titles[key],
            count=len(cards),
            highest=max(card.highest for card in cards),
            severe=sum(card.severe for card in cards),
            sample_ids=tuple(card.id for card in cards[:SAMPLES]),
        )
        for key, cards in largest
    ]
    return groups, selected


async def _titles(house: House, site: Site, groups: Sequence[tuple[str, list[Card]]], by: By) -> dict[str, str]:
    """Call a thread by its title, an author by a name, near-duplicates by how one begins, reasons by their code."""
    if by == "reason":
        return {key: key for key, _ in groups}
    if by == "thread":
        threads = await asyncio.gather(*(house.comments.thread(site, key) for key, _ in groups))
        found = {thread.key: thread.title for thread in threads if thread is not None}
        return {key: found.get(key) or key for key, _ in groups}
    firsts = await house.comments.load_many(site, [cards[0].id for _, cards in groups])
    titles = {}
    for (key, _), comment in zip(groups, firsts, strict=True):
        said = "" if comment is None else comment.author.name if by == "author" else comment.body
        line = " ".join(said.split())
        titles[key] = line if len(line) <= _OPENING else f"{line[: _OPENING - 1]}…"
    return titles


async def points_of(house: House, principal: Principal, site: Site, selection: Selection) -> Selected:
    """Find what a dot plot of one label shows; `selection.label` names it."""
    return await select(house, principal, site, selection, index=selection.label or "")


async def sample(house: House, principal: Principal, site: Site, selection: Selection, *, count: int) -> list[Comment]:
    """Draw comments of a selection at random, each with the same chance."""
    selected = await points_of(house, principal, site, selection)
    drawn = random.sample(list(selected.cards), min(count, len(selected.cards)))
    comments = await house.comments.load_many(site, [card.id for card in drawn])
    return [comment for comment in comments if comment is not None and comment.status == "held"]
