"""Counters of months, and figures out of the indexes."""

import time
from collections.abc import Sequence
from datetime import datetime

from service.domain.site import Site
from service.domain.tallies import SCORE_BUCKETS, QueueFigures
from service.storage import codec
from service.storage.keys import lane_keys
from service.storage.link import Link

CACHE_SECONDS = 60.0
CACHE_ENTRIES = 1_000


class RedisTallies:
    """The Tallies over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link
        # By key and the site's making: one that was removed and made again begins with nothing.
        self._cache: dict[tuple[str, datetime], tuple[float, dict[str, int]]] = {}

    async def months(self, site: Site, months: Sequence[str], *, recent: bool = False) -> dict[str, dict[str, int]]:
        """Read the counters of some months; `recent` is content with what was read at most a minute ago."""
        named = {month: (lane_keys(site.lane).tally(site.id, month), site.created_at) for month in months}
        now = time.monotonic()
        kept = {
            month: self._cache[key][1]
            for month, key in named.items()
            if recent and key in self._cache and now - self._cache[key][0] < CACHE_SECONDS
        }
        missing = [month for month in months if month not in kept]
        rows = await self._link.pipeline([("HGETALL", named[month][0]) for month in missing])
        if len(self._cache) + len(missing) > CACHE_ENTRIES:
            self._cache.clear()
        for month, row in zip(missing, rows, strict=True):
            kept[month] = {name.decode(): int(count) for name, count in row.items()}
            self._cache[named[month]] = (now, kept[month])
        return {month: kept[month] for month in months}

    async def queue(self, site: Site) -> QueueFigures:
        """Measure what waits for a human; the oldest is that with the oldest id."""
        keys = lane_keys(site.lane)
        index = keys.status(site.id, "held")
        held, first = await self._link.pipeline([("ZCARD", index), ("ZRANGEBYLEX", index, "-", "+", "LIMIT", 0, 1)])
        oldest = None
        if first:
            key = keys.comment(site.id, first[0].decode())
            version, status, record = await self._link.read("HMGET", key, "v", "s", "r")
            comment = codec.comment(record, version=version, status=status) if record is not None else None
            oldest = comment.decided_at if comment is not None else None
        return QueueFigures(held=held, oldest=oldest)

    async def distribution(self, site: Site, label: str) -> list[int]:
        """Count held comments by one label's score, in 20 buckets of equal width."""
        index, width = lane_keys(site.lane).risk(site.id, label), 1 / SCORE_BUCKETS
        edges = [round(number * width, 4) for number in range(SCORE_BUCKETS)]
        # The last one has 1 as well.
        return await self._link.pipeline(
            [
                ("ZCOUNT", index, repr(edge), "+inf" if edge == edges[-1] else f"({round(edge + width, 4)!r}")
                for edge in edges
            ]
        )

    async def drop(self, site: Site, months: Sequence[str]) -> int:
        """Remove the counters of some months; returns how many months there were."""
        gone = await self._link.pipeline([("DEL", lane_keys(site.lane).tally(site.id, month)) for month in months])
        return sum(gone)
