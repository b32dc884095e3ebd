"""What goes over the wire: requests with their form, answers with nothing that is not meant to leave."""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from service.api.wire_threads import ListedThread
from service.domain.comment import Comment, Decision, Note, Reason
from service.domain.scores import Scores
from service.domain.status import Status


class Refusal(ValueError):
    """A record was about to leave that must not."""


class SubmitAuthor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who sends: a name, and what makes them the same person next time."""

    name: str
    email: str | None = None
    website: str | None = None
    device: str | None = None


class SubmitComment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reader's comment, untrusted in every field."""

    thread: str
    author: SubmitAuthor
    body: str
    url: str | None = None
    title: str | None = None
    parent_id: str | None = None


class EditComment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An author's new text."""

    body: str


class SubmitReceipt(Struct, frozen=True, kw_only=True):
    """What the sender keeps."""

    id: str
    status: Literal["pending"]
    token: str
    status_url: str


class PublicAuthor(Struct, frozen=True, kw_only=True):
    """An author as readers see them."""

    name: str
    website: str | None


class PublicComment(Struct, frozen=True, kw_only=True):
    """An approved comment as readers see it."""

    id: str
    thread: str
    parent_id: str | None
    author: PublicAuthor
    body: str
    created_at: datetime
    edited_at: datetime | None

    @classmethod
    def from_record(cls, comment: Comment) -> "PublicComment":
        """Show an approved comment; raises Refusal for any other: the second lock behind the approved index."""
        if comment.status != "approved":
            message = f"comment {comment.id} is {comment.status}"
            raise Refusal(message)
        return cls(**_public(comment))


class Placeholder(Struct, frozen=True, kw_only=True):
    """The place of a comment that is no longer shown but has replies that are; the same whatever became of it."""

    id: str
    parent_id: str | None
    created_at: datetime
    removed: Literal[True] = True


class CommentList(Struct, frozen=True, kw_only=True):
    """A page of a thread."""

    items: list[PublicComment | Placeholder]
    next_cursor: str | None
    count: int
    thread: ListedThread


class ReasonText(Struct, frozen=True, kw_only=True):
    """A reason as its author reads it."""

    code: str
    text: str


class OwnComment(Struct, frozen=True, kw_only=True):
    """A comment as its author sees it, in any status."""

    id: str
    status: Status
    version: int
    created_at: datetime
    decided_at: datetime | None
    body: str
    reasons: list[ReasonText]


class Counts(Struct, frozen=True, kw_only=True):
    """How many comments each thread shows."""

    counts: dict[str, int]


class ReviewAuthor(Struct, frozen=True, kw_only=True):
    """An author as moderators see them."""

    key: str
    strength: str
    name: str
    website: str | None


class ClaimedBy(Struct, frozen=True, kw_only=True):
    """Which moderator is deciding a comment, and until when that is believed."""

    by: str
    name: str
    until: datetime


class ReviewComment(Struct, frozen=True, kw_only=True):
    """A comment as moderators see it: everything but hashes of addresses and e-mail."""

    id: str
    thread: str
    parent_id: str | None
    author: ReviewAuthor
    body: str
    created_at: datetime
    edited_at: datetime | None
    site: str
    status: Status
    look: bool
    version: int
    scores: Scores | None
    reasons: tuple[Reason, ...]
    statement: str
    notes: tuple[Note, ...]
    trail: tuple[Decision, ...]
    escalated: bool
    urgent: bool
    claimed: ClaimedBy | None

    @classmethod
    def from_record(cls, comment: Comment, claimed: ClaimedBy | None = None) -> "ReviewComment":
        """Show a comment to a moderator."""
        author = comment.author
        seen = ReviewAuthor(key=author.key, strength=author.strength, name=author.name, website=author.website or None)
        return cls(
            **{**_public(comment), "author": seen},
            site=comment.site,
            status=comment.status,
            look=comment.look,
            version=comment.version,
            scores=comment.scores,
            reasons=comment.reasons,
            statement=comment.statement,
            notes=comment.notes,
            trail=comment.trail,
            escalated=comment.escalated,
            urgent=comment.urgent,
            claimed=claimed,
        )


class ReviewList(Struct, frozen=True, kw_only=True):
    """A page of what moderators asked for."""

    items: list[ReviewComment]
    next_cursor: str | None


class DecisionRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One decision; `reason` is told to the author, `note` stays among moderators.

    A rejection names a `house_rule` once the site has any. `claim` is the number of the claim by which one decides.
    """

    site: str
    id: str
    version: int
    action: Literal["approve", "reject", "hold"]
    reason: str = ""
    note: str = ""
    house_rule: str | None = None
    claim: int | None = None


class DecisionRequests(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """1 to 100 decisions."""

    decisions: list[DecisionRequest]


class DecisionDone(Struct, frozen=True, kw_only=True):
    """A decision that was applied; `decision` names it for taking it back."""

    id: str
    ok: Literal[True]
    status: Status
    version: int
    decision: str


class DecisionFailed(Struct, frozen=True, kw_only=True):
    """A decision that was not; `problem` says why as a response of its own would."""

    id: str
    ok: Literal[False]
    problem: dict[str, Any]


class DecisionResults(Struct, frozen=True, kw_only=True):
    """One result for each decision, in the order of the request."""

    results: list[DecisionDone | DecisionFailed]


def _public(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "thread": comment.thread,
        "parent_id": comment.parent_id,
        "author": PublicAuthor(name=comment.author.name, website=comment.author.website or None),
        "body": comment.body,
        "created_at": comment.created_at,
        "edited_at": comment.edited_at,
    }


def shown(comment: Comment) -> PublicComment | Placeholder:
    """Show an approved comment, or the place of one that was withdrawn."""
    if comment.status == "approved":
        return PublicComment.from_record(comment)
    return Placeholder(id=comment.id, parent_id=comment.parent_id, created_at=comment.created_at)
