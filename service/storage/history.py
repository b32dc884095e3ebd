"""Spans of time: decided comments by id, across the indexes of their statuses."""

import heapq

from service.domain.site import Site
from service.domain.status import Status
from service.domain.views import Kept
from service.storage import codec
from service.storage.keys import lane_keys
from service.storage.link import Link

_DECIDED: tuple[Status, ...] = ("approved", "held", "rejected")


async def between(link: Link, site: Site, *, first: str, last: str, limit: int) -> list[Kept]:
    """Read up to `limit` comments with ids above `first` and up to `last`, oldest first."""
    keys = lane_keys(site.lane)
    while True:
        found = await link.pipeline(
            [
                ("ZRANGEBYLEX", keys.status(site.id, status), f"({first}", f"[{last}", "LIMIT", 0, limit)
                for status in _DECIDED
            ]
        )
        # Who moved between these reads stands in two of them, or is by now pending, deleted or gone.
        ids = list(dict.fromkeys(member.decode() for member in heapq.merge(*found)))[:limit]
        rows = await link.pipeline([("HMGET", keys.comment(site.id, i), "v", "s", "r", "z") for i in ids])
        kept = [
            Kept(
                comment=codec.comment(record, version=version, status=status),
                shadow=codec.scores(shadow) if shadow is not None else None,
            )
            for version, status, record, shadow in rows
            if record is not None and status.decode() in _DECIDED
        ]
        # An empty answer says that there is no more.
        if kept or not ids:
            return kept
        first = ids[-1]
