"""The workers' decisions in memory, as shadows follow them."""

import asyncio
from collections.abc import Sequence

from service.domain.comment import Comment
from service.domain.scores import Scores
from service.domain.work import SHADOWS, Decided, ShadowPosition
from tests.fakes.memory import Memory


def _order(entry_id: str) -> tuple[int, int]:
    first, second = entry_id.split("-")
    return int(first), int(second)


class MemoryShadows:
    """The ShadowFeed over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def position(self, lane: str, shadow: str) -> ShadowPosition:
        """See ShadowFeed."""
        return self._memory.shadow_positions.get((lane, shadow), ShadowPosition())

    async def positions(self, lane: str) -> dict[str, ShadowPosition]:
        """See ShadowFeed."""
        return {name: at for (where, name), at in self._memory.shadow_positions.items() if where == lane}

    async def read(self, lane: str, after: str, *, count: int, block_ms: int) -> list[Decided]:
        """See ShadowFeed."""
        found = [item for item in self._memory.decided[lane] if _order(item.entry_id) > _order(after)]
        if not found:
            # A reader that asks again and again must leave the others their turn.
            await asyncio.sleep(0.001)
        return found[:count]

    async def store(
        self, lane: str, shadow: str, position: ShadowPosition, scored: Sequence[tuple[Comment, Scores]]
    ) -> ShadowPosition:
        """See ShadowFeed."""
        lost = 0
        for comment, scores in scored:
            stored = self._memory.records.get((comment.site, comment.id))
            beside = self._memory.shadow_scores.setdefault((comment.site, comment.id), {})
            if stored is None or stored.version != comment.version or len({*beside, shadow}) > SHADOWS:
                lost += 1
            else:
                beside[shadow] = scores
        position = position.less(lost)
        self._memory.shadow_positions[lane, shadow] = position
        return position
