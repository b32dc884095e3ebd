"""Appeals: what a rejection is, until when its author may ask for another look, and what came of it."""

from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from service.domain.comment import Comment, Decision, standing
from service.domain.rule_settings import AppealsRule
from service.domain.site import Site

APPEAL_POINTS = 1_000

AppealState = Literal["impossible", "possible", "waiting", "upheld", "overturned"]


def waits_on_appeal(comment: Comment) -> bool:
    """Tell whether a comment is held because its author appealed, and nobody has decided since."""
    last = standing(comment.trail)
    return comment.status == "held" and last is not None and last.actor == "appeal"


def held_by_reports(comment: Comment) -> bool:
    """Tell whether readers' reports hold a comment."""
    last = standing(comment.trail)
    return comment.status == "held" and last is not None and last.actor == "report"


def first_rejection(comment: Comment) -> Decision | None:
    """Find the decision that an appeal is against."""
    if comment.appeal is None:
        return None
    return next((one for one in comment.trail if one.id == comment.appeal.against), None)


def is_independent(comment: Comment, moderator: str) -> bool:
    """Tell whether a moderator may decide without having decided before; a machine's rejection is nobody's."""
    first = first_rejection(comment) if waits_on_appeal(comment) else None
    return first is None or first.actor != "moderator" or first.by != moderator


def until(comment: Comment, rule: AppealsRule) -> datetime | None:
    """Say until when a rejection may be appealed; nothing where it may not be at all, or was already."""
    last = standing(comment.trail)
    if not rule.enabled or comment.status != "rejected" or comment.appeal is not None or last is None:
        return None
    return last.at + timedelta(days=rule.days)


def state(comment: Comment, rule: AppealsRule, now: datetime) -> AppealState:
    """Say what its author reads of an appeal: whether there may be one, and what came of it."""
    if comment.appeal is None:
        end = until(comment, rule)
        return "possible" if end is not None and now < end else "impossible"
    if comment.status == "held":
        return "waiting"
    if comment.status == "approved":
        return "overturned"
    return "upheld" if comment.status == "rejected" else "impossible"


@runtime_checkable
class Appeals(Protocol):
    """Who waits on an appeal, and how often authors make one; raises StorageDown when the storage is away."""

    async def count(self, site: Site, author: str, *, a_day: int, call: str) -> None:
        """Count an appeal of an author, once for each call; raises TooMany beyond so many a day."""
        ...

    async def waiting(self, site: Site, *, limit: int) -> list[str]:
        """List comments that wait on an appeal, by id, the riskiest first."""
        ...

    async def forget(self, site: Site, author: str, *, dry_run: bool) -> int:
        """Remove what limits an author, or only count it."""
        ...
