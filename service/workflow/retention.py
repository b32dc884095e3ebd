"""What is old goes: by status and days, as the site's policy says."""

from collections import Counter
from datetime import timedelta

from msgspec import Struct

from service.domain.appealing import waits_on_appeal
from service.domain.errors import NotFound
from service.domain.ids import first_id
from service.domain.keeping import Trace
from service.domain.moves import deleted
from service.domain.orders import Move, Moved, OnHold
from service.domain.rule_settings import RetentionRule
from service.domain.site import Site
from service.domain.status import Status
from service.workflow.archive import Archive

STEP = 200
# A status, and the last id that was looked at.
Position = tuple[Status, str]


class Swept(Struct, frozen=True, kw_only=True):
    """What a step did, and where the next one goes on: a status and the last id looked at; nothing at the end.

    `purged` records are gone; `wiped` ones keep their place because replies to them are shown.
    """

    looked_at: int
    purged: int
    wiped: int
    kept_under_legal_hold: int
    position: Position | None


async def sweep(archive: Archive, site: Site, position: Position | None = None, *, limit: int = STEP) -> Swept:
    """Look at up to `limit` comments of one status, oldest first, and remove those whose days are over.

    Days count from the last decision. Begin with no position; raises NotFound for a site without a policy.
    """
    days = _days((await archive.directory.policy(site)).rules.retention)
    statuses = list(days)
    if not statuses or (position is not None and position[0] not in days):
        return Swept(looked_at=0, purged=0, wiped=0, kept_under_legal_hold=0, position=None)
    status, after = position or (statuses[0], "")
    oldest = archive.now() - timedelta(days=days[status])
    page = await archive.traces.aged(site, status, after=after, last=first_id(oldest), limit=limit)
    over = [trace for trace in page.traces if (trace.comment.decided_at or trace.comment.created_at) < oldest]
    # Whoever appealed is answered first, however long it takes.
    due = [trace for trace in over if not trace.on_hold and not waits_on_appeal(trace.comment)]
    for place in archive.places:
        await place.forget(site, [trace.comment.id for trace in due], dry_run=False)
    counts = Counter([await _remove(archive, site, trace) for trace in due])
    following: Position | None = None
    if page.after is not None:
        following = (status, page.after)
    elif status != statuses[-1]:
        following = (statuses[statuses.index(status) + 1], "")
    return Swept(
        looked_at=len(page.traces) + page.unreadable,
        purged=counts["purged"],
        wiped=counts["wiped"],
        kept_under_legal_hold=sum(trace.on_hold for trace in over) + counts["on hold"],
        position=following,
    )


def _days(rule: RetentionRule) -> dict[Status, int]:
    named: dict[Status, int | None] = {
        "rejected": rule.rejected_days,
        "held": rule.held_days,
        "approved": rule.approved_days,
        "deleted": rule.deleted_days,
    }
    return {status: days for status, days in named.items() if days is not None}


async def _remove(archive: Archive, site: Site, trace: Trace) -> str:
    """Remove one comment whose time has come; tells what became of it."""
    comment, wiped = trace.comment, False
    if comment.status != "deleted" and (comment.status == "approved" or trace.replies):
        # What is listed is withdrawn first; where replies hang on it, its place stays.
        await archive.traces.forget_answers(site, [trace])
        after = deleted(comment, at=archive.now(), actor="retention")
        result = await archive.comments.move(site, Move(before=comment, after=after))
        if not isinstance(result, Moved):
            return "on hold" if isinstance(result, OnHold) else "lost"
        comment, wiped = after, True
    purged = await archive.traces.purge(site, comment)
    return "wiped" if wiped and purged == "listed" else purged


class RetentionChore:
    """Sweeps every site of a lane, over and over."""

    name = "retention"
    period = 3600.0

    def __init__(self, archive: Archive) -> None:
        """Take the archive."""
        self._archive = archive
        self._left: dict[str, list[tuple[Site, Position | None]]] = {}

    async def step(self, lane: str) -> int:
        """Look at up to 200 comments; returns how many, and fewer than 200 when the lane has been swept."""
        if lane not in self._left:
            sites = [site for site in await self._archive.directory.sites() if site.lane == lane]
            self._left[lane] = [(site, None) for site in sites]
        left, looked = self._left[lane], 0
        while left and looked < STEP:
            site, position = left.pop(0)
            try:
                swept = await sweep(self._archive, site, position, limit=STEP - looked)
            except NotFound:
                # The site was removed meanwhile.
                continue
            looked += swept.looked_at
            if swept.position is not None:
                left.insert(0, (site, swept.position))
        if left:
            return STEP
        del self._left[lane]
        return min(looked, STEP - 1)
