"""The operator's switches in memory."""

from collections.abc import Sequence

from service.domain.operating import Act, Buried, Freeze, Noted
from service.domain.site import Site
from tests.fakes.memory import Memory


class MemoryControls:
    """The Controls over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def pause(self, lane: str, act: Act) -> None:
        """See Controls."""
        if self._memory.act(lane, act, "pause"):
            self._memory.paused.add(lane)

    async def resume(self, lane: str, act: Act) -> None:
        """See Controls."""
        if self._memory.act(lane, act, "resume"):
            self._memory.paused.discard(lane)

    async def paused(self, lanes: Sequence[str]) -> tuple[str, ...]:
        """See Controls."""
        return tuple(lane for lane in lanes if lane in self._memory.paused)

    async def buried(self, lane: str, *, after: str, limit: int) -> list[Buried]:
        """See Controls."""
        number = int(after.partition("-")[0]) if after else 0
        return [b for b in self._memory.buried[lane] if int(b.entry_id.partition("-")[0]) > number][:limit]

    async def unbury(self, lane: str, entry_ids: Sequence[str]) -> None:
        """See Controls."""
        self._memory.buried[lane] = [b for b in self._memory.buried[lane] if b.entry_id not in entry_ids]

    async def freeze(self, site: Site, freeze: Freeze, act: Act) -> None:
        """See Controls."""
        until = f" until {freeze.until.isoformat()}" if freeze.until else ""
        if self._memory.act(site.lane, act, "freeze", site=site.id, detail=f"mode {freeze.mode}{until}"):
            self._memory.frozen[site.id] = freeze

    async def unfreeze(self, site: Site, act: Act) -> None:
        """See Controls."""
        if self._memory.act(site.lane, act, "unfreeze", site=site.id):
            self._memory.frozen.pop(site.id, None)

    async def frozen(self, site: Site) -> Freeze | None:
        """See Controls."""
        return self._memory.freeze_of(site.id)

    async def journal(self, lane: str, *, limit: int) -> list[Noted]:
        """See Controls."""
        return self._memory.journal[lane][:limit]
