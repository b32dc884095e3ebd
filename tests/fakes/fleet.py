"""The workers' heartbeats in memory."""

from service.domain.work import WorkerInfo
from tests.fakes.memory import Memory


class MemoryFleet:
    """The Fleet over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def probe(self) -> None:
        """See Fleet."""

    async def beat(self, info: WorkerInfo, *, seconds: int) -> None:
        """See Fleet."""
        self._memory.workers[info.name] = (info, self._memory.clock.seconds + seconds)

    async def workers(self) -> list[WorkerInfo]:
        """See Fleet."""
        now = self._memory.clock.seconds
        return [info for _, (info, until) in sorted(self._memory.workers.items()) if until > now]

    async def leave(self, name: str) -> None:
        """See Fleet."""
        self._memory.workers.pop(name, None)
