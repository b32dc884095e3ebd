"""The audit trail of a site's moderators, to be kept elsewhere."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from litestar import Request, Response, get
from litestar.params import FromQuery, QueryParameter

from service.api import access, described
from service.api.provided import GivenHouse
from service.api.trail import as_csv, as_lines
from service.domain.errors import Forbidden, Refused
from service.domain.site import Principal
from service.workflow import review

# At most so many acts an answer.
ACTS = 10_000
CURSOR_HEADER = "x-next-cursor"
_PLACE = re.compile(r"[0-9]{1,15}-[0-9]{1,10}")
_FORMS = {"jsonl": (as_lines, "application/jsonl"), "csv": (as_csv, "text/csv")}


@get(
    "/v1/review/trail",
    summary="Export the audit trail",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200,
        str,
        "Acts, oldest first, at most 10,000; the header `X-Next-Cursor` says where to go on, where there is more.",
        *described.READING,
        *described.BY_PEOPLE,
        "invalid-cursor",
        media_type="application/jsonl",
    ),
)
async def export_trail(
    site: FromQuery[str],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    first: Annotated[datetime | None, QueryParameter(name="from")] = None,
    last: Annotated[datetime | None, QueryParameter(name="to")] = None,
    moderator: FromQuery[str | None] = None,
    form: Annotated[Literal["jsonl", "csv"], QueryParameter(name="format")] = "jsonl",
    cursor: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Give what moderators did: decisions, sign-ins, changes of threads, blocks and policy; never a text or an author.

    A moderator sees their own acts, as does everybody with sections; a senior those of all.
    """
    who = await access.principal(house, request, "moderator")
    found = await review.reviewed_site(house, who, site)
    if cursor is not None and not _PLACE.fullmatch(cursor):
        message = "The cursor was not made for this list."
        raise Refused(message, slug="invalid-cursor")
    page = await house.acts.between(
        found, first=_utc(first), last=_utc(last), by=_whose(who, moderator), limit=ACTS, after=cursor
    )
    write, media = _FORMS[form]
    headers = {
        "cache-control": "private, no-store",
        "content-disposition": f'attachment; filename="gatepost-trail-{found.id}.{form}"',
    }
    if page.after is not None:
        headers[CURSOR_HEADER] = page.after
    return Response(write(page.acts, await house.directory.names()), media_type=media, headers=headers)


def _whose(who: Principal, asked: str | None) -> str:
    if who.rank != "moderator" and not who.sections:
        return asked or ""
    if asked not in (None, who.id):
        message = "Others' acts are shown to seniors of all sections."
        raise Forbidden(message)
    return who.id


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
