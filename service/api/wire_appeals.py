"""Appeals over the wire: what an author sends, and what moderators see of it."""

from datetime import datetime

import msgspec
from msgspec import Struct

from service.api.wire import ReviewComment
from service.domain.appealing import first_rejection, is_independent
from service.domain.comment import Comment, Decision


class SendAppeal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an author says against a rejection."""

    text: str


class AppealReceived(Struct, frozen=True, kw_only=True):
    """The comment waits for another look."""

    id: str
    state: str


class SeenAppeal(Struct, frozen=True, kw_only=True):
    """What the author says. `independent` is false for whoever had rejected it, who is not shown why: `hidden`."""

    at: datetime
    text: str
    independent: bool
    first_house_rule: str | None
    first_reason: str
    hidden: bool


class AppealedComment(Struct, frozen=True, kw_only=True):
    """A comment that waits on an appeal; it is decided as any held comment is."""

    comment: ReviewComment
    appeal: SeenAppeal

    @classmethod
    def of(cls, comment: Comment, moderator: str) -> "AppealedComment":
        """Show an appealed comment to one moderator."""
        assert comment.appeal is not None  # noqa: S101 - what waits on an appeal has one
        first = first_rejection(comment)
        own = not is_independent(comment, moderator)
        seen = ReviewComment.from_record(comment)
        return cls(
            comment=_without_reasons(seen, first) if own else seen,
            appeal=SeenAppeal(
                at=comment.appeal.at,
                text=comment.appeal.text,
                independent=not own,
                first_house_rule=None if own or first is None else first.house_rule,
                first_reason="" if own else comment.statement,
                hidden=own,
            ),
        )


def _without_reasons(seen: ReviewComment, first: Decision | None) -> ReviewComment:
    """Leave out why and with which words the same moderator rejected it, and what they noted then."""
    trail = tuple(
        msgspec.structs.replace(made, reasons=(), house_rule=None) if first and made.id == first.id else made
        for made in seen.trail
    )
    notes = tuple(note for note in seen.notes if first is None or note.by != first.by)
    return msgspec.structs.replace(seen, reasons=(), statement="", notes=notes, trail=trail)


class AppealedComments(Struct, frozen=True, kw_only=True):
    """What waits on an appeal, the riskiest first; at most 100."""

    items: list[AppealedComment]
