"""Spans of time: decided comments by id, across the indexes of their statuses."""

import heapq
from collections.abc import Sequence
from typing import Any

import msgspec

from service.domain.site import Site
from service.domain.status import Status
from service.domain.views import Kept, Stretch
from service.storage import codec
from service.storage.keys import lane_keys, shadow_field
from service.storage.link import Link

_DECIDED: tuple[Status, ...] = ("approved", "held", "rejected")
_UNDECIDED = (b"pending", b"deleted")


async def between(link: Link, site: Site, *, first: str, last: str, limit: int, shadow: str | None) -> Stretch:
    """Read up to `limit` comments with ids above `first` and up to `last`, oldest first."""
    keys = lane_keys(site.lane)
    found = await link.pipeline(
        [
            ("ZRANGEBYLEX", keys.status(site.id, status), f"({first}", f"[{last}", "LIMIT", 0, limit)
            for status in _DECIDED
        ]
    )
    # Who moved between these reads stands in two of them, or is by now pending, deleted or gone.
    ids = list(dict.fromkeys(member.decode() for member in heapq.merge(*found)))[:limit]
    fields = ("v", "s", "r", shadow_field(shadow or ""))
    # With a key of another type, Redis refuses to answer for that comment alone.
    rows = await link.pipeline([("HMGET", keys.comment(site.id, i), *fields) for i in ids], raising=False)
    kept, unreadable = [], 0
    for row in rows:
        if not isinstance(row, BaseException) and (row[1] in _UNDECIDED or not any(row[:3])):
            continue
        one = _read(row)
        unreadable += one is None
        if one is not None:
            kept.append(one)
    return Stretch(kept=tuple(kept), unreadable=unreadable, after=ids[-1] if ids else None)


def _read(row: Sequence[Any] | BaseException) -> Kept | None:
    if isinstance(row, BaseException) or not all(row[:3]):
        return None
    version, status, record, shadow = row
    try:
        return Kept(
            comment=codec.comment(record, version=version, status=status),
            shadow=codec.scores(shadow) if shadow is not None else None,
        )
    except (msgspec.MsgspecError, ValueError):
        return None
