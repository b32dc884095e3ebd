"""Sites, policies and credentials in memory."""

import math
from datetime import UTC, datetime

from service.domain.errors import Conflict, NotFound, Precondition, Refused
from service.domain.policy import Policy
from service.domain.policy_history import VERSIONS, PolicyChange
from service.domain.site import Credential, Principal, Site
from service.domain.tokens import BAD_CREDENTIAL_SECONDS, BAD_CREDENTIALS, TOKENS_AT_ONCE, credential_hash
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
        change = PolicyChange(by="operator", at=site.created_at)
        self._memory.life.versions[site.id] = {policy.version: (policy, change)}

    async def put_site(self, site: Site) -> None:
        """See Directory."""
        if site.id in self._memory.sites:
            self._memory.sites[site.id] = site

    async def remove_site(self, site: Site) -> int:
        """See Directory."""
        memory = self._memory
        memory.sites.pop(site.id, None)
        memory.policies.pop(site.id, None)
        memory.frozen.pop(site.id, None)
        memory.feedback.pop(site.id, None)
        memory.moderator_acts.pop(site.id, None)
        for token, principal in list(memory.principals.items()):
            if principal.sites == (site.id,):
                del memory.principals[token]
        removed = [key for key in memory.records if key[0] == site.id]
        for key in removed:
            del memory.records[key]
        memory.blocks.pop(site.id, None)
        memory.last_written = {key: at for key, at in memory.last_written.items() if key[0] != site.id}
        memory.life.forget(site.id)
        for table in (
            memory.addresses,
            memory.threads,
            memory.idempotency,
            memory.was_public,
            memory.shadow_scores,
            memory.texts,
            memory.twins,
            memory.reports,
        ):
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

    async def put_policy(
        self, site: Site, policy: Policy, *, replaces: int, change: PolicyChange | None = None
    ) -> None:
        """See Directory."""
        stored = await self.policy(site)
        if stored.version != replaces:
            message = f"The stored policy has version {stored.version}, not {replaces}."
            raise Precondition(message)
        self._memory.policies[site.id] = policy
        versions = self._memory.life.versions[site.id]
        versions[policy.version] = (policy, change or PolicyChange())
        versions.pop(policy.version - VERSIONS, None)

    async def principal(self, token: str) -> Principal | None:
        """See Directory."""
        return self._memory.principals.get(token) if self._good(token) else None

    async def holder(self, credential: str) -> Principal | None:
        """See Directory."""
        tokens = [token for token in self._memory.principals if credential_hash(token) == credential]
        return await self.principal(tokens[0]) if tokens else None

    def _good(self, token: str) -> bool:
        return self._memory.token_ends.get(token, math.inf) > self._memory.clock.seconds

    async def add_principal(self, principal: Principal, token: str, *, seconds: int | None = None) -> None:
        """See Directory."""
        self._memory.principals[token] = principal
        if seconds is not None:
            self._memory.token_ends[token] = self._memory.clock.seconds + seconds

    async def rotate(self, principal_id: str, token: str, *, overlap: int, seconds: int | None = None) -> bool:
        """See Directory."""
        memory = self._memory
        older = [known for known, who in memory.principals.items() if who.id == principal_id]
        if not older:
            return False
        if token in older:
            return True
        end = memory.clock.seconds + overlap
        if overlap > 0 and sum(map(self._good, older)) >= TOKENS_AT_ONCE:
            message = f"{principal_id} has {TOKENS_AT_ONCE} tokens that are still good: revoke one first."
            raise Refused(message)
        principal = memory.principals[older[0]]
        for known in older:
            memory.token_ends[known] = min(memory.token_ends.get(known, math.inf), end)
            if not self._good(known):
                del memory.principals[known]
        memory.principals = {token: principal, **memory.principals}
        if seconds is not None:
            memory.token_ends[token] = memory.clock.seconds + seconds
        return True

    async def credentials(self) -> list[Credential]:
        """See Directory."""
        memory = self._memory
        found = []
        for token, principal in memory.principals.items():
            if self._good(token):
                end = memory.token_ends.get(token)
                expires_at = None if end is None else datetime.fromtimestamp(int(end), UTC)
                made = Credential(id=credential_hash(token)[:12], principal=principal, expires_at=expires_at)
                found.append(made)
        return sorted(found, key=lambda credential: credential.principal.id)

    async def principals(self) -> list[Principal]:
        """See Directory."""
        found = {credential.principal.id: credential.principal for credential in await self.credentials()}
        return list(found.values())

    async def names(self) -> dict[str, str]:
        """See Directory."""
        return {who.id: who.name for who in self._memory.principals.values() if who.role == "moderator"}

    async def revoke(self, principal_id: str, credential_id: str = "") -> bool:
        """See Directory."""
        doomed = [
            token
            for token, principal in self._memory.principals.items()
            if principal.id == principal_id and credential_hash(token).startswith(credential_id)
        ]
        for token in doomed:
            del self._memory.principals[token]
        return bool(doomed)

    async def count_bad_credential(self, who: str) -> int:
        """See Directory."""
        now, due = self._memory.clock.seconds, self._memory.bad_credentials
        due[who] = max(due.get(who, now), now)
        over = due[who] - now - BAD_CREDENTIAL_SECONDS * (BAD_CREDENTIALS - 1)
        if over > 0:
            return math.ceil(over)
        due[who] += BAD_CREDENTIAL_SECONDS
        return 0
