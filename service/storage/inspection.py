"""The Inspection over Redis."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence

from service.domain.checkup import Fault, Server, Stray
from service.domain.site import Site
from service.storage import inspecting_queue, servers
from service.storage.inspecting import LaneInspection
from service.storage.keys import lane_keys, parts_of
from service.storage.link import Link

_SCAN = 1_000
_DIRECTORY = "dir"


class RedisInspection:
    """The Inspection over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def servers(self) -> list[Server]:
        """Ask every node, after a write to it."""
        return await servers.look(self._link)

    async def settle(self, settings: Mapping[str, str], *, clear_slow_log: bool) -> list[str]:
        """Set what can be set while a server runs, on every node; returns what was refused."""
        return await servers.settle(self._link, settings, clear_slow_log=clear_slow_log)

    async def strays(self, sites: Sequence[Site]) -> list[Stray]:
        """Find keys of a lane that is none, or of a site that the lane does not have."""
        lanes, homes = {site.lane for site in sites}, {(site.lane, site.id) for site in sites}
        found: Counter[tuple[str, str, str]] = Counter()
        async for keys in self._link.everywhere("gp:*", count=_SCAN):
            for key in keys:
                parts = parts_of(key)
                lane, kind, site = parts or ("", key[:16], "")
                if lane == _DIRECTORY or (lane in lanes and (not site or (lane, site) in homes)):
                    continue
                found[lane, site, kind] += 1
        return [Stray(lane=lane, site=site, kind=kind, keys=n) for (lane, site, kind), n in sorted(found.items())]

    async def faults(self, lane: str, sites: Sequence[Site], *, claim_seconds: int, mend: bool) -> AsyncIterator[Fault]:
        """Compare a lane's records with its indexes, counts and queue."""
        link, keys = self._link, lane_keys(lane)
        inspection = LaneInspection(link, keys, lane, [site.id for site in sites if site.lane == lane], mend=mend)
        async for fault in inspecting_queue.stuck(link, keys, lane, claim_seconds=claim_seconds):
            yield fault
        async for fault in inspecting_queue.undelivered(link, keys, lane, mend=mend):
            yield fault
        async for fault in inspection.records():
            yield fault
        async for fault in inspecting_queue.unqueued(link, keys, lane, inspection.waiting, mend=mend):
            yield fault
        async for fault in inspection.indexes():
            yield fault
        # Counts last: they are worked out from the lists.
        async for fault in inspection.counts():
            yield fault
