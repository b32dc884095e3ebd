"""Signing in and out of the review console, and who one is there."""

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.params import RequestBody

from service.api import access, described, signed_in
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.api.strictly import insist
from service.api.wire_people import Me, SignIn
from service.domain.errors import Unauthorised
from service.workflow import sessions


@post(
    "/v1/review/session",
    status_code=200,
    summary="Sign in",
    tags=["moderators"],
    responses=described.answers(
        200,
        Me,
        "Who signed in; the cookie `gatepost_session` goes with it, for 12 hours.",
        *described.WRITING,
        *described.BY_PEOPLE,
    ),
)
async def sign_in(data: RequestBody[SignIn], request: Request[Any, Any, Any], house: GivenHouse) -> Response[bytes]:
    """Take a moderator's token for a cookie that no script can read; it ends with the token."""
    signed_in.insist_on_our_page(request)
    await insist(request, SignIn)
    principal = await access.holder(house, request, data.token, "moderator")
    cookie, session = await sessions.sign_in(house, principal, data.token, instead_of=signed_in.cookie_of(request))
    answer = json_reply(Me.from_record(principal, session, cookie))
    answer.headers["set-cookie"] = signed_in.set_cookie(request, cookie)
    return answer


@delete(
    "/v1/review/session",
    status_code=204,
    summary="Sign out",
    tags=["moderators"],
    security=described.SESSION,
    responses=described.answers(204, None, "The cookie is worthless.", *described.READING, *described.BY_PEOPLE),
)
async def sign_out(request: Request[Any, Any, Any], house: GivenHouse) -> Response[None]:
    """Make the cookie worthless, at once and everywhere."""
    cookie = signed_in.cookie_of(request)
    if cookie is None or await signed_in.find(house, request) is None:
        message = "Nobody is signed in here."
        raise Unauthorised(message)
    await sessions.sign_out(house, cookie)
    gone = {"set-cookie": signed_in.set_cookie(request, None), "cache-control": "private, no-store"}
    return Response(None, status_code=204, headers=gone)


@get(
    "/v1/review/me",
    summary="Who am I?",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(200, Me, "The moderator who asks.", *described.READING, *described.BY_PEOPLE),
)
async def who_am_i(request: Request[Any, Any, Any], house: GivenHouse) -> Response[bytes]:
    """Show the moderator's name, rank, sites and sections; with the cookie also what `X-Gatepost-CSRF` must say."""
    if access.bearer(request) is None and (found := await signed_in.find(house, request)) is not None:
        return json_reply(Me.from_record(*found, signed_in.cookie_of(request)))
    return json_reply(Me.from_record(await access.principal(house, request, "moderator")))
