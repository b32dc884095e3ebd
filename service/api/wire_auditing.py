"""What goes over the wire about blind audits: no score, reason or status before the judgement."""

from datetime import datetime

from msgspec import Struct

from service.api.wire import ReviewAuthor
from service.domain.auditing import Judgement
from service.domain.comment import Comment, Reason
from service.domain.scores import Scores
from service.domain.status import Status
from service.workflow.auditing import Judged


class AuditCard(Struct, frozen=True, kw_only=True):
    """A comment to be judged by its words alone."""

    id: str
    site: str
    version: int
    thread: str
    parent_id: str | None
    author: ReviewAuthor
    body: str
    created_at: datetime
    edited_at: datetime | None

    @classmethod
    def from_record(cls, comment: Comment) -> "AuditCard":
        """Show what a reader would see, and nothing of what a machine said."""
        author = comment.author
        return cls(
            id=comment.id,
            site=comment.site,
            version=comment.version,
            thread=comment.thread,
            parent_id=comment.parent_id,
            author=ReviewAuthor(
                key=author.key,
                strength=author.strength,
                name=author.name,
                website=author.website or None,
                staff=author.staff,
            ),
            body=comment.body,
            created_at=comment.created_at,
            edited_at=comment.edited_at,
        )


class AuditList(Struct, frozen=True, kw_only=True):
    """What waits to be judged, the oldest first; `total` counts all of it."""

    items: list[AuditCard]
    total: int
    next_cursor: str | None


class AuditJudgement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a comment is fit to be published; an unfit one that was names the house rule."""

    site: str
    id: str
    version: int
    judgement: Judgement
    house_rule: str | None = None


class AuditAnswer(Struct, frozen=True, kw_only=True):
    """What the machine had said, and whether the judgement, being another, moved the comment."""

    id: str
    judgement: Judgement
    machine: Status
    contradicts: bool
    applied: bool
    status: Status
    version: int
    scores: Scores | None
    reasons: tuple[Reason, ...]

    @classmethod
    def of(cls, judged: Judged) -> "AuditAnswer":
        """Tell of a judgement that is kept."""
        entry, comment = judged.entry, judged.comment
        assert entry.judgement is not None  # noqa: S101 - it was just judged
        return cls(
            id=entry.id,
            judgement=entry.judgement,
            machine=entry.stratum,
            contradicts=entry.contradicts,
            applied=judged.applied,
            status=comment.status,
            version=comment.version,
            scores=comment.scores,
            reasons=entry.reasons,
        )
