"""The ports: what the workflow needs of storage, queue, events, fleet and classifier."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from service.domain.comment import Comment
from service.domain.policy import Policy, RateRule
from service.domain.scores import Scores
from service.domain.site import Mode, Principal, Site, Thread
from service.domain.status import Status

Sort = Literal["oldest", "newest"]
ReviewSort = Literal["oldest", "newest", "riskiest"]
StreamName = Literal["live", "bulk"]


class Idempotency(Struct, frozen=True, kw_only=True):
    """A client's key, hashed, what it stands for, and the id of the secret that signs the answer's token."""

    key: str
    fingerprint: str
    secret_id: str


class Limits(Struct, frozen=True, kw_only=True):
    """Whom the reader's limits count: keyed hashes of address and author."""

    rate: RateRule
    address: str
    author: str


class SubmitOrder(Struct, frozen=True, kw_only=True):
    """Everything that one submission stores or refuses, in one round trip."""

    comment: Comment
    url: str = ""
    title: str = ""
    title_verified: bool = False
    idempotency: Idempotency | None = None
    limits: Limits | None = None
    stream: StreamName = "live"


class Accepted(Struct, frozen=True, kw_only=True):
    """The id that now stands for the submission; `replayed` when an earlier request made it."""

    id: str
    secret_id: str
    replayed: bool


class Entry(Struct, frozen=True, kw_only=True):
    """One queue entry as it was delivered; `deliveries` starts at 1."""

    lane: str
    stream: StreamName
    entry_id: str
    site: str
    id: str
    version: int
    deliveries: int = 1


class Move(Struct, frozen=True, kw_only=True):
    """One compare-and-set: `before` must still be stored, `after` has its version + 1 and one more trail entry.

    `entry` is acknowledged by the same script whatever comes of it; `buried` names the error that put the comment
    before a human; `requeue` writes a new queue entry for `after`.
    """

    before: Comment
    after: Comment
    entry: Entry | None = None
    buried: str = ""
    requeue: bool = False


class Moved(Struct, frozen=True, kw_only=True):
    """The move is stored."""

    comment: Comment


class Lost(Struct, frozen=True, kw_only=True):
    """Somebody else was first; `current` is what is stored now."""

    current: Comment


class Gone(Struct, frozen=True, kw_only=True):
    """There is no record any more."""


MoveResult = Moved | Lost | Gone


class ThreadPage(Struct, frozen=True, kw_only=True):
    """A page of a thread: approved comments, and withdrawn ones that still carry shown replies."""

    comments: tuple[Comment, ...]
    count: int
    version: int
    more: bool


class ReviewQuery(Struct, frozen=True, kw_only=True):
    """What a moderator asks for; `after` is the last row's (score, id) of the page before."""

    status: Status | None = None
    look: bool | None = None
    thread: str | None = None
    author: str | None = None
    label: str | None = None
    min_score: float | None = None
    sort: ReviewSort = "oldest"
    limit: int = 50
    after: tuple[float, str] | None = None


class ReviewPage(Struct, frozen=True, kw_only=True):
    """Matching comments and where to go on; a page may be short, even empty, and still have more."""

    comments: tuple[Comment, ...]
    after: tuple[float, str] | None


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


class Kept(Struct, frozen=True, kw_only=True):
    """A decided comment, and the scores that a shadow classifier gave it, if one did."""

    comment: Comment
    shadow: Scores | None


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


class Change(Struct, frozen=True, kw_only=True):
    """A move as the live channel tells it: ids and status only, never content."""

    id: str
    before: Status
    after: Status
    version: int
    count: int


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


@runtime_checkable
class CommentStore(Protocol):
    """Comments, their threads and their indexes. Every method raises StorageDown when the storage is away."""

    async def submit(self, site: Site, order: SubmitOrder) -> Accepted:
        """Store a submission whole or refuse it; raises Conflict, NotFound, TooMany or Unavailable."""
        ...

    async def load(self, site: Site, comment_id: str) -> Comment | None:
        """Read one comment."""
        ...

    async def move(self, site: Site, move: Move) -> MoveResult:
        """Apply one compare-and-set."""
        ...

    async def page(self, site: Site, thread: str, *, sort: Sort, limit: int, after: str | None) -> ThreadPage:
        """Read a page of what a thread shows."""
        ...

    async def thread_version(self, site: Site, thread: str) -> int:
        """Read the number that grows whenever a thread shows something else; 0 for an unknown thread."""
        ...

    async def counts(self, site: Site, threads: Sequence[str]) -> list[int]:
        """Count the approved comments of each thread."""
        ...

    async def between(self, site: Site, *, first: str, last: str, limit: int) -> list[Kept]:
        """Read decided comments by id, oldest first: above `first`, up to `last`."""
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

    async def patch_thread(
        self,
        site: Site,
        thread: str,
        *,
        changes: Thread,
        fields: frozenset[str],
    ) -> Thread:
        """Set the named fields of a thread, making it if it is new."""
        ...


@runtime_checkable
class WorkQueue(Protocol):
    """The lane's two streams with their consumer group."""

    async def take(self, lane: str, consumer: str, *, count: int, block_ms: int) -> list[Entry]:
        """Take new entries; `bulk` is read when `live` is empty or once in twenty turns."""
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
        """Count a try of this entry alone, before it begins; returns the tries so far."""
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

    async def leave(self, lane: str, consumer: str) -> None:
        """Remove a consumer that holds nothing."""
        ...

    async def backlog(self, lanes: Sequence[str]) -> Backlog:
        """Measure what waits."""
        ...


@runtime_checkable
class Directory(Protocol):
    """Sites, policies and credentials; reads may be up to 5 seconds old."""

    async def site(self, site_id: str) -> Site | None:
        """Find a site."""
        ...

    async def sites(self) -> list[Site]:
        """List every site, by id."""
        ...

    async def lanes(self) -> list[str]:
        """List the lanes in use."""
        ...

    async def add_site(self, site: Site, policy: Policy) -> None:
        """Store a new site; raises Conflict when the id is taken."""
        ...

    async def put_site(self, site: Site) -> None:
        """Replace the record of a site that exists; its lane stays."""
        ...

    async def remove_site(self, site: Site) -> int:
        """Remove a site with everything of it; returns the number of comments removed."""
        ...

    async def policy(self, site: Site) -> Policy:
        """Read a site's policy as it is now."""
        ...

    async def recent_policy(self, site: Site) -> Policy:
        """Read a site's policy as it was at most 5 seconds ago."""
        ...

    async def put_policy(self, site: Site, policy: Policy, *, replaces: int) -> None:
        """Store a policy; raises Precondition when `replaces` is not the stored version."""
        ...

    async def principal(self, token: str) -> Principal | None:
        """Find whom a credential speaks for."""
        ...

    async def add_principal(self, principal: Principal, token: str) -> None:
        """Store a principal under its token's hash."""
        ...

    async def principals(self) -> list[Principal]:
        """List every principal, by id."""
        ...

    async def revoke(self, principal_id: str) -> bool:
        """Remove a principal; tells whether there was one."""
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
    ) -> None:
        """Keep the shadow's scores beside the records they are of, and how far it has come."""
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
