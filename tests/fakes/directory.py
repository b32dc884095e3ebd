"""Sites, policies and credentials in memory."""

from service.domain.errors import Conflict, NotFound, Precondition
from service.domain.policy import Policy
from service.domain.site import Principal, Site
from tests.fakes.memory import Memory


class MemoryDirectory:
    """The Directory over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def site(self, site_id: str) -> Site | None:
        """See Directory."""
        return self._memory.sites.get(site_id)

    async def sites(self) -> list[Site]:
        """See Directory."""
        return [site for _, site in sorted(self._memory.sites.items())]

    async def lanes(self) -> list[str]:
        """See Directory."""
        return sorted({site.lane for site in self._memory.sites.values()})

    async def add_site(self, site: Site, policy: Policy) -> None:
        """See Directory."""
        if site.id in self._memory.sites:
            message = f"There is already a site {site.id}."
            raise Conflict(message, slug="site-exists")
        self._memory.sites[site.id] = site
        self._memory.policies[site.id] = policy

    async def put_site(self, site: Site) -> None:
        """See Directory."""
        if site.id in self._memory.sites:
            self._memory.sites[site.id] = site

    async def remove_site(self, site: Site) -> int:
        """See Directory."""
        memory = self._memory
        memory.sites.pop(site.id, None)
        memory.policies.pop(site.id, None)
        memory.feedback.pop(site.id, None)
        for token, principal in list(memory.principals.items()):
            if principal.sites == (site.id,):
                del memory.principals[token]
        removed = [key for key in memory.records if key[0] == site.id]
        for key in removed:
            del memory.records[key]
        for table in (memory.threads, memory.idempotency, memory.was_public, memory.shadow_scores):
            for found in [key for key in table if key[0] == site.id]:
                del table[found]
        return len(removed)

    async def policy(self, site: Site) -> Policy:
        """See Directory."""
        if site.id not in self._memory.policies:
            message = f"There is no site {site.id}."
            raise NotFound(message, slug="unknown-site")
        return self._memory.policies[site.id]

    async def recent_policy(self, site: Site) -> Policy:
        """See Directory."""
        return await self.policy(site)

    async def put_policy(self, site: Site, policy: Policy, *, replaces: int) -> None:
        """See Directory."""
        stored = await self.policy(site)
        if stored.version != replaces:
            message = f"The stored policy has version {stored.version}, not {replaces}."
            raise Precondition(message)
        self._memory.policies[site.id] = policy

    async def principal(self, token: str) -> Principal | None:
        """See Directory."""
        return self._memory.principals.get(token)

    async def add_principal(self, principal: Principal, token: str) -> None:
        """See Directory."""
        self._memory.principals[token] = principal

    async def principals(self) -> list[Principal]:
        """See Directory."""
        return sorted(self._memory.principals.values(), key=lambda principal: principal.id)

    async def revoke(self, principal_id: str) -> bool:
        """See Directory."""
        for token, principal in list(self._memory.principals.items()):
            if principal.id == principal_id:
                del self._memory.principals[token]
                return True
        return False
