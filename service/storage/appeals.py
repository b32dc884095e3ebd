"""Who waits on an appeal, and how often authors make one: one expiring limit each."""

from service.domain.errors import TooMany
from service.domain.site import Site
from service.storage import scripts
from service.storage.keys import lane_keys
from service.storage.link import Link

_DAY_MICROS = 86_400_000_000


class RedisAppeals:
    """The Appeals over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def count(self, site: Site, author: str, *, a_day: int, call: str) -> None:
        """Count an appeal of an author, once for each call; raises TooMany beyond so many a day."""
        interval = _DAY_MICROS // a_day
        key = lane_keys(site.lane).rate("appeal", site.id, author)
        wait = await self._link.script(scripts.LIMIT, [key], [call, interval, interval * (a_day - 1)])
        if wait:
            message = "Too many appeals lately."
            raise TooMany(message, retry_after=int(wait))

    async def waiting(self, site: Site, *, limit: int) -> list[str]:
        """List comments that wait on an appeal, by id, the riskiest first."""
        rows = await self._link.read("ZREVRANGE", lane_keys(site.lane).risk(site.id, "~appeal"), 0, limit - 1)
        return [member.decode() for member in rows]

    async def forget(self, site: Site, author: str, *, dry_run: bool) -> int:
        """Remove what limits an author, or only count it."""
        command = "EXISTS" if dry_run else "DEL"
        return int(await self._link.read(command, lane_keys(site.lane).rate("appeal", site.id, author)))
