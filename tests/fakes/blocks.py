"""Blocks in memory."""

from collections.abc import Sequence
from datetime import timedelta

from service.domain.blocking import (
    BLOCK_DAYS,
    MOST_BLOCKS,
    Block,
    BlockKind,
    Placed,
    Placing,
    mark_of,
)
from service.domain.errors import Conflict, Fault, Invalid
from service.domain.site import Site
from tests.fakes.memory import Memory


class MemoryBlocks:
    """The Blocks over memory."""

    def __init__(self, memory: Memory, *, most: int = MOST_BLOCKS) -> None:
        """Take the memory and how many blocks a site may have."""
        self._memory = memory
        self._most = most

    async def place(self, site: Site, placing: Placing) -> Placed:
        """See Blocks."""
        if (site.id, placing.id) in self._memory.placed:
            return self._memory.placed[site.id, placing.id]
        now = self._memory.clock()
        until = placing.until or now + timedelta(days=BLOCK_DAYS)
        if until <= now:
            raise Invalid((Fault(path="$.until", message="is not in the future"),))
        self._drop_ended(site)
        mine, mark = self._memory.blocks[site.id], mark_of(placing.kind, placing.key)
        if mark not in mine and len(mine) >= self._most:
            message = "There are too many blocks."
            raise Conflict(message, slug="too-many-blocks")
        block = Block(
            id=placing.id,
            kind=placing.kind,
            key=placing.key,
            by=placing.by,
            at=now,
            until=until,
            note=placing.note,
            author=placing.author,
        )
        placed = Placed(block=block, before=mine.get(mark))
        mine[mark] = block
        self._memory.placed[site.id, placing.id] = placed
        return placed

    def _drop_ended(self, site: Site) -> None:
        now, mine = self._memory.clock(), self._memory.blocks[site.id]
        self._memory.blocks[site.id] = {mark: block for mark, block in mine.items() if block.until > now}

    async def lift(self, site: Site, block_id: str, *, act: str) -> Block | None:
        """See Blocks."""
        if (site.id, act) in self._memory.lifted:
            return self._memory.lifted[site.id, act]
        found = next((block for block in await self.of_site(site) if block.id == block_id), None)
        if found is not None:
            del self._memory.blocks[site.id][mark_of(found.kind, found.key)]
            self._memory.lifted[site.id, act] = found
        return found

    async def of_site(self, site: Site) -> list[Block]:
        """See Blocks."""
        self._drop_ended(site)
        found = self._memory.blocks[site.id].values()
        return sorted(found, key=lambda block: (block.at, block.id), reverse=True)

    async def find(self, site: Site, kind: BlockKind, key: str) -> Block | None:
        """See Blocks."""
        self._drop_ended(site)
        return self._memory.blocks[site.id].get(mark_of(kind, key))

    async def addresses(self, site: Site, comment_ids: Sequence[str]) -> list[str]:
        """See Blocks."""
        known = [self._memory.addresses.get((site.id, comment_id), ("", 0.0)) for comment_id in comment_ids]
        return [address if until > self._memory.clock.seconds else "" for address, until in known]
