"""What a checkup finds, and the port that looks and mends."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from service.domain.runbook import Entry
from service.domain.site import Site

State = Literal["well", "ill", "unseen"]

Kind = Literal[
    "unreadable",  # a comment whose record cannot be read
    "list",  # an index lacks a comment, or has one that does not belong there
    "count",  # a thread's or a comment's count is not what its comments say
    "unqueued",  # a comment is pending and no entry of the queue is its own
    "undelivered",  # an entry that was acknowledged and not deleted: nobody will ever be given it
    "stuck",  # an entry has been pending with one worker for many claim times
    "busy",  # a thread changed faster than it could be counted
    "future",  # a comment's id is of a time to come
]


class Check(Struct, frozen=True, kw_only=True):
    """One line of a checkup: what was looked at, how it is, what was seen, and what was mended of it.

    `unseen` is neither well nor ill: the storage does not let us look. `runbook` says where to read on.
    """

    name: str
    state: State
    said: str
    mended: str = ""
    runbook: Entry | None = None


class Fault(Struct, frozen=True, kw_only=True):
    """One disagreement among what is stored: the lane, ids only, and whether it was mended."""

    kind: Kind
    lane: str
    site: str = ""
    id: str = ""
    what: str = ""
    mended: bool = False


class Server(Struct, frozen=True, kw_only=True):
    """What one node says of itself; None where it does not let us look.

    `appended` tells whether a write reached the append-only file; `offset` is how far this machine's clock is ahead of
    its own, in seconds; memory is in bytes, and 0 is no bound.
    """

    name: str
    kind: str | None = None
    version: tuple[int, ...] | None = None
    append_only: bool | None = None
    append_sync: str | None = None
    append_status: str | None = None
    appended: bool | None = None
    snapshot_status: str | None = None
    eviction: str | None = None
    memory: int | None = None
    memory_bound: int | None = None
    slow_from: int | None = None
    slow_kept: int | None = None
    slow_lines: int | None = None
    crash_log: bool | None = None
    offset: float | None = None
    refuses_writes: bool = False


class Stray(Struct, frozen=True, kw_only=True):
    """Keys that nobody knows: of a lane that is none, of a site that is not in the lane, or of no kind of ours."""

    lane: str
    site: str
    kind: str
    keys: int


@runtime_checkable
class Inspection(Protocol):
    """Looks at everything that is stored, in steps of 200, and mends what it is told to; never deletes a comment."""

    async def servers(self) -> list[Server]:
        """Ask every node, after a write to it."""
        ...

    async def settle(self, settings: Mapping[str, str], *, clear_slow_log: bool) -> list[str]:
        """Set what can be set while a server runs, on every node; returns what was refused."""
        ...

    async def strays(self, sites: Sequence[Site]) -> list[Stray]:
        """Find keys that nobody knows."""
        ...

    def faults(self, lane: str, sites: Sequence[Site], *, claim_seconds: int, mend: bool) -> AsyncIterator[Fault]:
        """Compare a lane's records with its indexes, counts and queue."""
        ...
