"""What waits for moderators, as whole queues: how much, which, and how risky; sorted into groups by the workflow."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from msgspec import Struct

from service.domain.site import Site
from service.domain.status import Status


class QueueCounts(Struct, frozen=True, kw_only=True):
    """How many comments of a site wait in each queue."""

    held: int = 0
    urgent: int = 0
    escalated: int = 0
    look: int = 0
    reported: int = 0
    appeals: int = 0
    audit: int = 0
    pending: int = 0


class Rows(Struct, frozen=True, kw_only=True):
    """Ids with their scores, the highest first, and how many there are in all."""

    rows: tuple[tuple[str, float], ...]
    total: int


@runtime_checkable
class Shelf(Protocol):
    """The indexes of what is held. Every method raises StorageDown when the storage is away."""

    async def counts(self, site: Site) -> QueueCounts:
        """Count every queue."""
        ...

    async def rows(self, site: Site, index: str, *, low: float, high: float, limit: int) -> Rows:
        """Read an index from the highest score down: a label's, `max`, or a queue's, such as `~first`.

        `low` and `high` are part of what is read; infinite ones bound nothing.
        """
        ...

    async def of_author(self, site: Site, author: str, *, limit: int) -> list[tuple[str, Status]]:
        """Read the newest comments of an author with their status, the newest first; at most 500."""
        ...

    async def versions(self, site: Site, ids: Sequence[str]) -> list[int | None]:
        """Read the version of each comment; nothing for one that is gone."""
        ...
