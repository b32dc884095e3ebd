"""The ports: what the workflow needs of storage, queue, events, fleet and classifier."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from service.domain.comment import Comment
from service.domain.orders import Accepted, Move, MoveResult, SubmitOrder
from service.domain.rule_settings import ThreadsRule
from service.domain.scores import Scores
from service.domain.site import ChangedThread, Site, Thread
from service.domain.standing import Standing
from service.domain.views import Change, ReviewPage, ReviewQuery, Sort, Stretch, ThreadPage
from service.domain.work import (
    Backlog,
    Context,
    Decided,
    Entry,
    Late,
    ShadowPosition,
    StreamName,
    Subject,
    WorkerInfo,
)

# What a policy says of threads that says nothing.
ANY = ThreadsRule()


@runtime_checkable
class CommentStore(Protocol):
    """Comments, their threads and their indexes. Every method raises StorageDown when the storage is away."""

    async def submit(self, site: Site, order: SubmitOrder) -> Accepted:
        """Store a submission whole or refuse it; raises Conflict, NotFound, TooMany or Unavailable."""
        ...

    async def load(self, site: Site, comment_id: str) -> Comment | None:
        """Read one comment."""
        ...

    async def load_many(self, site: Site, ids: Sequence[str]) -> list[Comment | None]:
        """Read up to 500 comments in one round trip."""
        ...

    async def move(self, site: Site, move: Move) -> MoveResult:
        """Apply one compare-and-set."""
        ...

    async def page(
        self, site: Site, thread: str, *, sort: Sort, limit: int, after: str | None, rule: ThreadsRule = ANY
    ) -> ThreadPage:
        """Read a page of what a thread shows, and how it stands where the policy's rule is its default."""
        ...

    async def standing(self, site: Site, thread: str, rule: ThreadsRule) -> Standing:
        """Read how a thread stands where the policy's rule is its default."""
        ...

    async def thread_version(self, site: Site, thread: str) -> int:
        """Read the number that grows whenever a thread shows something else; 0 for an unknown thread."""
        ...

    async def counts(self, site: Site, threads: Sequence[str]) -> list[int]:
        """Count the approved comments of each thread."""
        ...

    async def between(self, site: Site, *, first: str, last: str, limit: int, shadow: str | None = None) -> Stretch:
        """Read decided comments by id, oldest first: above `first`, up to `last`, with the scores of one shadow."""
        ...

    async def subjects(self, site: Site, comments: Sequence[Comment]) -> list[Subject]:
        """Add to comments all that a verdict on them needs, as the queue does for what waits."""
        ...

    async def review(self, site: Site, query: ReviewQuery) -> ReviewPage:
        """Read what moderators ask for."""
        ...

    async def thread(self, site: Site, thread: str) -> Thread | None:
        """Read a thread."""
        ...

    async def sections(self, site: Site, threads: Sequence[str]) -> list[str]:
        """Read the section of each thread; '' for one that has none or is not known."""
        ...

    async def patch_thread(
        self, site: Site, thread: str, *, changes: Thread, fields: frozenset[str], act: str | None = None
    ) -> ChangedThread:
        """Set the named fields of a thread, making it if it is new; `act` is an id that the caller made.

        Its version grows. To set `closed` to false lets its days begin anew.
        """
        ...


