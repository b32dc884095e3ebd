"""The leases of housekeepers in memory."""

from service.domain.chores import ChoreRun
from tests.fakes.memory import Memory


class MemoryHousekeeping:
    """The Housekeeping over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def hold(self, lane: str, owner: str, *, seconds: float) -> bool:
        """See Housekeeping."""
        now = self._memory.clock.seconds
        holder, until = self._memory.leases.get(lane, ("", 0.0))
        if holder != owner and until > now:
            return False
        self._memory.leases[lane] = (owner, now + seconds)
        return True

    async def let_go(self, lane: str, owner: str) -> None:
        """See Housekeeping."""
        if self._memory.leases.get(lane, ("", 0.0))[0] == owner:
            del self._memory.leases[lane]

    async def done(self, lane: str, chore: str, *, touched: int) -> float:
        """See Housekeeping."""
        self._memory.chore_runs[lane, chore] = (self._memory.clock.seconds, touched)
        return self._memory.clock.seconds

    async def runs(self, lane: str) -> dict[str, ChoreRun]:
        """See Housekeeping."""
        now = self._memory.clock.seconds
        return {
            chore: ChoreRun(at=at, age=now - at, touched=touched)
            for (of, chore), (at, touched) in self._memory.chore_runs.items()
            if of == lane
        }
