"""What is kept of people, for how long, and the ports by which it is found, held and removed."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from service.domain.comment import Comment
from service.domain.scores import Scores
from service.domain.site import Site
from service.domain.status import Status


class Trace(Struct, frozen=True, kw_only=True):
    """A comment with all that is stored beside its record.

    `answer` is the hash of the Idempotency-Key that it answers to, or empty; `replies` counts the replies that its
    thread lists; `shadows` are the scores that each shadow gave it; `on_hold` says that a legal hold is in force now.
    """

    comment: Comment
    shadows: dict[str, Scores] = {}
    answer: str = ""
    replies: int = 0
    on_hold: bool = False


class TracePage(Struct, frozen=True, kw_only=True):
    """Some traces, how many records of the page cannot be read, and the id to go on after; nothing at the end."""

    traces: tuple[Trace, ...]
    unreadable: int
    after: str | None


class Marks(Struct, frozen=True, kw_only=True):
    """The keys that limit an author now: by their own key, and by the addresses that were counted with it."""

    author: int = 0
    addresses: int = 0


PurgeResult = Literal["purged", "gone", "lost", "listed", "on hold"]


class LegalHold(Struct, frozen=True, kw_only=True):
    """An order to keep one comment whatever its author or the retention asks, until a moment.

    `id` is made by the caller: an order given twice is noted once.
    """

    id: str
    comment: str
    by: str
    reason: str
    at: datetime
    until: datetime


class HoldEvent(Struct, frozen=True, kw_only=True):
    """Who placed or lifted which hold, when; kept as long as the site."""

    id: str
    action: Literal["add", "remove"]
    comment: str
    by: str
    at: datetime
    reason: str = ""
    until: datetime | None = None


class LedgerEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One erasure, as it is remembered for ever: whose (a hash of a keyed hash), up to which comment, and when.

    While it is not `done`, `author` is the keyed hash to go by; empty where it must be found among the stored
    authors first, as after a restore.
    """

    name: str
    site: str
    until: str
    at: datetime
    done: bool = False
    author: str = ""


def ledger_name(site: str, author: str) -> str:
    """Name an author in the ledger: a hash of their keyed hash, which leads to nobody without the stored authors."""
    return hashlib.sha256(f"gatepost erased\0{site}\0{author}".encode()).hexdigest()[:32]


@runtime_checkable
class Traces(Protocol):
    """Comments by their author and by their age. Every method raises StorageDown when the storage is away."""

    async def of_author(self, site: Site, author: str, *, after: str, limit: int) -> TracePage:
        """Read an author's comments with ids above `after`, oldest first; deleted ones belong to nobody."""
        ...

    async def aged(self, site: Site, status: Status, *, after: str, last: str, limit: int) -> TracePage:
        """Read comments in a status by id, oldest first: above `after`, below `last`."""
        ...

    async def authors(self, site: Site, cursor: int) -> tuple[int, list[str]]:
        """List some authors of a site and where to go on; 0 begins and ends, and one may come twice."""
        ...

    async def forget_answers(self, site: Site, traces: Sequence[Trace]) -> int:
        """Remove what Idempotency-Keys of some comments stand for, and from which address each came.

        Returns how many keys there were.
        """
        ...

    async def marks(self, site: Site, author: str) -> Marks:
        """Count the keys that limit an author now."""
        ...

    async def forget_marks(self, site: Site, author: str) -> Marks:
        """Remove the keys that limit an author; returns how many there were."""
        ...

    async def purge(self, site: Site, comment: Comment) -> PurgeResult:
        """Remove a comment that is neither waiting nor listed, with everything of it, if it still has its version."""
        ...


@runtime_checkable
class Place(Protocol):
    """A further place where something about comments lies, such as buried entries or webhook deliveries."""

    kind: str

    async def forget(self, site: Site, comment_ids: Sequence[str], *, dry_run: bool) -> int:
        """Remove all that it has about some comments, or only count it; returns how much there was."""
        ...


@runtime_checkable
class Holds(Protocol):
    """Legal holds; the scripts that delete, rewrite and purge ask for them themselves."""

    async def add(self, site: Site, hold: LegalHold) -> None:
        """Place a hold, or replace the one that is there; raises NotFound for no such comment or a deleted one."""
        ...

    async def remove(self, site: Site, event: HoldEvent) -> None:
        """Lift a hold; raises NotFound when there is none."""
        ...

    async def of_site(self, site: Site) -> list[LegalHold]:
        """List the holds of a site, run out ones among them, by comment."""
        ...

    async def history(self, site: Site) -> list[HoldEvent]:
        """List who placed and lifted holds, oldest first."""
        ...


@runtime_checkable
class Ledger(Protocol):
    """The erasures that must outlive a restore: in the storage, and in a file where one is named."""

    async def put(self, entry: LedgerEntry) -> None:
        """Store an entry by its name; returns once it is durable."""
        ...

    async def find(self, name: str) -> LedgerEntry | None:
        """Read an entry."""
        ...

    async def open(self) -> list[LedgerEntry]:
        """List the entries that are not done."""
        ...

    async def take_in(self, entries: Sequence[LedgerEntry], *, anew: bool) -> int:
        """Add entries from elsewhere and those of the file; returns how many were unknown or went less far.

        With `anew` every entry, known or not, is to be applied again: what is stored came out of a backup.
        """
        ...
