"""Blind audits: for moderators."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromQuery, Parameter, RequestBody

from service.api import access, cursors, described
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.api.strictly import insist
from service.api.wire_auditing import AuditAnswer, AuditCard, AuditJudgement, AuditList
from service.workflow import auditing
from service.workflow.auditing import AuditChoice, AuditFigure

_SORT = "oldest"


@get(
    "/v1/review/audits",
    summary="List what is to be judged blind",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200, AuditList, "Comments without scores.", *described.READING, *described.BY_PEOPLE, "invalid-cursor"
    ),
)
async def list_audits(
    site: FromQuery[str],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 50,
    cursor: FromQuery[str | None] = None,
) -> Response[bytes]:
    """List a random share of what machines decided, shown without scores, reasons and status; the oldest first."""
    moderator = await access.principal(house, request, "moderator")
    after = cursors.read(cursor, cursors.ReviewCursor, _SORT).id if cursor is not None else ""
    found, total, last = await auditing.list_audits(house, moderator, site, after=after, limit=limit)
    following = None if last is None else cursors.write(cursors.ReviewCursor(sort="oldest", score=0.0, id=last))
    items = [AuditCard.from_record(comment) for comment in found]
    return json_reply(AuditList(items=items, total=total, next_cursor=following))


@post(
    "/v1/review/audits",
    status_code=200,
    summary="Judge blind",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200,
        AuditAnswer,
        "What is kept, and what the machine had said.",
        *described.WRITING,
        *described.BY_PEOPLE,
        "unknown-comment",
        "house-rule-required",
        "audit-over",
    ),
)
async def judge_audit(
    data: RequestBody[AuditJudgement], request: Request[Any, Any, Any], house: GivenHouse
) -> Response[bytes]:
    """Keep a judgement; one that is another than the machine's is applied as the moderator's decision."""
    moderator = await access.principal(house, request, "moderator")
    await insist(request, AuditJudgement)
    choice = AuditChoice(
        site=data.site, id=data.id, version=data.version, judgement=data.judgement, house_rule=data.house_rule
    )
    return json_reply(AuditAnswer.of(await auditing.judge(house, moderator, choice)))


@get(
    "/v1/review/audit-figure",
    summary="Read how right the machines were",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200, AuditFigure, "Shares with 95 % intervals.", *described.READING, *described.BY_PEOPLE
    ),
)
async def get_audit_figure(
    site: FromQuery[str],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    days: Annotated[int, Parameter(ge=1, le=365)] = 90,
) -> Response[bytes]:
    """Estimate from the blind audits of the last days how much of what was published was fit, and the like."""
    moderator = await access.principal(house, request, "moderator")
    return json_reply(await auditing.audit_figure(house, moderator, site, days=days))
