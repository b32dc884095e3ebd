"""Policies: reading and replacing."""

import msgspec

from service.domain.errors import Precondition
from service.domain.policy import Policy
from service.domain.policy_check import check_policy
from service.domain.site import Site
from service.workflow.house import House


async def read_policy(house: House, site: Site) -> Policy:
    """Read a site's policy as it is now."""
    return await house.directory.policy(site)


async def replace_policy(house: House, site: Site, policy: Policy, *, replaces: int | None) -> Policy:
    """Store a policy in place of the version that its writer has seen; its own version becomes the next.

    `replaces` is the version named by `If-Match`; without it the policy's own `version` says what it replaces.
    Raises Invalid, Conflict, Precondition.
    """
    expected = policy.version if replaces is None else replaces
    if expected is None or expected < 1:
        message = "Name the version being replaced, by If-Match or in the policy's `version`."
        raise Precondition(message, slug="precondition-required")
    check_policy(policy, site.languages)
    stored = msgspec.structs.replace(policy, version=expected + 1)
    await house.directory.put_policy(site, stored, replaces=expected)
    return stored
