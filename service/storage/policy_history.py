"""The versions of a site's policy: a hash a site, each version compressed, written by the script that stores it."""

import secrets
import zlib
from typing import Any

from msgspec import msgpack

from service.domain.policy import Policy
from service.domain.policy_history import VERSIONS, PolicyChange, PolicyVersion
from service.domain.site import Site
from service.storage import codec, scripts
from service.storage.keys import lane_keys
from service.storage.link import Link

_change = msgpack.Decoder(PolicyChange)


async def begin(link: Link, site: Site, policy: Policy) -> None:
    """Begin the history of a new site; whatever is left of another try is replaced."""
    change = PolicyChange(by="operator", at=site.created_at)
    packed = _packed(codec.encode(policy))
    version = policy.version
    key = lane_keys(site.lane).policy_history(site.id)
    await link.write("HSET", key, f"p:{version}", packed, f"m:{version}", msgpack.encode(change))


async def put(link: Link, site: Site, policy: Policy, *, replaces: int, change: PolicyChange) -> Any:  # noqa: ANN401 - the script's answer
    """Run the script that stores a policy and its version."""
    keys = lane_keys(site.lane)
    history, record = keys.policy_history(site.id), codec.encode(policy)
    known, stored, version = await link.pipeline(
        [
            ("HGET", history, f"m:{replaces}"),
            ("HGET", keys.policy(site.id), "r"),
            ("HGET", keys.policy(site.id), "v"),
        ]
    )
    # A site that an older Gatepost made has no history of the version that is replaced now.
    missing = known is None and stored is not None and version == str(replaces).encode()
    return await link.script(
        scripts.POLICY,
        [keys.policy(site.id), history],
        [
            replaces,
            policy.version,
            record,
            secrets.token_hex(8),
            _packed(record),
            msgpack.encode(change),
            _packed(stored) if missing else "",
            policy.version - VERSIONS,
        ],
    )


def _packed(record: bytes) -> bytes:
    return zlib.compress(record, 6)


class RedisPolicyHistory:
    """The PolicyHistory over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def versions(self, site: Site) -> list[PolicyVersion]:
        """List the kept versions, the newest first."""
        keys = lane_keys(site.lane)
        now = int(await self._link.read("HGET", keys.policy(site.id), "v") or 0)
        numbers = range(now, max(0, now - VERSIONS), -1)
        if not numbers:
            return []
        key = keys.policy_history(site.id)
        kept = await self._link.read("HMGET", key, *(f"m:{number}" for number in numbers))
        there = {field.decode() for field in await self._link.read("HKEYS", key)}
        found = []
        for number, packed in zip(numbers, kept, strict=True):
            if f"p:{number}" in there or number == now:
                change = _change.decode(packed) if packed is not None else PolicyChange()
                found.append(PolicyVersion(version=number, by=change.by, at=change.at, back_to=change.back_to))
        return found

    async def version(self, site: Site, version: int) -> Policy | None:
        """Read one version; nothing for one that is not kept."""
        keys = lane_keys(site.lane)
        packed = await self._link.read("HGET", keys.policy_history(site.id), f"p:{version}")
        if packed is not None:
            return codec.policy(zlib.decompress(packed))
        number, record = await self._link.read("HMGET", keys.policy(site.id), "v", "r")
        return codec.policy(record) if record is not None and int(number) == version else None
