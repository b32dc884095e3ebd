"""What a moderator looks at beside a comment: what was said around it, and how its author has fared so far."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from service.domain.comment import Comment
from service.domain.errors import NotFound
from service.domain.ids import is_id
from service.domain.site import Principal, Site, Thread
from service.domain.standing import Standing
from service.domain.status import Status
from service.workflow import reach
from service.workflow.blocking import blocked_until
from service.workflow.house import House
from service.workflow.threads import standing

NEIGHBOURS = 5
LAST = 10
# An author's record is of their newest comments.
RECORD = 500


@dataclass(frozen=True)
class Record:
    """How many of an author's newest 500 comments have each status, and the last ten; withdrawn ones are not theirs."""

    counts: dict[Status, int]
    last: tuple[Comment, ...]


@dataclass(frozen=True)
class Surroundings:
    """A comment, its thread and what the thread shows around it, and its author's record."""

    comment: Comment
    thread: Thread | None
    before: tuple[Comment, ...]
    parent: Comment | None
    after: tuple[Comment, ...]
    record: Record
    standing: Standing
    blocked_until: datetime | None


async def around(house: House, principal: Principal, site: Site, comment_id: str) -> Surroundings:
    """Find what stands around a comment; raises NotFound, Forbidden."""
    comment = await house.comments.load(site, comment_id) if is_id(comment_id) else None
    if comment is None:
        message = "There is no such comment."
        raise NotFound(message, slug="unknown-comment")
    await reach.insist(house, principal, site, comment.thread)
    thread, before, after, parent, record = await asyncio.gather(
        house.comments.thread(site, comment.thread),
        house.comments.page(site, comment.thread, sort="newest", limit=NEIGHBOURS, after=comment.id),
        house.comments.page(site, comment.thread, sort="oldest", limit=NEIGHBOURS, after=comment.id),
        _parent(house, site, comment),
        _record(house, principal, site, comment),
    )
    stands, blocked = await asyncio.gather(
        standing(house, site, comment.thread), blocked_until(house, site, comment.author)
    )
    return Surroundings(
        comment=comment,
        thread=thread,
        before=tuple(one for one in reversed(before.comments) if one.status == "approved"),
        parent=parent,
        after=tuple(one for one in after.comments if one.status == "approved"),
        record=record,
        standing=stands,
        blocked_until=blocked,
    )


async def _parent(house: House, site: Site, comment: Comment) -> Comment | None:
    return await house.comments.load(site, comment.parent_id) if comment.parent_id is not None else None


async def _record(house: House, principal: Principal, site: Site, comment: Comment) -> Record:
    """Read an author's record; a withdrawn comment has no author any more, and so no record."""
    if not comment.author.key:
        return Record(counts={}, last=())
    found = await house.shelf.of_author(site, comment.author.key, limit=RECORD)
    others = [comment_id for comment_id, _ in found if comment_id != comment.id][: LAST * 2]
    last = [one for one in await house.comments.load_many(site, others) if one is not None]
    seen = await reach.within(house, principal, site, last)
    return Record(counts=dict(Counter(status for _, status in found)), last=tuple(seen[:LAST]))
