"""What the storage is asked to change, and what it answers."""

from msgspec import Struct

from service.domain.blocking import Writing
from service.domain.comment import Comment
from service.domain.rule_settings import RateRule, ThreadsRule
from service.domain.work import Entry, StreamName


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


class Twin(Struct, frozen=True, kw_only=True):
    """What makes two submissions the same one: a keyed hash of author, thread, parent and text; for so many minutes."""

    key: str
    minutes: int


class SubmitOrder(Struct, frozen=True, kw_only=True):
    """Everything that one submission stores or refuses, in one round trip."""

    comment: Comment
    url: str = ""
    title: str = ""
    title_verified: bool = False
    idempotency: Idempotency | None = None
    limits: Limits | None = None
    stream: StreamName = "live"
    writing: Writing = Writing()
    threads: ThreadsRule = ThreadsRule()
    twin: Twin | None = None


class Accepted(Struct, frozen=True, kw_only=True):
    """The id that now stands for the submission; `replayed` when an earlier request made it."""

    id: str
    secret_id: str
    replayed: bool


class Move(Struct, frozen=True, kw_only=True):
    """One compare-and-set: `before` must still be stored, `after` has its version + 1 and one more trail entry.

    `entry` is acknowledged by the same script whatever comes of it; `buried` names the error that put the comment
    before a human; `requeue` writes a new queue entry for `after`. `claim` is the number of the claim by which a
    moderator decides; without one, a comment that somebody else has claimed is not theirs to decide. `writing` is who
    writes anew, for blocks to stop.
    """

    before: Comment
    after: Comment
    entry: Entry | None = None
    buried: str = ""
    requeue: bool = False
    claim: int | None = None
    writing: Writing = Writing()


class Moved(Struct, frozen=True, kw_only=True):
    """The move is stored."""

    comment: Comment


class Lost(Struct, frozen=True, kw_only=True):
    """Somebody else was first; `current` is what is stored now."""

    current: Comment


class Gone(Struct, frozen=True, kw_only=True):
    """There is no record any more."""


class Frozen(Struct, frozen=True, kw_only=True):
    """The site was frozen after a machine's verdict was made: nothing is stored, and the entry still waits."""


class OnHold(Struct, frozen=True, kw_only=True):
    """A legal hold keeps the text from being deleted or rewritten."""


class Claimed(Struct, frozen=True, kw_only=True):
    """Another moderator has claimed the comment, now or since; `by` is their id, empty where their claim ran out."""

    by: str


MoveResult = Moved | Lost | Gone | Frozen | OnHold | Claimed
