"""What a site's policy was and would do, its form, and the words of its house rules."""

import hashlib
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, HeaderParameter, Parameter, QueryParameter, RequestBody

from service.api import access, described
from service.api.if_match import if_match as version_of
from service.api.patience import POLICY_BYTES
from service.api.provided import GivenHouse
from service.api.replies import is_known, json_reply, public_reply
from service.api.routes.threads import managers_only
from service.api.strictly import insist
from service.api.wire_policy import HouseRules, PolicyVersions, Rehearse, RollBack
from service.domain.errors import Fault, Invalid
from service.domain.house_rules import shown_rule, spoken
from service.domain.policy import Policy
from service.domain.policy_schema import SCHEMA_PATH, policy_schema
from service.domain.rehearsal import MOST_DAYS, Rehearsal
from service.workflow import policies
from service.workflow.house import find_site
from service.workflow.policies import PolicyDiff
from service.workflow.rehearsing import rehearse

_VERSION = Parameter(ge=1, le=999_999_999_999_999)
_OLDER = (*described.READING, *described.BY_PEOPLE, "unknown-version")


@get(
    SCHEMA_PATH,
    summary="Read the JSON Schema of a policy",
    tags=["sites"],
    responses=described.answers(
        200, dict[str, Any], "The schema, draft 2020-12.", "overloaded", media_type="application/schema+json"
    ),
)
async def get_policy_schema(
    if_none_match: Annotated[str | None, HeaderParameter(name="If-None-Match")] = None,
) -> Response[bytes]:
    """Give the form of a policy with every bound that a schema can say; the same for every site."""
    body = msgspec.json.encode(policy_schema())
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"cache-control": "public, no-cache", "etag": etag}
    if is_known(if_none_match, etag):
        return Response(b"", status_code=304, media_type="application/schema+json", headers=headers)
    return Response(body, status_code=200, media_type="application/schema+json", headers=headers)


@get(
    "/v1/sites/{site:str}/policy/history",
    summary="List the versions of the policy",
    tags=["sites"],
    security=described.MANAGERS,
    responses=described.answers(
        200, PolicyVersions, "The last 100 versions, the newest first.", *described.READING, *described.BY_PEOPLE
    ),
)
async def list_policy_versions(
    site: FromPath[str], request: Request[Any, Any, Any], house: GivenHouse
) -> Response[bytes]:
    """Say of each kept version who stored it, when, and whether it was a way back to an older one."""
    found, _ = await access.managed(house, request, site)
    return json_reply(PolicyVersions(items=await policies.policy_versions(house, found)))


@get(
    "/v1/sites/{site:str}/policy/history/{version:int}",
    summary="Read one version of the policy",
    tags=["sites"],
    security=described.MANAGERS,
    responses=described.answers(200, Policy, "The policy as it was.", *_OLDER),
)
async def get_policy_version(
    site: FromPath[str],
    version: Annotated[int, _VERSION],
    request: Request[Any, Any, Any],
    house: GivenHouse,
) -> Response[bytes]:
    """Show the policy as it was in a version that is kept."""
    found, _ = await access.managed(house, request, site)
    return json_reply(await policies.policy_at(house, found, version))


@get(
    "/v1/sites/{site:str}/policy/diff",
    summary="Compare two versions of the policy",
    tags=["sites"],
    security=described.MANAGERS,
    responses=described.answers(200, PolicyDiff, "The changes, as a JSON Patch with what stood there before.", *_OLDER),
)
async def compare_policies(
    site: FromPath[str],
    before: Annotated[int, QueryParameter(name="from", ge=1, le=999_999_999_999_999)],
    after: Annotated[int, QueryParameter(name="to", ge=1, le=999_999_999_999_999)],
    request: Request[Any, Any, Any],
    house: GivenHouse,
) -> Response[bytes]:
    """Give the changes that make one version of another, 1,000 at most."""
    found, _ = await access.managed(house, request, site)
    return json_reply(await policies.compare(house, found, before, after))


@post(
    "/v1/sites/{site:str}/policy/rollback",
    status_code=200,
    summary="Go back to an older version of the policy",
    tags=["sites"],
    security=described.MANAGERS,
    responses=described.answers(
        200,
        Policy,
        "The policy with its new version.",
        *described.WRITING,
        *described.BY_PEOPLE,
        "unknown-version",
        "invalid-policy",
        "language-not-covered",
        "version-mismatch",
        "precondition-required",
    ),
)
async def roll_back_policy(
    site: FromPath[str],
    data: RequestBody[RollBack],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    if_match: Annotated[str | None, HeaderParameter(name="If-Match")] = None,
) -> Response[bytes]:
    """Store an older version as a new one, checked like any other; `If-Match` names the version it replaces."""
    found, by = await access.managed(house, request, site)
    await insist(request, RollBack)
    stored = await policies.roll_back(house, found, data.to, replaces=version_of(if_match), by=by.id)
    return json_reply(stored, etag=f'"{stored.version}"')


@post(
    "/v1/sites/{site:str}/policy/rehearse",
    status_code=200,
    summary="Rehearse a policy",
    tags=["sites"],
    guards=[managers_only],
    request_max_body_size=POLICY_BYTES,
    security=described.MANAGERS,
    responses=described.answers(
        200,
        Rehearsal,
        "What the draft would have done, with 95 % intervals.",
        *described.WRITING,
        *described.BY_PEOPLE,
        "invalid-policy",
        "language-not-covered",
        "no-worker",
        "scoring-late",
    ),
)
async def rehearse_policy(
    site: FromPath[str], data: RequestBody[Rehearse], request: Request[Any, Any, Any], house: GivenHouse
) -> Response[bytes]:
    """Replay a draft over stored scores and people's decisions, in a worker; nothing is changed."""
    found, _ = await access.managed(house, request, site)
    await insist(request, Rehearse)
    if not 1 <= data.days <= MOST_DAYS:
        raise Invalid((Fault(path="$.days", message=f"is not in 1 to {MOST_DAYS}"),))
    return json_reply(await rehearse(house, found, data.policy, days=data.days))


@get(
    "/v1/sites/{site:str}/house-rules",
    summary="Read the house rules",
    tags=["readers"],
    responses=described.answers(200, HouseRules, "The rules, in one language.", *described.READING),
)
async def list_house_rules(
    site: FromPath[str],
    house: GivenHouse,
    lang: Annotated[str | None, Parameter(pattern="^[a-z]{2,3}$")] = None,
    if_none_match: Annotated[str | None, HeaderParameter(name="If-None-Match")] = None,
) -> Response[bytes]:
    """Give the house rules in a language, or in the site's first where one of them lacks it."""
    found = await find_site(house, site)
    policy = await house.directory.recent_policy(found)
    language = spoken(policy.house_rules, lang, found.languages)
    etag = f'"{policy.version}-{language}"'
    if is_known(if_none_match, etag):
        return public_reply(None, etag=etag)
    items = [shown_rule(rule, language) for rule in policy.house_rules]
    return public_reply(HouseRules(language=language, items=items), etag=etag)
