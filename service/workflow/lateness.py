"""What no worker has read in time is put before a human, where the site's policy says so."""

from collections.abc import Callable
from datetime import datetime

from service.domain.chores import STEP
from service.domain.comment import Reason
from service.domain.directory import Directory
from service.domain.errors import NotFound
from service.domain.moves import held_by_system
from service.domain.orders import Move, Moved
from service.domain.ports import CommentStore, WorkQueue
from service.domain.site import Site
from service.domain.work import Late, StreamName

# An import waits by its nature: nothing is late in `bulk`.
_STREAMS: tuple[StreamName, ...] = ("live", "surplus")


class Latecomers:
    """Walks what waits, the oldest first, and holds what has waited too long; a chore, and a command's work.

    A verdict that comes afterwards finds another version and decides nothing. Needs no classifier. It may be repeated,
    and may overlap with another's: each comment is moved once, by compare-and-set.
    """

    name = "late-comments"
    period = 10.0

    def __init__(
        self, *, queue: WorkQueue, comments: CommentStore, directory: Directory, now: Callable[[], datetime]
    ) -> None:
        """Take the ports and the clock; how long something has waited is told by the storage's own."""
        self._queue = queue
        self._comments = comments
        self._directory = directory
        self._now = now
        # Where a lane's walk stands: the stream's number and the last entry.
        self._places: dict[str, tuple[int, str]] = {}
        self.held = 0

    async def step(self, lane: str) -> int:
        """Look at up to 200 entries of one stream; a full step means that the walk goes on."""
        deadlines = await self._deadlines(lane)
        if not deadlines:
            self._places.pop(lane, None)
            return 0
        number, after = self._places.pop(lane, (0, ""))
        page = await self._queue.oldest(lane, _STREAMS[number], after=after, count=STEP)
        soonest = min(seconds for _, seconds in deadlines.values())
        late = [one for one in page if one.waited_seconds >= soonest]
        for one in late:
            site, seconds = deadlines.get(one.entry.site, (None, 0.0))
            if site is not None and one.waited_seconds >= seconds:
                await self._hold(site, one)
        if len(late) == STEP:
            self._places[lane] = (number, late[-1].entry.entry_id)
        elif number + 1 < len(_STREAMS):
            self._places[lane] = (number + 1, "")
        else:
            return min(len(late), STEP - 1)
        return STEP

    async def _deadlines(self, lane: str) -> dict[str, tuple[Site, float]]:
        """Give the sites of a lane that hold what is late, and after how many seconds."""
        found = {}
        for site in await self._directory.sites():
            if site.lane != lane:
                continue
            try:
                late = (await self._directory.recent_policy(site)).on_classifier_late
            except NotFound:
                # The site was removed meanwhile.
                continue
            if late.action == "hold":
                found[site.id] = (site, float(late.after_seconds))
        return found

    async def _hold(self, site: Site, late: Late) -> None:
        entry = late.entry
        try:
            comment = await self._comments.load(site, entry.id)
        except ValueError:
            # What cannot be read is a worker's to bury.
            return
        if comment is None or comment.status != "pending" or comment.version != entry.version:
            return
        reason = Reason(rule="queue", code="classifier-late")
        after = held_by_system(comment, reason, by="housekeeper", at=self._now())
        result = await self._comments.move(site, Move(before=comment, after=after, entry=entry))
        self.held += isinstance(result, Moved)


async def hold_late(latecomers: Latecomers, lane: str) -> int:
    """Do a lane's whole walk at once; returns how many were held."""
    before = latecomers.held
    while await latecomers.step(lane) >= STEP:
        pass
    return latecomers.held - before
