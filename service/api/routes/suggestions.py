"""What foreign clients' moderators said of texts: for the moderators of the same site."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromQuery, Parameter
from msgspec import Struct

from service.api import access, described
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.domain.foreign import Suggestion
from service.workflow import review
from service.workflow.feedback import MOST, suggestions


class Suggestions(Struct, frozen=True, kw_only=True):
    """The newest judgements, newest first: what was suggested, and what our classifier says of the same text."""

    items: list[Suggestion]


@get(
    "/v1/review/suggestions",
    summary="List what foreign clients' moderators judged",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200, Suggestions, "The newest judgements; no texts.", *described.READING, *described.BY_PEOPLE
    ),
)
async def list_suggestions(
    site: FromQuery[str],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    key: FromQuery[str | None] = None,
    limit: Annotated[int, Parameter(ge=1, le=MOST)] = 100,
) -> Response[bytes]:
    """List the newest judgements of a site, or those that came by one key; texts are kept as hashes alone."""
    moderator = await access.principal(house, request, "moderator")
    await review.reviewed_site(house, moderator, site)
    found = await suggestions(house, site=site, key=key, limit=limit)
    return json_reply(Suggestions(items=found))
