"""Policies: reading, replacing, comparing and going back."""

import secrets
from itertools import islice

import msgspec
from msgspec import Struct

from service.domain.acts import ModeratorAct
from service.domain.errors import NotFound, Precondition
from service.domain.policy import Policy
from service.domain.policy_check import check_policy
from service.domain.policy_history import MOST_CHANGES, Difference, PolicyChange, PolicyVersion, differences
from service.domain.site import Site
from service.workflow.house import House


class PolicyDiff(Struct, frozen=True, kw_only=True):
    """How two versions differ; `complete` is false where there is more than 1,000 changes."""

    before: int = msgspec.field(name="from")
    after: int = msgspec.field(name="to")
    changes: tuple[Difference, ...]
    complete: bool


async def read_policy(house: House, site: Site) -> Policy:
    """Read a site's policy as it is now."""
    return await house.directory.policy(site)


async def replace_policy(
    house: House, site: Site, policy: Policy, *, replaces: int | None, by: str, back_to: int | None = None
) -> Policy:
    """Store a policy in place of the version that its writer has seen; its own version becomes the next.

    `replaces` is the version named by `If-Match`; without it the policy's own `version` says what it replaces. `by` is
    whom the history names. Raises Invalid, Conflict, Precondition.
    """
    expected = policy.version if replaces is None else replaces
    if expected is None or expected < 1:
        message = "Name the version being replaced, by If-Match or in the policy's `version`."
        raise Precondition(message, slug="precondition-required")
    check_policy(policy, site.languages)
    stored = msgspec.structs.replace(policy, version=expected + 1)
    change = PolicyChange(by=by, at=house.now(), back_to=back_to)
    await house.directory.put_policy(site, stored, replaces=expected, change=change)
    what = {"version": str(stored.version), **({} if back_to is None else {"back_to": str(back_to)})}
    await house.acts.note(site, ModeratorAct(id=secrets.token_hex(8), at=house.now(), by=by, kind="policy", what=what))
    return stored


async def policy_versions(house: House, site: Site) -> list[PolicyVersion]:
    """List the kept versions of a site's policy, the newest first."""
    return await house.history.versions(site)


async def policy_at(house: House, site: Site, version: int) -> Policy:
    """Read one version of a site's policy; raises NotFound for one that is not kept."""
    found = await house.history.version(site, version)
    if found is None:
        message = f"There is no version {version} of this policy, or it is not kept any more."
        raise NotFound(message, slug="unknown-version")
    return found


async def compare(house: House, site: Site, before: int, after: int) -> PolicyDiff:
    """Say what changed from one version to another; raises NotFound."""
    old, new = await policy_at(house, site, before), await policy_at(house, site, after)
    found = tuple(islice(differences(old, new), MOST_CHANGES + 1))
    return PolicyDiff(before=before, after=after, changes=found[:MOST_CHANGES], complete=len(found) <= MOST_CHANGES)


async def roll_back(house: House, site: Site, version: int, *, replaces: int | None, by: str) -> Policy:
    """Store an older version again, as a new one, checked like any; raises NotFound, Invalid, Conflict, Precondition.

    `replaces` is the version that the caller saw in force; without it, whatever is in force.
    """
    policy = await policy_at(house, site, version)
    if replaces is None:
        replaces = (await house.directory.policy(site)).version
    return await replace_policy(house, site, policy, replaces=replaces, by=by, back_to=version)
