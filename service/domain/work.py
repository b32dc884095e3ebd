"""What waits, who works, and what a shadow follows."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from service.domain.comment import Comment
from service.domain.policy import Around, Policy
from service.domain.site import Mode, Site

# `surplus` is what a site has waiting beyond its share of `live`; `bulk` is imports and re-scores.
StreamName = Literal["live", "surplus", "bulk"]


class Entry(Struct, frozen=True, kw_only=True):
    """One queue entry as it was delivered; `deliveries` starts at 1."""

    lane: str
    stream: StreamName
    entry_id: str
    site: str
    id: str
    version: int
    deliveries: int = 1


class Subject(Struct, frozen=True, kw_only=True):
    """A comment with all that a verdict on it needs.

    `waited_seconds` is known, by Redis's clock, of live entries of sites whose policy asks for it; else it is nought.
    """

    comment: Comment
    site: Site
    policy: Policy
    mode: Mode
    parent_shown: bool
    waited_seconds: float = 0.0
    around: Around = Around()


class Waiting(Struct, frozen=True, kw_only=True):
    """What waits: a queue entry and the subject it brought."""

    entry: Entry
    subject: Subject


class Late(Struct, frozen=True, kw_only=True):
    """An entry that waits, taken or not, and for how long by the storage's clock."""

    entry: Entry
    waited_seconds: float


class Decided(Struct, frozen=True, kw_only=True):
    """One of the workers' decisions, numbered without gaps, as a shadow reads of it."""

    entry_id: str
    number: int
    site: str
    id: str
    version: int


# So many shadows may keep scores beside one comment: the scripts that wipe it touch a bounded number of fields.
SHADOWS = 32


class ShadowPosition(Struct, frozen=True, kw_only=True):
    """How far a shadow has read, how many decisions it scored, and how many were gone before it came to them."""

    entry_id: str = "0-0"
    number: int = 0
    scored: int = 0
    missed: int = 0

    def less(self, lost: int) -> "ShadowPosition":
        """Count as missed what was scored and could not be kept."""
        return replace(self, scored=self.scored - lost, missed=self.missed + lost)


class Context(Struct, frozen=True, kw_only=True):
    """What a batch of entries turned out to be: work, stale (decide nothing), or unreadable."""

    waiting: tuple[Waiting, ...] = ()
    stale: tuple[Entry, ...] = ()
    unreadable: tuple[Entry, ...] = ()


class WorkerInfo(Struct, frozen=True, kw_only=True):
    """A worker's heartbeat; `paused` are lanes it takes nothing of, `keeps` those it keeps house for.

    `chores` says for each "lane/chore" of those when it was last done, in Unix seconds of the storage's clock. `seal`
    is the key by which questions to it are sealed, empty if it answers none.
    """

    name: str
    classifier: str
    version: str
    hash: str
    languages: tuple[str, ...]
    lanes: tuple[str, ...]
    healthy: bool
    per_second: float
    counters: dict[str, int]
    paused: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    chores: dict[str, float] = {}
    seal: bytes = b""


class Backlog(Struct, frozen=True, kw_only=True):
    """How much waits: entries over all lanes, the age of the oldest in seconds, and which lanes are paused."""

    entries: int
    oldest_seconds: float
    buried: int
    paused: tuple[str, ...] = ()
