"""What was decided, read 500 records at a time and decoded no further than a rehearsal needs."""

import msgspec

from service.domain.rehearsal import Past, PastPage
from service.domain.site import Site
from service.domain.status import Status
from service.storage import scripts
from service.storage.keys import lane_keys
from service.storage.link import Link

STEP = 500
_DECIDED: tuple[Status, ...] = ("approved", "held", "rejected")
_past = msgspec.msgpack.Decoder(Past)


class RedisDecisions:
    """The Decisions over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def how_many(self, site: Site, *, first: str, last: str) -> int:
        """Count decided comments with ids above `first` and up to `last`."""
        keys = lane_keys(site.lane)
        counts = await self._link.pipeline(
            [("ZLEXCOUNT", keys.status(site.id, status), f"({first}", f"[{last}") for status in _DECIDED]
        )
        return sum(map(int, counts))

    async def past(self, site: Site, status: Status, *, first: str, last: str) -> PastPage:
        """Read up to 500 comments of a status by id, oldest first: above `first`, up to `last`."""
        keys = lane_keys(site.lane)
        after, *records = await self._link.script(
            scripts.PAST, [keys.status(site.id, status)], [first, last, STEP, keys.comments(site.id)]
        )
        items, unreadable = [], 0
        for record in records:
            try:
                items.append(_past.decode(record))
            except msgspec.MsgspecError:
                unreadable += 1
        full = len(records) == STEP
        return PastPage(items=tuple(items), unreadable=unreadable, after=after.decode() if full else None)
