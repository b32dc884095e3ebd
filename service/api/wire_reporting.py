"""Reports over the wire: what a reader sends, and what moderators see of it."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from service.api.wire import ReviewComment
from service.domain.comment import Comment
from service.domain.reporting import Report, weight


class SendReport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a reader says of a comment: that it breaks a house rule or none by name, or that it is against the law."""

    kind: Literal["rule", "illegal"] = "rule"
    house_rule: str | None = None
    text: str | None = None
    device: str | None = None
    jwt: str | None = None


class Received(Struct, frozen=True, kw_only=True):
    """The answer to every report, whatever becomes of it."""

    received: Literal[True] = True


class SeenReport(Struct, frozen=True, kw_only=True):
    """One report as moderators see it: without who sent it; `weight` is what their past gives it, 0 to 1."""

    kind: Literal["rule", "illegal"]
    house_rule: str | None
    text: str
    at: datetime
    weight: float


class ReportedComment(Struct, frozen=True, kw_only=True):
    """A comment with its open reports; `urgent` where somebody says that it is against the law."""

    comment: ReviewComment
    reports: list[SeenReport]
    weight: float
    urgent: bool

    @classmethod
    def of(cls, comment: Comment, reports: list[Report]) -> "ReportedComment":
        """Show a comment and its reports."""
        seen = [
            SeenReport(kind=one.kind, house_rule=one.house_rule, text=one.text, at=one.at, weight=round(one.weight, 4))
            for one in reports
        ]
        return cls(
            comment=ReviewComment.from_record(comment),
            reports=seen,
            weight=round(weight(reports), 4),
            urgent=any(one.kind == "illegal" for one in reports),
        )


class ReportedComments(Struct, frozen=True, kw_only=True):
    """What readers reported and nobody answered yet, the most pressing first; at most 100."""

    items: list[ReportedComment]


class DismissReports(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Find nothing wrong with a reported comment."""

    site: str
    id: str
    action: Literal["dismiss"]


class Dismissed(Struct, frozen=True, kw_only=True):
    """How many reports were closed."""

    id: str
    dismissed: int
