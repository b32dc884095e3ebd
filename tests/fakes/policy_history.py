"""The versions of policies in memory."""

from service.domain.policy import Policy
from service.domain.policy_history import PolicyVersion
from service.domain.site import Site
from tests.fakes.memory import Memory


class MemoryPolicyHistory:
    """The PolicyHistory over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def versions(self, site: Site) -> list[PolicyVersion]:
        """See PolicyHistory."""
        return [
            PolicyVersion(version=version, by=change.by, at=change.at, back_to=change.back_to)
            for version, (_, change) in sorted(self._memory.life.versions[site.id].items(), reverse=True)
        ]

    async def version(self, site: Site, version: int) -> Policy | None:
        """See PolicyHistory."""
        found = self._memory.life.versions[site.id].get(version)
        return None if found is None else found[0]
