"""What an operator does to lanes and sites: pause, resume, freeze, and a second try for what was buried."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from service.domain.comment import Comment
from service.domain.errors import Conflict, Fault, Invalid, NotFound
from service.domain.moves import retried
from service.domain.operating import Act, Buried, Freeze
from service.domain.orders import Gone, Lost, Move, Moved
from service.domain.site import Site
from service.workflow.house import House

STEP = 200

Fate = Literal["waits", "decided", "gone", "unreadable"]


class Grave(Struct, frozen=True, kw_only=True):
    """A buried entry, and what became of its comment: `waits` for a human still, `decided` since, `gone`."""

    buried: Buried
    fate: Fate


class Retried(Struct, kw_only=True):
    """What came of a retry: sent back, taken off the list because decided or gone, or left on it.

    `unreadable` are beyond reading, `kept` are what the storage does not let go now.
    """

    queued: list[str] = []
    cleared: list[str] = []
    unreadable: list[str] = []
    kept: list[str] = []


async def lanes_of(house: House, lane: str | None) -> list[str]:
    """Name the lanes meant: all, or the one that is named; raises NotFound for one that has no site."""
    lanes = await house.directory.lanes()
    if lane is None:
        return lanes
    if lane not in lanes:
        message = f"There is no lane {lane[:64]}; there are {', '.join(lanes) or 'none'}."
        raise NotFound(message)
    return [lane]


async def graves(house: House, lanes: Sequence[str], *, limit: int) -> list[Grave]:
    """List what no worker could judge, oldest first, up to a number a lane; nothing of what was written."""
    found = []
    for lane in lanes:
        entries = await house.controls.buried(lane, after="", limit=limit)
        found += [Grave(buried=entry, fate=(await _exhume(house, entry))[0]) for entry in entries]
    return found


async def retry(house: House, lanes: Sequence[str], act: Act, *, only: str | None = None) -> Retried:
    """Send back to the workers what is held because none could judge it, in steps of 200.

    Each goes back by a move of its own, which stands on its trail. `only` names one comment; raises NotFound when it
    is not on the list.
    """
    outcome, seen = Retried(queued=[], cleared=[], unreadable=[], kept=[]), False
    for lane in lanes:
        after = ""
        while entries := await house.controls.buried(lane, after=after, limit=STEP):
            after = entries[-1].entry_id
            chosen = [entry for entry in entries if only in (None, entry.id)]
            seen = seen or bool(chosen)
            done = [entry.entry_id for entry in chosen if await _again(house, entry, act, outcome)]
            await house.controls.unbury(lane, done)
    if only is not None and not seen:
        message = f"There is no buried entry of a comment {only[:64]}."
        raise NotFound(message, slug="unknown-comment")
    return outcome


async def _again(house: House, entry: Buried, act: Act, outcome: Retried) -> bool:
    """Send one back; tells whether its entry has had its day."""
    fate, site, comment = await _exhume(house, entry)
    if fate == "unreadable":
        outcome.unreadable.append(entry.id)
        return False
    if fate == "waits" and site is not None and comment is not None:
        after = retried(comment, by=act.by, at=house.now())
        result = await house.comments.move(site, Move(before=comment, after=after, requeue=True))
        if isinstance(result, Moved):
            outcome.queued.append(entry.id)
            return True
        if not isinstance(result, Lost | Gone):
            outcome.kept.append(entry.id)
            return False
    outcome.cleared.append(entry.id)
    return True


async def _exhume(house: House, entry: Buried) -> tuple[Fate, Site | None, Comment | None]:
    site = await house.directory.site(entry.site)
    if site is None:
        return "gone", None, None
    try:
        comment = await house.comments.load(site, entry.id)
    except (msgspec.MsgspecError, ValueError):
        return "unreadable", site, None
    if comment is None:
        return "gone", site, None
    # What was buried unread stands in the list with the version that it waits in.
    waits = comment.version == entry.version and comment.status == "held"
    return "waits" if waits else "decided", site, comment


async def freeze_site(house: House, site: Site, freeze: Freeze, act: Act) -> None:
    """Freeze a site; raises Invalid for an end that has passed."""
    if freeze.until is not None and freeze.until <= house.now():
        raise Invalid((Fault(path="until", message="has passed"),))
    await house.controls.freeze(site, freeze, act)


async def unfreeze_site(house: House, site: Site, act: Act) -> None:
    """End a site's freeze; raises Conflict when it has none."""
    if await house.controls.frozen(site) is None:
        message = f"{site.id} is not frozen."
        raise Conflict(message)
    await house.controls.unfreeze(site, act)
