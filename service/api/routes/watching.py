"""What happens on a site, live, for the moderators who have its queue open."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Stream

from service.api import access, described
from service.api.provided import GivenDesk
from service.api.routes.streams import event
from service.api.wire_people import ClaimTold, MoveTold
from service.domain.news import MoveNews, News
from service.domain.shelf import QueueCounts
from service.domain.site import Principal, Site
from service.workflow import reach, review
from service.workflow.house import House

COUNTS_SECONDS = 1.0
# What nobody tells of is looked for so often: submissions, what others' queues take.
LOOK_SECONDS = 5.0
PING_SECONDS = 15.0


class Watching:
    """One moderator who watches one site."""

    def __init__(
        self, house: House, site: Site, who: Callable[[], Awaitable[Principal]], *, principal: Principal
    ) -> None:
        """Take the site, and who watches it: asked again and again, for tokens end."""
        self._house = house
        self._site = site
        self._who = who
        self._principal = principal
        self._counts: QueueCounts | None = None
        self._moved = True
        self._looked = self._said = time.monotonic()

    async def first(self) -> bytes:
        """Say how much waits."""
        return await self._counted()

    async def told(self, news: News) -> AsyncIterator[bytes]:
        """Pass on what this moderator reaches."""
        now = time.monotonic()
        self._moved = True
        if await self._reaches(news):
            self._said = now
            yield await self._event(news)
        if now - self._looked >= COUNTS_SECONDS:
            yield await self.beat()

    async def beat(self) -> bytes:
        """Say what changed since the last second; raises Unauthorised or Forbidden once the credential is worthless."""
        self._principal = await self._who()
        now = time.monotonic()
        said = b""
        if self._moved or now - self._looked >= LOOK_SECONDS:
            said = await self._counted()
        if not said and now - self._said >= PING_SECONDS:
            said = event("ping", {})
        if said:
            self._said = now
        return said

    async def _counted(self) -> bytes:
        self._moved, self._looked = False, time.monotonic()
        counts = await self._house.shelf.counts(self._site)
        if counts == self._counts:
            return b""
        self._counts = counts
        return event("counts", counts)

    async def _reaches(self, news: News) -> bool:
        if not self._principal.sections:
            return True
        if isinstance(news, MoveNews):
            thread = news.thread
        else:
            comment = await self._house.comments.load(self._site, news.id)
            if comment is None:
                return False
            thread = comment.thread
        return thread in await reach.reached(self._house, self._principal, self._site, (thread,))

    async def _event(self, news: News) -> bytes:
        names = await self._house.directory.names()
        if isinstance(news, MoveNews):
            return event("move", MoveTold.from_news(news, names.get(news.by, "")))
        return event("claim", ClaimTold(id=news.id, by=news.by, name=names.get(news.by, ""), until=news.until))


@get(
    "/v1/review/stream",
    summary="Watch a site live",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200,
        described.LiveEvent,
        "Server-sent events.",
        *described.READING,
        *described.BY_PEOPLE,
        "streams-full",
        media_type="text/event-stream",
    ),
)
async def watch_site(site: FromQuery[str], request: Request[Any, Any, Any], desk: GivenDesk) -> Stream:
    """Send `counts` at once and when they change, `move` and `claim` as they happen, `ping` when nothing does.

    Nothing is replayed: refetch after connecting. The stream ends within seconds of the token.
    """
    house = desk.house

    async def who() -> Principal:
        return await access.principal(house, request, "moderator")

    moderator = await who()
    found = await review.reviewed_site(house, moderator, site)
    watching = Watching(house, found, who, principal=moderator)
    return await desk.streams.open(house.news.listen(found), watching.told, first=watching.first, beat=watching.beat)
