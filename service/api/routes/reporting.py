"""Readers report comments; moderators look at reports, and may find nothing wrong."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, RequestBody

from service.api import access, described
from service.api.addresses import address_of
from service.api.provided import GivenDesk, GivenHouse
from service.api.replies import json_reply
from service.api.signed import signed_author
from service.api.wire_reporting import (
    Dismissed,
    DismissReports,
    Received,
    ReportedComment,
    ReportedComments,
    SendReport,
)
from service.workflow import reporting, review
from service.workflow.house import find_site
from service.workflow.submit import Sender


@post(
    "/v1/sites/{site:str}/comments/{comment_id:str}/reports",
    status_code=202,
    summary="Report a comment",
    tags=["readers"],
    security=described.SITE_KEY,
    responses=described.answers(
        202,
        Received,
        "Received; the answer is the same whatever becomes of it.",
        *described.WRITING,
        *described.BY_PEOPLE,
        "origin-not-allowed",
        "rate-limited",
        "author-not-signed",
    ),
)
async def send_report(
    site: FromPath[str],
    comment_id: FromPath[str],
    data: RequestBody[SendReport],
    request: Request[Any, Any, Any],
    desk: GivenDesk,
) -> Response[bytes]:
    """Take a report of a comment that breaks the house's rules or the law; too many at once are told so."""
    house = desk.house
    found = await find_site(house, site)
    by_site = await access.sent_by_site(house, request, found)
    address = "" if by_site else address_of(request.scope, desk.settings.trusted_proxies)
    signed = signed_author(data.jwt, found, house.tokens, house.now()) if data.jwt else None
    said = reporting.Complaint(
        kind=data.kind,
        house_rule=data.house_rule,
        text=data.text or "",
        device=data.device,
        sub=signed.sub if signed else None,
    )
    await reporting.report(house, found, comment_id, said, sender=Sender(address=address, by_site=by_site))
    return json_reply(Received(), status=202)


@get(
    "/v1/review/reports",
    summary="List what readers reported",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200, ReportedComments, "Comments with open reports.", *described.READING, *described.BY_PEOPLE
    ),
)
async def list_reports(
    site: FromQuery[str],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    id: FromQuery[str | None] = None,  # noqa: A002 - the parameter's name
) -> Response[bytes]:
    """List comments with open reports, the most pressing first; or the reports on one comment."""
    moderator = await access.principal(house, request, "moderator")
    found = await review.reviewed_site(house, moderator, site)
    rows = await reporting.reported_comments(house, moderator, found, id)
    return json_reply(ReportedComments(items=[ReportedComment.of(comment, reports) for comment, reports, _ in rows]))


@post(
    "/v1/review/reports",
    status_code=200,
    summary="Dismiss reports",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200, Dismissed, "The reports are closed.", *described.WRITING, *described.BY_PEOPLE, "unknown-comment"
    ),
)
async def answer_reports(
    data: RequestBody[DismissReports], request: Request[Any, Any, Any], house: GivenHouse
) -> Response[bytes]:
    """Find nothing wrong with a comment: its reports are closed, and as it is written no more of them count."""
    moderator = await access.principal(house, request, "moderator")
    found = await review.reviewed_site(house, moderator, data.site)
    closed = await reporting.dismiss(house, moderator, found, data.id)
    return json_reply(Dismissed(id=data.id, dismissed=closed))
