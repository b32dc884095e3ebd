"""A comment's surroundings, for whoever decides it."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromQuery, QueryParameter

from service.api import access, described
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.api.wire_context import Context
from service.workflow import review, surroundings


@get(
    "/v1/review/context",
    summary="Look around a comment",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200, Context, "What stands around it.", *described.READING, *described.BY_PEOPLE, "unknown-comment"
    ),
)
async def look_around(
    site: FromQuery[str],
    comment_id: Annotated[str, QueryParameter(name="id")],
    request: Request[Any, Any, Any],
    house: GivenHouse,
) -> Response[bytes]:
    """Show what the thread shows before and after a comment, what it answers, and its author's record."""
    moderator = await access.principal(house, request, "moderator")
    found = await review.reviewed_site(house, moderator, site)
    return json_reply(Context.from_surroundings(await surroundings.around(house, moderator, found, comment_id)))
