"""Claims, skips and batches in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from service.domain.batches import BATCH_SECONDS, Batch
from service.domain.claiming import CLAIM_SECONDS, SKIP_SECONDS, Claim
from service.domain.comment import Comment
from service.domain.ports import CommentStore
from service.domain.site import Site
from service.domain.views import ReviewQuery
from tests.fakes.memory import Memory


class MemoryClaims:
    """The Claims over memory."""

    def __init__(self, memory: Memory, comments: CommentStore, *, seconds: float = CLAIM_SECONDS) -> None:
        """Take the memory, the comments, and how long a claim holds."""
        self._memory = memory
        self._comments = comments
        self._seconds = seconds

    async def take(self, site: Site, comments: Sequence[Comment], *, by: str, most: int) -> list[Claim]:
        """See Claims."""
        memory = self._memory
        found: list[Claim] = []
        for comment in comments:
            key, stored = (site.id, comment.id), memory.records.get((site.id, comment.id))
            known = memory.claim_of(*key)
            free = known is None or known[1] == by
            if len(found) == most or not free or stored is None or stored.version != comment.version:
                continue
            if stored.status in ("pending", "deleted"):
                continue
            if known is None:
                memory.claim_count += 1
                memory.claim_numbers[key] = memory.claim_count
            number = known[0] if known else memory.claim_count
            memory.claims[key] = (number, by, memory.clock.seconds + self._seconds)
            found.append(self._claim(site, comment.id))
        return found

    def _claim(self, site: Site, comment_id: str) -> Claim:
        number, by, until = self._memory.claims[site.id, comment_id]
        return Claim(id=comment_id, number=number, by=by, until=datetime.fromtimestamp(until, UTC))

    async def next(self, site: Site, query: ReviewQuery, *, by: str) -> list[tuple[Comment, Claim]]:
        """See Claims."""
        memory = self._memory
        page = await self._comments.review(site, msgspec.structs.replace(query, limit=1_000_000))
        free = [
            comment
            for comment in page.comments
            if memory.claim_of(site.id, comment.id) is None
            and memory.skips.get((site.id, by, comment.id), 0.0) <= memory.clock.seconds
        ]
        claims = await self.take(site, free, by=by, most=query.limit)
        records = {comment.id: comment for comment in free}
        return [(records[claim.id], claim) for claim in claims]

    async def renew(self, site: Site, claims: Sequence[tuple[str, int]], *, by: str) -> list[datetime | None]:
        """See Claims."""
        return [self._tend(site, comment_id, number, by) for comment_id, number in claims]

    def _tend(self, site: Site, comment_id: str, number: int, by: str) -> datetime | None:
        if self._memory.claim_of(site.id, comment_id) != (number, by):
            return None
        self._memory.claims[site.id, comment_id] = (number, by, self._memory.clock.seconds + self._seconds)
        return self._claim(site, comment_id).until

    async def release(self, site: Site, claims: Sequence[tuple[str, int]], *, by: str) -> None:
        """See Claims."""
        for comment_id, number in claims:
            if self._memory.claim_of(site.id, comment_id) == (number, by):
                del self._memory.claims[site.id, comment_id]

    async def of(self, site: Site, ids: Sequence[str]) -> dict[str, Claim]:
        """See Claims."""
        return {i: self._claim(site, i) for i in ids if self._memory.claim_of(site.id, i)}

    async def skip(self, site: Site, comment_id: str, *, by: str) -> None:
        """See Claims."""
        memory = self._memory
        memory.skips[site.id, by, comment_id] = memory.clock.seconds + SKIP_SECONDS
        claim = memory.claim_of(site.id, comment_id)
        if claim is not None:
            await self.release(site, [(comment_id, claim[0])], by=by)


class MemoryBatches:
    """The Batches over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def open(self, site: Site, batch: Batch) -> Batch:
        """See Batches."""
        now = self._memory.clock.seconds
        if await self.find(site, batch.id) is None:
            self._memory.batches[site.id, batch.id] = (batch, now + BATCH_SECONDS)
        return self._memory.batches[site.id, batch.id][0]

    async def find(self, site: Site, batch_id: str) -> Batch | None:
        """See Batches."""
        batch, until = self._memory.batches.get((site.id, batch_id), (None, 0.0))
        return batch if until > self._memory.clock.seconds else None
