"""What moderators send and are told beside single decisions: claims, bulk decisions, undo, notes, escalations."""

from datetime import datetime
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from service.api.wire import ReviewComment
from service.domain.scores import Label
from service.domain.status import Status
from service.domain.views import ReviewQueue, ReviewSort


class ClaimFilters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which comments are claimed next; without any, those that are held, in the console's order.

    `without` are labels that the moderator leaves to others.
    """

    queue: ReviewQueue | None = None
    thread: str | None = None
    author: str | None = None
    label: Label | None = None
    min_score: float | None = None
    look: bool | None = None
    without: list[Label] | None = None
    sort: ReviewSort = "first"


class ClaimRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Comments to claim: these, or so many of the next."""

    site: str
    ids: list[str] | UnsetType = UNSET
    next: int | UnsetType = UNSET
    filters: ClaimFilters | None = None


class ClaimedComment(Struct, frozen=True, kw_only=True):
    """A comment that is now the asker's to decide, by this number, until then."""

    comment: ReviewComment
    claim: int
    until: datetime


class FailedItem(Struct, frozen=True, kw_only=True):
    """One of many that was refused; `problem` says why as a response of its own would."""

    id: str
    problem: dict[str, Any]


class ClaimedComments(Struct, frozen=True, kw_only=True):
    """What was claimed, in the queue's order, and what of the named ones was not."""

    items: list[ClaimedComment]
    failed: list[FailedItem]


class HeldClaim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A claim that one has."""

    id: str
    claim: int


class HeldClaims(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """1 to 100 claims."""

    site: str
    claims: list[HeldClaim]


class RenewedClaim(Struct, frozen=True, kw_only=True):
    """Whether a claim is still one's own, and until when."""

    id: str
    ok: bool
    until: datetime | None


class RenewedClaims(Struct, frozen=True, kw_only=True):
    """One answer for each claim, in the order of the request."""

    items: list[RenewedClaim]


class Skip(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comment that one does not want to be given next."""

    site: str
    id: str


class BulkItem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comment, and the version of it that was read."""

    id: str
    version: int


class BulkRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One decision on 1 to 500 comments; `reason` is told to their authors."""

    site: str
    items: list[BulkItem]
    action: Literal["approve", "reject", "hold"]
    house_rule: str | None = None
    reason: str = ""


class BulkDone(Struct, frozen=True, kw_only=True):
    """How many were decided, and which were not."""

    batch: str
    done: int
    failed: list[FailedItem]


class UndoRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to take back: a decision, or all of a batch."""

    site: str
    decision: str | UnsetType = UNSET
    batch: str | UnsetType = UNSET


class UndoDone(Struct, frozen=True, kw_only=True):
    """How many decisions are taken back, and which comments of a batch are as they were decided."""

    undone: int
    failed: list[FailedItem]


class NoteRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note for the other moderators."""

    site: str
    id: str
    version: int
    text: str


class EscalationRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A held comment that a senior moderator should decide, and what to tell them."""

    site: str
    id: str
    version: int
    note: str = ""


class Remarked(Struct, frozen=True, kw_only=True):
    """A comment after a note or an escalation; `decision` names an escalation for taking it back."""

    id: str
    status: Status
    version: int
    decision: str
