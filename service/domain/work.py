"""What waits, who works, and what a shadow follows."""

from typing import Literal

from msgspec import Struct

from service.domain.comment import Comment
from service.domain.policy import Policy
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
    """A comment with all that a verdict on it needs."""

    comment: Comment
    site: Site
    policy: Policy
    mode: Mode
    parent_shown: bool


class Waiting(Struct, frozen=True, kw_only=True):
    """What waits: a queue entry and the subject it brought."""

    entry: Entry
    subject: Subject


class Decided(Struct, frozen=True, kw_only=True):
    """One of the workers' decisions, numbered without gaps, as a shadow reads of it."""

    entry_id: str
    number: int
    site: str
    id: str
    version: int


class ShadowPosition(Struct, frozen=True, kw_only=True):
    """How far a shadow has read, how many decisions it scored, and how many were gone before it came to them."""

    entry_id: str = "0-0"
    number: int = 0
    scored: int = 0
    missed: int = 0


class Context(Struct, frozen=True, kw_only=True):
    """What a batch of entries turned out to be: work, stale (decide nothing), or unreadable."""

    waiting: tuple[Waiting, ...] = ()
    stale: tuple[Entry, ...] = ()
    unreadable: tuple[Entry, ...] = ()


class WorkerInfo(Struct, frozen=True, kw_only=True):
    """A worker's heartbeat."""

    name: str
    classifier: str
    version: str
    hash: str
    languages: tuple[str, ...]
    lanes: tuple[str, ...]
    healthy: bool
    per_second: float
    counters: dict[str, int]


class Backlog(Struct, frozen=True, kw_only=True):
    """How much waits: entries over all lanes, and the age of the oldest in seconds."""

    entries: int
    oldest_seconds: float
    buried: int
