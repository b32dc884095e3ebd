"""What moderators decided says which reports were right; and what is counted is not kept for ever."""

from service.domain import reporting
from service.domain.chores import STEP
from service.domain.errors import NotFound
from service.domain.reporting import Judged, Report
from service.domain.site import Site
from service.domain.tallies import KEPT_MONTHS, months_back
from service.workflow.archive import Archive

# How many months before the oldest kept one are looked for: as many as a house may have gone unkept.
_OLDER = 24


async def settle(archive: Archive, site: Site, comment_id: str, *, undo_seconds: int) -> int:
    """Close the reports on one comment that were answered, or whose text is gone; returns how many."""
    comment = await archive.comments.load(site, comment_id)
    reports = await archive.reports.of_comment(site, comment_id)
    if comment is None or comment.status == "deleted":
        return await _close(archive, site, comment_id, reports, [])
    written = reporting.text_version(comment)
    old = [one for one in reports if one.version < written]
    rest = [one for one in reports if one.version >= written]
    found = reporting.judgement(comment)
    closed = 0
    if found is not None:
        version, verdict = found
        settled = (archive.now() - comment.trail[version - 2].at).total_seconds() >= undo_seconds
        answered = [one for one in rest if one.version < version] if settled else []
        rest = [one for one in rest if one not in answered]
        if answered:
            who = tuple(one.reporter for one in answered)
            judged = Judged(reporters=who, verdict=verdict, rest=reporting.priority([*old, *rest]))
            closed += await archive.reports.settle(site, comment_id, judged)
    if old or not rest:
        closed += await _close(archive, site, comment_id, old, rest)
    return closed


async def _close(archive: Archive, site: Site, comment_id: str, gone: list[Report], rest: list[Report]) -> int:
    who = tuple(one.reporter for one in gone)
    judged = Judged(reporters=who, verdict="none", rest=reporting.priority(rest))
    return await archive.reports.settle(site, comment_id, judged)


class ReportsChore:
    """Goes over every reported comment of a lane: closes what moderators answered, and what nobody can see any more."""

    name = "reports"
    period = 15.0

    def __init__(self, archive: Archive) -> None:
        """Take the archive."""
        self._archive = archive
        self._left: dict[str, list[tuple[Site, int]]] = {}

    async def step(self, lane: str) -> int:
        """Look at up to 200 reported comments; returns how many, and fewer when all were looked at."""
        if lane not in self._left:
            self._left[lane] = [(site, 0) for site in await self._archive.directory.sites() if site.lane == lane]
        left, looked = self._left[lane], 0
        while left and looked < STEP:
            site, offset = left.pop(0)
            rows = await self._archive.reports.open(site, offset=offset, limit=STEP - looked)
            stayed = await self._site(site, [comment_id for comment_id, _ in rows])
            looked += len(rows)
            if looked >= STEP:
                left.insert(0, (site, offset + stayed))
        if left:
            return STEP
        del self._left[lane]
        return min(looked, STEP - 1)

    async def _site(self, site: Site, comment_ids: list[str]) -> int:
        if not comment_ids:
            return 0
        try:
            policy = await self._archive.directory.policy(site)
        except NotFound:
            # The site was removed meanwhile.
            return 0
        stayed = 0
        for comment_id in comment_ids:
            await settle(self._archive, site, comment_id, undo_seconds=policy.undo_seconds)
            stayed += bool(await self._archive.reports.of_comment(site, comment_id))
        return stayed


class TalliesChore:
    """Removes counters that are older than 25 months."""

    name = "tallies"
    period = 86_400.0

    def __init__(self, archive: Archive) -> None:
        """Take the archive."""
        self._archive = archive

    async def step(self, lane: str) -> int:
        """Look at every site of a lane; returns how many months were removed."""
        months = months_back(self._archive.now(), _OLDER, skip=KEPT_MONTHS)
        sites = [site for site in await self._archive.directory.sites() if site.lane == lane]
        removed = [await self._archive.tallies.drop(site, months) for site in sites]
        return min(sum(removed), STEP - 1)
