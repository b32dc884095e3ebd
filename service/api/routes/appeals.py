"""Authors appeal rejections; moderators look again."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, RequestBody

from service.api import access, described
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.api.wire_appeals import AppealedComment, AppealedComments, AppealReceived, SendAppeal
from service.workflow import appealing, review
from service.workflow.house import find_site


@post(
    "/v1/sites/{site:str}/comments/{comment_id:str}/appeal",
    status_code=202,
    summary="Appeal a rejection",
    tags=["authors"],
    security=described.AUTHOR,
    responses=described.answers(
        202,
        AppealReceived,
        "The comment waits for another look.",
        *described.WRITING,
        *described.BY_AUTHOR,
        "appeal-not-possible",
        "rate-limited",
    ),
)
async def send_appeal(
    site: FromPath[str],
    comment_id: FromPath[str],
    data: RequestBody[SendAppeal],
    request: Request[Any, Any, Any],
    house: GivenHouse,
) -> Response[bytes]:
    """Ask for another look at a rejected comment, once; what came of it stands in the comment's statement."""
    found = await find_site(house, site)
    await access.author_token_of_rejected(house, request, found, comment_id)
    comment = await appealing.appeal(house, found, comment_id, data.text)
    return json_reply(AppealReceived(id=comment.id, state="waiting"), status=202)


@get(
    "/v1/review/appeals",
    summary="List appeals",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200, AppealedComments, "What waits on an appeal.", *described.READING, *described.BY_PEOPLE
    ),
)
async def list_appeals(site: FromQuery[str], request: Request[Any, Any, Any], house: GivenHouse) -> Response[bytes]:
    """List what waits on an appeal; from whoever rejected it first their reason is hidden."""
    moderator = await access.principal(house, request, "moderator")
    found = await review.reviewed_site(house, moderator, site)
    comments = await appealing.waiting(house, moderator, found)
    return json_reply(AppealedComments(items=[AppealedComment.of(comment, moderator.id) for comment in comments]))
