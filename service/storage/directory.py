"""Sites, policies and credentials, with a cache of at most five seconds."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from service.domain.errors import Conflict, NotFound, Precondition
from service.domain.policy import Policy
from service.domain.policy_history import PolicyChange
from service.domain.site import Credential, Principal, Site
from service.domain.tokens import credential_hash
from service.storage import codec, credentials, policy_cache, policy_history
from service.storage.directory_keys import LANES, SITES
from service.storage.keys import lane_keys
from service.storage.link import Link

# With the time that a refreshing read may take, a revoked token or a removed site is refused everywhere after 5 s.
CACHE_SECONDS = 3.0
CACHE_ENTRIES = 10_000
_STEP = 200

Found = TypeVar("Found")


class RedisDirectory:
    """The Directory over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link
        self._cache: dict[tuple[str, str], tuple[float, Any]] = {}

    async def _cached(self, kind: str, name: str, read: Callable[[], Awaitable[Found]]) -> Found:
        key, now = (kind, name), time.monotonic()
        hit = self._cache.get(key)
        if hit is not None and now - hit[0] < CACHE_SECONDS:
            found: Found = hit[1]
            return found
        if hit is not None:
            # One refreshes; the others that come meanwhile take what was known, rather than all ask at once.
            self._cache[key] = (now, hit[1])
        try:
            value = await read()
        except BaseException:
            # Nobody refreshed it: the others must not go on with what may have been revoked.
            self._cache.pop(key, None)
            raise
        if value is None:
            # What is not there may be made in the next moment: a worker that remembered its absence would drop work.
            self._cache.pop(key, None)
            return value
        if len(self._cache) >= CACHE_ENTRIES:
            # Names come from outside: somebody who asks for a million sites must not fill the memory.
            self._cache.clear()
        self._cache[key] = (now, value)
        return value

    async def site(self, site_id: str) -> Site | None:
        """Find a site."""
        return await self._cached("site", site_id, lambda: self._read_site(site_id))

    async def _read_site(self, site_id: str) -> Site | None:
        lane = await self._link.read("HGET", SITES, site_id)
        if lane is None:
            return None
        record = await self._link.read("GET", lane_keys(lane.decode()).site(site_id))
        return None if record is None else codec.site(record)

    async def sites(self) -> list[Site]:
        """List every site, by id."""
        lanes = await self._link.read("HGETALL", SITES)
        found = []
        for site_id, lane in sorted(lanes.items()):
            record = await self._link.read("GET", lane_keys(lane.decode()).site(site_id.decode()))
            if record is not None:
                found.append(codec.site(record))
        return found

    async def lanes(self) -> list[str]:
        """List the lanes in use, as they are now: a worker must hear of a new one before its first comment waits."""
        return sorted(lane.decode() for lane in await self._link.read("SMEMBERS", LANES))

    async def add_site(self, site: Site, policy: Policy) -> None:
        """Store a new site; raises Conflict when the id is taken."""
        keys = lane_keys(site.lane)
        record = codec.encode(site)
        message = f"There is already a site {site.id}."
        if await self._link.read("HEXISTS", SITES, site.id):
            raise Conflict(message, slug="site-exists")
        # The record first: a site in the directory always has one. What is left of a try that broke off is replaced.
        await self._link.write("SET", keys.site(site.id), record)
        await self._link.write("HSET", keys.policy(site.id), "v", policy.version, "r", codec.encode(policy), "m", "-")
        await policy_history.begin(self._link, site, policy)
        await self._link.write("SADD", LANES, site.lane)
        made = await self._link.write("HSETNX", SITES, site.id, site.lane)
        self._cache.clear()
        if not made:
            raise Conflict(message, slug="site-exists")

    async def put_site(self, site: Site) -> None:
        """Replace the record of a site that exists; its lane stays."""
        await self._link.write("SET", lane_keys(site.lane).site(site.id), codec.encode(site), "XX")
        self._cache.clear()

    async def remove_site(self, site: Site) -> int:
        """Remove a site with everything of it; returns the number of comments removed.

        The directory goes first, so nothing new comes in; the rest goes in steps of 200 keys. Entries in the queue
        find no site and are acknowledged by the workers.
        """
        await self._link.write("HDEL", SITES, site.id)
        for credential in await credentials.every(self._link, also_past=True):
            if credential.principal.sites == (site.id,):
                await self.revoke(credential.principal.id)
        keys = lane_keys(site.lane)
        await self._link.write("DEL", keys.site(site.id), keys.policy(site.id), keys.frozen(site.id))
        kinds = (
            "c",
            "t",
            "sh",
            "s",
            "a",
            "r",
            "i",
            "l:address",
            "l:author",
            "l:threads",
            "l:slow",
            "bl",
            "br",
            "ad",
            "act",
            "look",
            "hd",
            "ha",
            "fb",
            "cl",
            "ty",
            "tx",
            "du",
            "l:report",
            "l:appeal",
            "rp",
            "rq",
            "ra",
            "rb",
            "sk",
            "bt",
            "ja",
            *("ph", "au", "aq", "al"),
        )
        removed = 0
        for kind in kinds:
            # A site's id has no glob characters, so it may stand in a pattern.
            exact = kind in ("look", "hd", "ha", "fb", "ja", "bl", "br", "rq", "ph", "au", "aq")
            pattern = f"{keys.prefix}{kind}:{site.id}" + ("" if exact else ":*")
            for step in await self._found(site.lane, pattern):
                await self._link.write("UNLINK", *step)
                removed += len(step) if kind == "c" else 0
        self._cache.clear()
        return removed

    async def _found(self, lane: str, pattern: str) -> list[list[str]]:
        found = [key async for key in self._link.scan(lane_keys(lane).live, pattern)]
        return [found[i : i + _STEP] for i in range(0, len(found), _STEP)]

    async def policy(self, site: Site) -> Policy:
        """Read a site's policy as it is now."""
        record = await self._link.read("HGET", lane_keys(site.lane).policy(site.id), "r")
        if record is None:
            message = f"There is no site {site.id}."
            raise NotFound(message, slug="unknown-site")
        return policy_cache.policy(record)

    async def recent_policy(self, site: Site) -> Policy:
        """Read a site's policy as it was at most 5 seconds ago."""
        return await self._cached("policy", site.id, lambda: self.policy(site))

    async def put_policy(
        self, site: Site, policy: Policy, *, replaces: int, change: PolicyChange | None = None
    ) -> None:
        """Store a policy and its version's history; raises Precondition when `replaces` is not the stored version."""
        answer = await policy_history.put(self._link, site, policy, replaces=replaces, change=change or PolicyChange())
        if answer[0] == b"stale":
            message = f"The stored policy has version {int(answer[1])}, not {replaces}."
            raise Precondition(message)
        if answer[0] == b"gone":
            message = f"There is no site {site.id}."
            raise NotFound(message, slug="unknown-site")

    async def principal(self, token: str) -> Principal | None:
        """Find whom a credential speaks for, if it has not run out."""
        return await self.holder(credential_hash(token))

    async def holder(self, credential: str) -> Principal | None:
        """Find whom the credential of a hash speaks for, if it has not run out."""
        return await self._cached("principal", credential, lambda: credentials.find(self._link, credential))

    async def add_principal(self, principal: Principal, token: str, *, seconds: int | None = None) -> None:
        """Store a new principal under its token's hash; the token runs out after so many seconds, or never."""
        await credentials.add(self._link, principal, token, seconds)
        self._cache.clear()

    async def rotate(self, principal_id: str, token: str, *, overlap: int, seconds: int | None = None) -> bool:
        """Give a principal another token; the older ones run out after `overlap` seconds, if not before.

        Tells whether there is such a principal; raises Refused where it has too many tokens already.
        """
        found = await credentials.rotate(self._link, principal_id, token, overlap, seconds)
        self._cache.clear()
        return found

    async def credentials(self) -> list[Credential]:
        """List every token that has not run out, by principal, the newest of each first."""
        return await credentials.every(self._link)

    async def principals(self) -> list[Principal]:
        """List every principal that has a token, by id."""
        found = {credential.principal.id: credential.principal for credential in await self.credentials()}
        return [found[principal_id] for principal_id in sorted(found)]

    async def names(self) -> dict[str, str]:
        """Read what the people are called, by id."""
        return await self._cached("names", "", lambda: credentials.names(self._link))

    async def revoke(self, principal_id: str, credential_id: str = "") -> bool:
        """Remove a principal with all its tokens, or one of them; tells whether there was anything to remove."""
        found = await credentials.revoke(self._link, principal_id, credential_id)
        self._cache.clear()
        return found

    async def count_bad_credential(self, who: str) -> int:
        """Count a credential that opened nothing; returns the seconds that its sender should wait, 0 for none."""
        return await credentials.count_bad(self._link, who)
