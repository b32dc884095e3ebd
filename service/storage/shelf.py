"""Whole queues of what is held, from their indexes, in bounded steps."""

from collections.abc import Sequence

from service.domain.shelf import QueueCounts, Rows
from service.domain.site import Site
from service.domain.status import Status
from service.storage import codec
from service.storage.keys import LaneKeys, lane_keys
from service.storage.link import Link

STEP = 500


class RedisShelf:
    """The Shelf over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def counts(self, site: Site) -> QueueCounts:
        """Count every queue."""
        indexes = _indexes(lane_keys(site.lane), site.id)
        counted = await self._link.pipeline([("ZCARD", index) for index in indexes.values()])
        return QueueCounts(**dict(zip(indexes, map(int, counted), strict=True)))

    async def rows(self, site: Site, index: str, *, low: float, high: float, limit: int) -> Rows:
        """Read an index from the highest score down."""
        key = lane_keys(site.lane).risk(site.id, index)
        total = int(await self._link.read("ZCOUNT", key, low, high))
        found: list[tuple[str, float]] = []
        while len(found) < min(limit, total):
            # By place, not by score: many have the same. What leaves meanwhile may make it miss a row, never repeat one
            # twice, for ids are told apart below.
            size = min(STEP, limit - len(found))
            step = await self._link.read("ZREVRANGEBYSCORE", key, high, low, "WITHSCORES", "LIMIT", len(found), size)
            found += [(member.decode(), float(score)) for member, score in step]
            if len(step) < size:
                break
        return Rows(rows=tuple(dict(found).items()), total=total)

    async def of_author(self, site: Site, author: str, *, limit: int) -> list[tuple[str, Status]]:
        """Read the newest comments of an author with their status, the newest first; at most 500."""
        keys = lane_keys(site.lane)
        ids = await self._link.read("ZREVRANGEBYLEX", keys.author(site.id, author), "+", "-", "LIMIT", 0, limit)
        answers = await self._link.pipeline([("HGET", keys.comment(site.id, i.decode()), "s") for i in ids])
        statuses = [codec.status_of(answer) for answer in answers]
        return [(i.decode(), status) for i, status in zip(ids, statuses, strict=True) if status is not None]

    async def versions(self, site: Site, ids: Sequence[str]) -> list[int | None]:
        """Read the version of each comment; nothing for one that is gone."""
        keys = lane_keys(site.lane)
        found: list[int | None] = []
        for start in range(0, len(ids), STEP):
            some = ids[start : start + STEP]
            answers = await self._link.pipeline([("HGET", keys.comment(site.id, i), "v") for i in some])
            found += [None if version is None else int(version) for version in answers]
        return found


def _indexes(keys: LaneKeys, site: str) -> dict[str, str]:
    """Name the index of each queue that is counted."""
    return {
        "held": keys.status(site, "held"),
        "urgent": keys.risk(site, "~urgent"),
        "escalated": keys.risk(site, "~escalated"),
        "look": keys.look(site),
        # Published comments too.
        "reported": keys.reported(site),
        "appeals": keys.risk(site, "~appeal"),
        "audit": keys.audit_queue(site),
        "pending": keys.status(site, "pending"),
    }
