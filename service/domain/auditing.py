"""The blind audit: a random share of a day's automatic decisions, judged by people who do not see the scores.

A day is of those comments that were submitted on it (UTC). Its frame is what machines approved or rejected of them
and nobody has touched when the day is drawn; each stratum's sample is drawn without replacement and uniformly: the
members with the lowest lots, which follow from site, day and member alone. So a second drawing finds the same sample.
"""

import hashlib
import math
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Protocol, get_args, runtime_checkable

from msgspec import Struct

from service.domain.comment import Comment, Reason
from service.domain.ids import minted_at
from service.domain.rule_settings import AuditRule
from service.domain.site import Site
from service.domain.status import MACHINES

Stratum = Literal["approved", "rejected"]
STRATA: tuple[Stratum, ...] = get_args(Stratum)
Judgement = Literal["fit", "unfit"]
KEPT_DAYS = 400
"""For how long the ledger is kept."""
LOTS = 1 << 64


class Drawn(Struct, frozen=True, kw_only=True):
    """What is drawn of one stratum: how many of how many, and the highest lot among them (-1: none)."""

    size: int
    sample: int
    cut: int


class AuditPlan(Struct, frozen=True, kw_only=True):
    """What is drawn of a day, settled before the first comment of it is put into the queue."""

    day: str
    approved: Drawn
    rejected: Drawn

    def of(self, stratum: Stratum) -> Drawn:
        """Give one stratum's."""
        return self.approved if stratum == "approved" else self.rejected


class AuditEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One comment of a sample; nothing of it is text or tells who wrote, and it stays when the comment goes.

    It stood for `size / sample` members of its stratum. `dropped` says why it will not be judged: `moved` or `gone`.
    `decision` is the one by which the judgement was applied.
    """

    id: str
    day: str
    stratum: Stratum
    version: int
    size: int
    sample: int
    labels: dict[str, float]
    classifier: str
    policy_version: int | None = None
    reasons: tuple[Reason, ...] = ()
    judgement: Judgement | None = None
    by: str = ""
    at: datetime | None = None
    house_rule: str | None = None
    decision: str = ""
    dropped: Literal["", "moved", "gone"] = ""

    @property
    def contradicts(self) -> bool:
        """Tell whether the judgement is another than the machine's."""
        return self.judgement == ("unfit" if self.stratum == "approved" else "fit")


class AuditDay(Struct, frozen=True, kw_only=True):
    """What a stratum's day came to: drawn, put into the queue, judged, dropped."""

    day: str
    stratum: Stratum
    size: int
    sample: int
    fit: int = 0
    unfit: int = 0
    dropped: int = 0


Judging = Literal["ok", "moved", "other", "none"]


@runtime_checkable
class Audits(Protocol):
    """The audit ledger and its queue."""

    async def salt(self, site: Site) -> str:
        """Give the site's own secret for lots, made when it is first asked for."""
        ...

    async def plan(self, site: Site, day: str) -> AuditPlan | None:
        """Read what is drawn of a day, if that is settled."""
        ...

    async def settle(self, site: Site, plan: AuditPlan) -> AuditPlan:
        """Settle what is drawn of a day; returns the plan that was there first."""
        ...

    async def is_done(self, site: Site, day: str) -> bool:
        """Tell whether all of a day's sample is in the queue."""
        ...

    async def place(self, site: Site, entries: list[AuditEntry]) -> int:
        """Put up to 200 comments into the queue, each if it has not moved and was not put there before."""
        ...

    async def finish(self, site: Site, day: str) -> None:
        """Say that all of a day's sample is in the queue."""
        ...

    async def waiting(self, site: Site, *, after: str, limit: int) -> list[AuditEntry]:
        """List what waits to be judged, the oldest comment first, behind an id ('' from the start)."""
        ...

    async def count(self, site: Site) -> int:
        """Count what waits to be judged."""
        ...

    async def entry(self, site: Site, comment_id: str) -> AuditEntry | None:
        """Find what was drawn, judged or not."""
        ...

    async def judge(self, site: Site, before: AuditEntry, after: AuditEntry) -> Judging:
        """Keep a judgement, or why there is none, in place of the entry that its maker saw.

        A judgement needs the comment as it was drawn: else it is `moved`, and nothing is kept. `other`: somebody else
        was first.
        """
        ...

    async def days(self, site: Site, first: str, last: str) -> list[AuditDay]:
        """Read what each settled day came to, oldest first."""
        ...

    async def entries(self, site: Site, day: str) -> list[AuditEntry]:
        """Read everything that was drawn of a day."""
        ...

    async def forget(self, site: Site, day: str) -> None:
        """Forget a day."""
        ...


def stratum_of(comment: Comment) -> Stratum | None:
    """Name the stratum of an automatic decision that still stands; nothing for whatever else it is."""
    last = comment.trail[-1] if comment.trail else None
    if last is None or last.actor not in MACHINES or comment.scores is None:
        return None
    if comment.status == "approved":
        return "approved"
    return "rejected" if comment.status == "rejected" else None


def lot_of(salt: str, site: str, day: str, comment_id: str) -> int:
    """Give a comment's lot, 0 to 2^64 - 1: as good as random, and always the same."""
    digest = hashlib.sha256(f"{salt} {site} {day} {comment_id}".encode()).digest()
    return int.from_bytes(digest[:8])


def sample_size(rule: AuditRule, size: int) -> int:
    """Say how many of so many are drawn."""
    return min(size, max(math.ceil(rule.share * size), rule.least))


def drawn(lots: list[int], rule: AuditRule) -> Drawn:
    """Settle what is drawn of a stratum whose members have these lots."""
    sample = sample_size(rule, len(lots))
    return Drawn(size=len(lots), sample=sample, cut=sorted(lots)[sample - 1] if sample else -1)


def entry_of(comment: Comment, plan: AuditPlan, stratum: Stratum) -> AuditEntry:
    """Make the ledger's entry of a comment: its numbers and codes, and no words."""
    last, scores, of = comment.trail[-1], comment.scores, plan.of(stratum)
    return AuditEntry(
        id=comment.id,
        day=plan.day,
        stratum=stratum,
        version=comment.version,
        size=of.size,
        sample=of.sample,
        labels=scores.labels if scores else {},
        classifier=scores.classifier if scores else "",
        policy_version=last.policy_version,
        reasons=last.reasons,
    )


def day_of(comment_id: str) -> str:
    """Name the day on which a comment was submitted, `2026-11-24`."""
    return minted_at(comment_id).date().isoformat()


def bounds_of(day: str) -> tuple[datetime, datetime]:
    """Give a day's first moment and the next day's."""
    begin = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    return begin, begin + timedelta(days=1)
