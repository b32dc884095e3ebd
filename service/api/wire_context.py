"""What goes over the wire of a comment's surroundings."""

from datetime import datetime

from msgspec import Struct

from service.api.wire import PublicComment, ReviewComment
from service.api.wire_threads import ThreadView
from service.domain.comment import Comment
from service.domain.status import Status
from service.workflow.surroundings import Surroundings


class Blocked(Struct, frozen=True, kw_only=True):
    """A block that is in force."""

    until: datetime


class PastComment(Struct, frozen=True, kw_only=True):
    """One of an author's other comments."""

    id: str
    status: Status
    at: datetime
    body: str


class AuthorRecord(Struct, frozen=True, kw_only=True):
    """How an author has fared: of their newest 500 comments; what they withdrew is not counted.

    `reports` are nothing where it is not known, `blocked` where they are not blocked.
    """

    key: str
    strength: str
    approved: int
    held: int
    rejected: int
    deleted: int
    reports: int | None
    blocked: Blocked | None
    last: list[PastComment]


class Context(Struct, frozen=True, kw_only=True):
    """What a thread shows around a comment, what it answers, and its author's record."""

    thread: ThreadView | None
    before: list[PublicComment]
    parent: ReviewComment | None
    after: list[PublicComment]
    author: AuthorRecord

    @classmethod
    def from_surroundings(cls, found: Surroundings) -> "Context":
        """Show a comment's surroundings."""
        counts, author = found.record.counts, found.comment.author
        return cls(
            thread=ThreadView.from_record(found.thread, found.standing) if found.thread is not None else None,
            before=[PublicComment.from_record(comment) for comment in found.before],
            parent=ReviewComment.from_record(found.parent) if found.parent is not None else None,
            after=[PublicComment.from_record(comment) for comment in found.after],
            author=AuthorRecord(
                key=author.key,
                strength=author.strength,
                approved=counts.get("approved", 0),
                held=counts.get("held", 0),
                rejected=counts.get("rejected", 0),
                deleted=counts.get("deleted", 0),
                reports=None,
                blocked=Blocked(until=found.blocked_until) if found.blocked_until is not None else None,
                last=[_past(comment) for comment in found.record.last],
            ),
        )


def _past(comment: Comment) -> PastComment:
    return PastComment(id=comment.id, status=comment.status, at=comment.created_at, body=comment.body)
