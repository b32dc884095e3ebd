"""Bulk decisions in Redis: a string for each, which expires after a day."""

import msgspec

from service.domain.batches import BATCH_SECONDS, Batch
from service.domain.site import Site
from service.storage.keys import lane_keys
from service.storage.link import Link

_decoder = msgspec.msgpack.Decoder(Batch)


class RedisBatches:
    """The Batches over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def open(self, site: Site, batch: Batch) -> Batch:
        """Remember a batch before the first of it is decided; gives what is remembered under its id."""
        key = lane_keys(site.lane).batch(site.id, batch.id)
        record = msgspec.msgpack.encode(batch)
        # Whoever is first stays: run twice, the second finds the first.
        _, stored = await self._link.pipeline([("SET", key, record, "NX", "PX", BATCH_SECONDS * 1000), ("GET", key)])
        return _decoder.decode(stored)

    async def find(self, site: Site, batch_id: str) -> Batch | None:
        """Find a batch."""
        stored = await self._link.read("GET", lane_keys(site.lane).batch(site.id, batch_id))
        return None if stored is None else _decoder.decode(stored)
