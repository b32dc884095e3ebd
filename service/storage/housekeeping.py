"""The leases of housekeepers, and when which chore was done."""

from service.domain.chores import ChoreRun
from service.storage import scripts
from service.storage.keys import lane_keys
from service.storage.link import Link


class RedisHousekeeping:
    """The Housekeeping over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def hold(self, lane: str, owner: str, *, seconds: float) -> bool:
        """Take the lane's lease, or renew it; tells whether it is the owner's for the next seconds."""
        return bool(await self._link.script(scripts.LEASE, [lane_keys(lane).lease], [owner, int(seconds * 1000)]))

    async def let_go(self, lane: str, owner: str) -> None:
        """Give the lease back, if it is the owner's."""
        await self._link.script(scripts.LEASE, [lane_keys(lane).lease], [owner, 0])

    async def done(self, lane: str, chore: str, *, touched: int) -> float:
        """Note that a round of a chore is finished; returns when, in Unix seconds of the storage's clock."""
        at = await self._now()
        await self._link.read("HSET", lane_keys(lane).chores, chore, f"{at:.3f} {touched}")
        return at

    async def runs(self, lane: str) -> dict[str, ChoreRun]:
        """Read the last finished round of each chore."""
        now = await self._now()
        found = {}
        for name, value in (await self._link.read("HGETALL", lane_keys(lane).chores)).items():
            at, _, touched = value.decode().partition(" ")
            found[name.decode()] = ChoreRun(at=float(at), age=max(0.0, now - float(at)), touched=int(touched))
        return found

    async def _now(self) -> float:
        seconds, micros = await self._link.read("TIME")
        return int(seconds) + int(micros) / 1_000_000
