"""Readers' reports: what one weighs, when they hold a comment, and the port that keeps them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from service.domain.comment import Comment
from service.domain.site import Site

REPORT_POINTS = 1_000
# So many reports of one text are kept; notices of illegal content find room beyond.
MOST = 200
MOST_ILLEGAL = 400
# So many reports of one reader are open at once.
MOST_OPEN = 500
KEPT_DAYS = 90
# Whose reports were judged so often is known; until then a report holds nothing.
PROVEN = 5
AN_HOUR = 20
A_BURST = 10

ReportKind = Literal["rule", "illegal"]
Outcome = Literal["stored", "known", "full", "moved"]


class Record(Struct, frozen=True, kw_only=True):
    """How often a reader's reports were right and wrong, as moderators decided."""

    right: int = 0
    wrong: int = 0


class Report(Struct, frozen=True, kw_only=True):
    """One reader's report on one version of a comment; reporter and address are keyed hashes.

    `weight` is what the reporter's past gave it, 0 to 1; `address` is empty behind the site's own key.
    """

    id: str
    reporter: str
    address: str
    kind: ReportKind
    at: datetime
    version: int
    weight: float = 0.0
    house_rule: str | None = None
    text: str = ""


class ReportOrder(Struct, frozen=True, kw_only=True):
    """What to count and, if there is something to report, to keep.

    `text_version` is the version in which the comment's author last wrote it. Without `comment` only limits count.
    """

    report: Report
    comment: str | None
    text_version: int
    limited: bool = True


class Judged(Struct, frozen=True, kw_only=True):
    """What a moderator's decision says of reports: right, wrong, or nothing; `rest` is the priority of what is left."""

    reporters: tuple[str, ...]
    verdict: Literal["right", "wrong", "none"]
    rest: float = 0.0


def weight_of(record: Record) -> float:
    """Weigh a reporter by their past: 0 until it is proven, then their smoothed share of right reports above a half."""
    judged = record.right + record.wrong
    if judged < PROVEN:
        return 0.0
    return max(0.0, 2 * (record.right + 1) / (judged + 2) - 1)


def weight(reports: Sequence[Report]) -> float:
    """Weigh reports together: of those behind one address only the heaviest counts."""
    by_address: dict[str, float] = {}
    for report in reports:
        who = report.address or report.reporter
        by_address[who] = max(by_address.get(who, 0.0), report.weight)
    return sum(by_address.values())


def priority(reports: Sequence[Report]) -> float:
    """Say which comment is looked at first: notices of illegal content, then weight, then how many reported."""
    illegal = any(report.kind == "illegal" for report in reports)
    return 1e6 * illegal + 100 * weight(reports) + len({report.address or report.reporter for report in reports})


def text_version(comment: Comment) -> int:
    """Say in which version its author last wrote a comment."""
    edits = [place for place, made in enumerate(comment.trail) if made.actor == "author" and made.after == "pending"]
    return edits[-1] + 2 if edits else 1


def was_public(comment: Comment) -> bool:
    """Tell whether readers have seen a comment as it is written now."""
    written = text_version(comment)
    return any(made.after == "approved" for made in comment.trail[written - 1 :])


def judgement(comment: Comment) -> tuple[int, Literal["right", "wrong"]] | None:
    """Find the moderator's decision that stands on a text: the version it made, and what it says of reports before."""
    undone: set[str] = set()
    for place in range(len(comment.trail) - 1, text_version(comment) - 2, -1):
        made = comment.trail[place]
        if made.undoes:
            undone.add(made.undoes)
        elif made.id not in undone and made.actor == "moderator" and made.before != made.after:
            if made.after in ("approved", "rejected"):
                return place + 2, "right" if made.after == "rejected" else "wrong"
            return None
    return None


def is_immune(comment: Comment) -> bool:
    """Tell whether a moderator has approved a comment as it is written now: rule reports do nothing any more."""
    found = judgement(comment)
    return comment.status == "approved" and found is not None and found[1] == "wrong"


@runtime_checkable
class Reports(Protocol):
    """Reports and the readers who sent them. Every method raises StorageDown when the storage is away."""

    kind: str

    async def file(self, site: Site, order: ReportOrder) -> Outcome:
        """Count a report against its limits and keep it, once by its id; raises TooMany."""
        ...

    async def records(self, site: Site, reporters: Sequence[str]) -> list[Record]:
        """Read how each reporter's reports fared."""
        ...

    async def of_comment(self, site: Site, comment_id: str) -> list[Report]:
        """Read the open reports of a comment, oldest first."""
        ...

    async def open(self, site: Site, *, offset: int, limit: int) -> list[tuple[str, float]]:
        """List comments with open reports and their priority, highest first."""
        ...

    async def settle(self, site: Site, comment_id: str, judged: Judged) -> int:
        """Close reports and credit those who sent them, each once; returns how many were closed."""
        ...

    async def shield(self, site: Site, comment_id: str, text_version: int) -> None:
        """Make a text immune to rule reports, as a moderator's approval does."""
        ...

    async def forget(self, site: Site, comment_ids: Sequence[str], *, dry_run: bool) -> int:
        """Remove all reports of some comments, or only count them."""
        ...

    async def of_reporter(self, site: Site, reporter: str) -> list[tuple[str, Report]]:
        """Read the open reports of one reader, with the comments they are on."""
        ...

    async def forget_reporter(self, site: Site, reporter: str, *, dry_run: bool) -> int:
        """Remove everything of a reader: reports, record and limits, or only count the reports."""
        ...
