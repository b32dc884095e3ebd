"""What foreign clients' keys may do, and what they have spent."""

import secrets
import time

from service.domain.foreign import KeySettings
from service.storage import codec, scripts
from service.storage.directory_keys import FOREIGN_KEYS, quota
from service.storage.link import Link

CACHE_SECONDS = 3.0


class RedisForeignKeys:
    """The ForeignKeys over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link
        self._cache: dict[str, tuple[float, KeySettings]] = {}

    async def settings(self, key_id: str) -> KeySettings | None:
        """Read a key's settings; one without any opens nothing."""
        hit = self._cache.get(key_id)
        if hit is not None and time.monotonic() - hit[0] < CACHE_SECONDS:
            return hit[1]
        record = await self._link.read("HGET", FOREIGN_KEYS, key_id)
        if record is None:
            self._cache.pop(key_id, None)
            return None
        found = codec.key_settings(record)
        self._cache[key_id] = (time.monotonic(), found)
        return found

    async def put_settings(self, key_id: str, settings: KeySettings) -> None:
        """Store a key's settings."""
        await self._link.write("HSET", FOREIGN_KEYS, key_id, codec.encode(settings))
        self._cache.pop(key_id, None)

    async def forget(self, key_id: str) -> None:
        """Remove a key's settings."""
        await self._link.write("HDEL", FOREIGN_KEYS, key_id)
        self._cache.pop(key_id, None)

    async def spend(self, key_id: str, *, per_minute: int, units: int) -> int:
        """Spend units of this minute's quota, all or none; returns 0, or the seconds until the next minute."""
        keys = [quota(key_id, parity) for parity in (0, 1)]
        return int(await self._link.script(scripts.QUOTA, keys, [per_minute, units, secrets.token_hex(8)]))