@runtime_checkable
class WorkQueue(Protocol):
    """The lane's three streams with their consumer group."""

    async def take(
        self, lane: str, consumer: str, *, count: int, block_ms: int, behind: int | None = None
    ) -> list[Entry]:
        """Take new entries: `count` of `live`, or `behind` (none: as many) of what stands behind it.

        `surplus` is read when `live` is empty or once in four turns, `bulk` when both are or once in twenty; with
        `behind` 0 neither is.
        """
        ...

    async def own(self, lane: str, consumer: str) -> list[Entry]:
        """Read what this consumer was given and has not finished."""
        ...

    async def reclaim(self, lane: str, consumer: str, *, idle_ms: int, count: int) -> list[Entry]:
        """Take over entries whose consumer let them lie; clears those whose entry is gone."""
        ...

    async def renew(self, lane: str, consumer: str, entries: Sequence[Entry]) -> None:
        """Say that the entries are still being worked on."""
        ...

    async def release(self, lane: str, entries: Sequence[Entry]) -> None:
        """Give entries back, uncounted, so that another worker takes them at once."""
        ...

    async def attempt(self, entry: Entry) -> int:
        """Count a try of this entry alone, before it begins; returns the tries so far, 0 for one that is done with."""
        ...

    async def unattempt(self, entry: Entry) -> None:
        """Take back a counted try that was not the entry's fault."""
        ...

    async def discard(self, entry: Entry, *, buried: str = "") -> None:
        """Acknowledge an entry that decides nothing."""
        ...

    async def context(self, site_of: dict[str, Site], entries: Sequence[Entry]) -> Context:
        """Read everything that the entries' verdicts need, in two round trips."""
        ...

    async def oldest(self, lane: str, stream: StreamName, *, after: str, count: int) -> list[Late]:
        """Read what waits in a stream, taken or not, the longest first; behind an entry, or from the first (empty)."""
        ...

    async def leave(self, lane: str, consumer: str) -> None:
        """Remove a consumer that holds nothing."""
        ...

    async def backlog(self, lanes: Sequence[str]) -> Backlog:
        """Measure what waits."""
        ...


@runtime_checkable
class Changes(Protocol):
    """The live channel."""

    def listen(self, site: Site, thread: str) -> AbstractAsyncContextManager[AsyncIterator[Change]]:
        """Follow a thread's moves from the moment of entering; ends when the connection to the storage is lost."""
        ...

    async def close(self) -> None:
        """End every listener."""
        ...


@runtime_checkable
class Fleet(Protocol):
    """The workers that are alive."""

    async def probe(self) -> None:
        """Prove that the storage can be written; raises StorageDown."""
        ...

    async def beat(self, info: WorkerInfo, *, seconds: int) -> None:
        """Say that a worker is alive for the next seconds."""
        ...

    async def workers(self) -> list[WorkerInfo]:
        """List the live workers."""
        ...

    async def leave(self, name: str) -> None:
        """Say that a worker is gone."""
        ...


@runtime_checkable
class ShadowFeed(Protocol):
    """The workers' decisions as a shadow follows them; it decides nothing and acknowledges nothing."""

    async def position(self, lane: str, shadow: str) -> ShadowPosition:
        """Read how far a shadow has come."""
        ...

    async def positions(self, lane: str) -> dict[str, ShadowPosition]:
        """Read how far each shadow has come that ever followed a lane, by its name."""
        ...

    async def read(self, lane: str, after: str, *, count: int, block_ms: int) -> list[Decided]:
        """Read decisions behind an entry."""
        ...

    async def store(
        self, lane: str, shadow: str, position: ShadowPosition, scored: Sequence[tuple[Comment, Scores]]
    ) -> ShadowPosition:
        """Keep the shadow's scores beside the records they are of, and how far it has come.

        Returns what was kept as its position: scores of a version that is no more count as missed.
        """
        ...


class Classifier(Protocol):
    """A model that gives one probability per label.

    `band` is how far a score of `score` may lie from that of `exact`: 0 where batch-mates make no difference.
    """

    name: str
    version: str
    hash: str
    labels: tuple[str, ...]
    languages: frozenset[str]
    band: float

    def score(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Give each text's probabilities in label order; raises ValueError for NaN or infinity."""
        ...

    def exact(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Give the same for each text as if it were scored alone, at the model's best precision."""
        ...

    def spans_of(self, texts: Sequence[str], limit: int = 5) -> list[dict[str, list[tuple[int, int]]]]:
        """Find for each text which words raised each label, as [start, end) code points of it."""
        ...
