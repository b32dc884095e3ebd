"""Whole queues in memory, worked out from the records."""

from collections.abc import Sequence

from service.domain.comment import Comment
from service.domain.queues import risk_scores
from service.domain.shelf import QueueCounts, Rows
from service.domain.site import Site
from service.domain.status import Status
from tests.fakes.memory import Memory


class MemoryShelf:
    """The Shelf over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    def _of(self, site: Site) -> list[Comment]:
        return [comment for comment in self._memory.records.values() if comment.site == site.id]

    async def counts(self, site: Site) -> QueueCounts:
        """See Shelf."""
        all_of = self._of(site)
        held = [comment for comment in all_of if comment.status == "held"]
        return QueueCounts(
            held=len(held),
            urgent=sum(comment.urgent for comment in held),
            escalated=sum(comment.escalated for comment in held),
            look=sum(comment.look for comment in all_of),
            reported=sum(owner == site.id and bool(open_) for (owner, _), (_, open_) in self._memory.reports.items()),
            appeals=sum("~appeal" in risk_scores(comment) for comment in held),
            audit=sum(owner == site.id for owner, _ in self._memory.life.waiting),
            pending=sum(comment.status == "pending" for comment in all_of),
        )

    async def rows(self, site: Site, index: str, *, low: float, high: float, limit: int) -> Rows:
        """See Shelf."""
        scored = [(c.id, risk_scores(c).get(index)) for c in self._of(site) if c.status == "held"]
        found = [(i, score) for i, score in scored if score is not None and low <= score <= high]
        found.sort(key=lambda row: (row[1], row[0]), reverse=True)
        return Rows(rows=tuple(found[:limit]), total=len(found))

    async def of_author(self, site: Site, author: str, *, limit: int) -> list[tuple[str, Status]]:
        """See Shelf."""
        mine = [c for c in self._of(site) if c.author.key == author and c.status != "deleted"]
        return [(c.id, c.status) for c in sorted(mine, key=lambda c: c.id, reverse=True)][:limit]

    async def versions(self, site: Site, ids: Sequence[str]) -> list[int | None]:
        """See Shelf."""
        found = [self._memory.records.get((site.id, comment_id)) for comment_id in ids]
        return [comment.version if comment else None for comment in found]
