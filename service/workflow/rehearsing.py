"""Rehearsing a draft of a policy."""

from service.domain.policy import Policy
from service.domain.policy_check import check_policy
from service.domain.rehearsal import SECONDS, Rehearsal, RehearsalJob
from service.domain.site import Site
from service.workflow.house import House


async def rehearse(house: House, site: Site, draft: Policy, *, days: int) -> Rehearsal:
    """Have a worker replay a draft over what was decided in the last days; the draft is checked like any policy.

    Raises Invalid, Conflict, Refused, NoWorker, Late or StorageDown.
    """
    check_policy(draft, site.languages)
    return await house.rehearsals.rehearse(RehearsalJob(site=site.id, draft=draft, days=days), seconds=SECONDS)
