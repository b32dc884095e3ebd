"""Live streams: what a thread shows, and what becomes of one's own comment, as server-sent events."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from service.api import access, described
from service.api.provided import GivenDesk
from service.api.routes.comments import own
from service.api.wire import PublicComment
from service.api.wire_threads import ListedThread
from service.domain.errors import Invalid
from service.domain.site import Site
from service.domain.submission import thread_key_faults
from service.domain.views import THREAD_CHANGED, Change
from service.workflow import read
from service.workflow.house import House, find_site


def event(name: str, data: Any) -> bytes:  # noqa: ANN401 - whatever JSON can say
    """Write one server-sent event."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


@get(
    "/v1/sites/{site:str}/stream",
    summary="Follow a thread live",
    tags=["readers"],
    responses=described.answers(
        200,
        described.LiveEvent,
        "Server-sent events.",
        *described.READING,
        "streams-full",
        media_type="text/event-stream",
    ),
)
async def follow_thread(
    site: FromPath[str],
    thread: FromQuery[str],
    desk: GivenDesk,
) -> Stream:
    """Send `approved {comment}`, `removed {id}`, `count {n}` and `thread {closed, slow_seconds, notice}`.

    Nothing is replayed: refetch after connecting.
    """
    faults = tuple(thread_key_faults("thread", thread))
    if faults:
        raise Invalid(faults)
    house = desk.house
    found = await find_site(house, site)

    async def events(change: Change) -> AsyncIterator[bytes]:
        if change == THREAD_CHANGED:
            yield event("thread", ListedThread.from_record(await read.thread_standing(house, found, thread)))
            return
        if change.before == change.after:
            # Looked at, or remarked upon: readers and authors see what they saw.
            return
        if change.after == "approved":
            comment = await house.comments.load(found, change.id)
            # It may have been withdrawn again meanwhile: then its own event follows.
            if comment is not None and comment.status == "approved":
                yield event("approved", PublicComment.from_record(comment))
                yield event("count", {"n": change.count})
        elif change.before == "approved":
            yield event("removed", {"id": change.id})
            yield event("count", {"n": change.count})

    return await desk.streams.open(house.changes.listen(found, thread), events)


@get(
    "/v1/sites/{site:str}/comments/{comment_id:str}/stream",
    summary="Follow one's own comment",
    tags=["authors"],
    security=described.AUTHOR,
    responses=described.answers(
        200,
        described.LiveEvent,
        "Server-sent events.",
        *described.READING,
        *described.BY_AUTHOR,
        "streams-full",
        media_type="text/event-stream",
    ),
)
async def follow_comment(
    site: FromPath[str],
    comment_id: FromPath[str],
    request: Request[Any, Any, Any],
    desk: GivenDesk,
) -> Stream:
    """Send the comment's status as `status {id, status, …}`: at once, and whenever it changes."""
    house = desk.house
    found = await find_site(house, site)
    access.author_token(house, request, found, comment_id)
    comment = await read.own_comment(house, found, comment_id)

    async def events(change: Change) -> AsyncIterator[bytes]:
        if change.id == comment_id and change.before != change.after:
            yield await _status(house, found, comment_id)

    return await desk.streams.open(
        house.changes.listen(found, comment.thread), events, first=lambda: _status(house, found, comment_id)
    )


async def _status(house: House, site: Site, comment_id: str) -> bytes:
    return event("status", await own(house, site, await read.own_comment(house, site, comment_id)))
