"""Threads and the policy: for the site's key and its moderators."""

from typing import Annotated, Any, cast

from litestar import Request, Response, get, patch, put
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery, HeaderParameter, RequestBody
from msgspec import UNSET

from service.api import access, described
from service.api.if_match import if_match as version_of
from service.api.patience import POLICY_BYTES
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.api.strictly import insist
from service.api.wire_threads import PatchThread, ThreadBefore, ThreadView
from service.domain.policy import Policy
from service.domain.site import Principal, Site, Thread
from service.workflow import policies, reach, threads
from service.workflow.house import House, find_site

_CONTROLS = ("closed", "title", "url", "mode", "slow_seconds", "close_after_days", "notice", "section")


async def _managed(house: House, request: Request[Any, Any, Any], site_id: str, thread: str | None = None) -> Site:
    return (await _manager(house, request, site_id, thread))[0]


async def _manager(
    house: House, request: Request[Any, Any, Any], site_id: str, thread: str | None = None
) -> tuple[Site, Principal]:
    site = await find_site(house, site_id)
    who = await access.of_site(house, request, site, "site", "moderator")
    if thread is not None:
        await reach.insist(house, who, site, thread)
    return site, who


async def managers_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse whoever may not manage the site before a body of megabytes is read."""
    house = await connection.app.dependencies["house"]()
    await _managed(house, cast("Request[Any, Any, Any]", connection), connection.path_params["site"])


@get(
    "/v1/sites/{site:str}/threads",
    summary="Look at a thread",
    tags=["sites"],
    security=described.MANAGERS,
    responses=described.answers(
        200, ThreadView, "The thread.", *described.READING, *described.BY_PEOPLE, "unknown-thread"
    ),
)
async def get_thread(
    site: FromPath[str], thread: FromQuery[str], request: Request[Any, Any, Any], house: GivenHouse
) -> Response[bytes]:
    """Show a thread's page, state and count."""
    found = await _managed(house, request, site, thread)
    stored = await threads.find_thread(house, found, thread)
    return json_reply(ThreadView.from_record(stored, await threads.standing(house, found, thread)))


@patch(
    "/v1/sites/{site:str}/threads",
    summary="Change a thread",
    tags=["sites"],
    security=described.MANAGERS,
    responses=described.answers(
        200, ThreadView, "The thread as it is now.", *described.WRITING, *described.BY_PEOPLE, "language-not-covered"
    ),
)
async def patch_thread(
    site: FromPath[str],
    thread: FromQuery[str],
    data: RequestBody[PatchThread],
    request: Request[Any, Any, Any],
    house: GivenHouse,
) -> Response[bytes]:
    """Set what is named and leave the rest; a thread that nobody commented on yet is made.

    `before` is what the change replaced: sent as another change, it takes this one back.
    """
    found, who = await _manager(house, request, site, thread)
    await insist(request, PatchThread)
    given = {name: getattr(data, name) for name in _CONTROLS}
    chosen = {name: value for name, value in given.items() if value is not UNSET}
    changes = Thread(key=thread, title_verified=True, **chosen)
    changed = await threads.change_thread(house, found, thread, changes=changes, fields=frozenset(chosen), by=who.id)
    before = ThreadBefore(**{name: getattr(changed.before, name) for name in chosen})
    standing = await threads.standing(house, found, thread)
    return json_reply(ThreadView.from_record(changed.after, standing, before))


@get(
    "/v1/sites/{site:str}/policy",
    summary="Read the policy",
    tags=["sites"],
    security=described.MANAGERS,
    responses=described.answers(200, Policy, "The policy in force.", *described.READING, *described.BY_PEOPLE),
)
async def get_policy(site: FromPath[str], request: Request[Any, Any, Any], house: GivenHouse) -> Response[bytes]:
    """Show the policy in force; its version is the ETag."""
    found = await _managed(house, request, site)
    policy = await policies.read_policy(house, found)
    return json_reply(policy, etag=f'"{policy.version}"')


@put(
    "/v1/sites/{site:str}/policy",
    summary="Replace the policy",
    tags=["sites"],
    guards=[managers_only],
    request_max_body_size=POLICY_BYTES,
    security=described.MANAGERS,
    responses=described.answers(
        200,
        Policy,
        "The policy with its new version.",
        *described.WRITING,
        *described.BY_PEOPLE,
        "invalid-policy",
        "language-not-covered",
        "version-mismatch",
        "precondition-required",
    ),
)
async def put_policy(
    site: FromPath[str],
    data: RequestBody[Policy],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    if_match: Annotated[str | None, HeaderParameter(name="If-Match")] = None,
) -> Response[bytes]:
    """Replace the version named by `If-Match`, or by the policy's own `version`; a bad policy changes nothing."""
    found, by = await access.managed(house, request, site)
    await insist(request, Policy)
    replaces = version_of(if_match)
    stored = await policies.replace_policy(house, found, data, replaces=replaces, by=by.id)
    return json_reply(stored, etag=f'"{stored.version}"')
