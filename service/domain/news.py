"""What happens on a site, for the moderators who watch it: moves and claims, never content."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from msgspec import Struct

from service.domain.comment import Comment
from service.domain.site import Site
from service.domain.status import Status


class MoveNews(Struct, frozen=True, kw_only=True, tag="move"):
    """A comment was moved; `by` is the moderator's id, empty for everybody else."""

    id: str
    thread: str
    before: Status
    after: Status
    version: int
    by: str


class ClaimNews(Struct, frozen=True, kw_only=True, tag="claim"):
    """A comment was claimed by a moderator until a time (RFC 3339), or let go (`until` empty)."""

    id: str
    by: str
    until: str


News = MoveNews | ClaimNews


@runtime_checkable
class NewsFeed(Protocol):
    """Every site's news, told from the moment of listening on."""

    def listen(self, site: Site) -> AbstractAsyncContextManager[AsyncIterator[News]]:
        """Follow a site from the moment of entering; ends when the connection to the storage is lost."""
        ...

    async def close(self) -> None:
        """End every listener."""
        ...


def news_of(before: Comment, after: Comment) -> MoveNews:
    """Tell a move."""
    last = after.trail[-1]
    return MoveNews(
        id=after.id,
        thread=after.thread,
        before=before.status,
        after=after.status,
        version=after.version,
        by=last.by if last.actor == "moderator" else "",
    )
