"""Bulk decisions that may be repeated and taken back: what is remembered of each."""

from typing import Protocol, runtime_checkable

from msgspec import Struct

from service.domain.site import Site

# How long a batch may be repeated by its key; taking it back has a time of its own.
BATCH_SECONDS = 24 * 3600
MOST_TOGETHER = 500


class Batch(Struct, frozen=True, kw_only=True):
    """One bulk decision: who made it, of what, and a hash of all that was asked."""

    id: str
    by: str
    fingerprint: str
    ids: tuple[str, ...]


@runtime_checkable
class Batches(Protocol):
    """Bulk decisions of the last day."""

    async def open(self, site: Site, batch: Batch) -> Batch:
        """Remember a batch before the first of it is decided; gives what is remembered under its id."""
        ...

    async def find(self, site: Site, batch_id: str) -> Batch | None:
        """Find a batch."""
        ...
