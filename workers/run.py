"""One worker process: its tasks, its signals, its end."""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from service.domain.chores import Chore, Housekeeping
from service.domain.directory import Directory
from service.domain.errors import StorageDown
from service.domain.operating import Controls
from service.domain.policy_check import classifier_kind
from service.domain.ports import Classifier, Fleet, WorkQueue
from service.domain.runbook import named
from service.domain.work import WorkerInfo
from workers.consumer import BATCH, Consumer
from workers.express import ExpressDesk
from workers.housekeeping import Housekeeper
from workers.rehearsing import RehearsalDesk
from workers.scoring import BrokenClassifier

_log = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
ALIVE_SECONDS = 10
LANES_SECONDS = 0.5
# Half of what container runtimes wait before they kill.
DEADLINE_SECONDS = 20.0
BROKEN_EXIT = 3
_SMOOTHING = 0.3


@dataclass(frozen=True)
class Post:
    """Where a worker stands: its consumer, the ports and the lanes it was told to serve (none: all)."""

    consumer: Consumer
    queue: WorkQueue
    directory: Directory
    fleet: Fleet
    express: ExpressDesk
    classifier: Classifier
    lanes: tuple[str, ...]
    claim_seconds: int
    controls: Controls
    housekeeping: Housekeeping
    chores: tuple[Chore, ...] = ()
    rehearsals: RehearsalDesk | None = None


class Worker:
    """The running of a post."""

    def __init__(self, post: Post) -> None:
        """Take the post."""
        self._post = post
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._healthy = True
        self._per_second = 0.0
        self._paused: tuple[str, ...] = ()
        self._housekeeper = Housekeeper(
            name=post.consumer.name,
            housekeeping=post.housekeeping,
            chores=post.chores,
            lanes=lambda: self._readers,
        )

    async def run(self) -> int:
        """Work until SIGTERM or SIGINT; returns the exit code: 0, or 3 for a broken classifier."""
        consumer = self._post.consumer
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, consumer.stopping.set)
        side = [
            loop.create_task(self._repeat(LANES_SECONDS, self._follow_lanes)),
            loop.create_task(self._repeat(self._post.claim_seconds / 3, self._renew)),
            loop.create_task(self._repeat(self._post.claim_seconds / 2, self._reclaim)),
            loop.create_task(self._beat()),
            loop.create_task(self._housekeeper.run()),
            loop.create_task(self._post.express.run()),
        ]
        if self._post.rehearsals is not None:
            side.append(loop.create_task(self._post.rehearsals.run()))
        code = 0
        try:
            await self._work()
        except BrokenClassifier as error:
            self._healthy = False
            code = BROKEN_EXIT
            _log.critical("%s; this worker ends and its work goes to others; see %s", error, named("worker-exits-3"))
        except TimeoutError:
            _log.warning("%d entries unfinished at the deadline: taken over by others", len(consumer.holdings))
        for task in (*side, *self._readers.values()):
            task.cancel()
        await asyncio.gather(*side, *self._readers.values(), return_exceptions=True)
        await self._leave()
        return code

    async def _work(self) -> None:
        """Work; once told to stop, finish what is held before the deadline."""
        loop = asyncio.get_running_loop()
        working = loop.create_task(self._post.consumer.work())
        stopping = loop.create_task(self._post.consumer.stopping.wait())
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await asyncio.wait_for(working, DEADLINE_SECONDS)

    async def _repeat(self, seconds: float, step: Callable[[], Awaitable[None]]) -> None:
        """Do something at once and again and again, through losses of the storage."""
        while True:
            try:
                await step()
            except StorageDown as error:
                _log.warning("storage away: %s", error.detail)
            except Exception as error:  # noqa: BLE001 - a worker that no longer renews or beats must not go on unseen
                _log.error("%s failed: %s", getattr(step, "__name__", "a side task"), type(error).__name__)
            await asyncio.sleep(seconds)

    async def _follow_lanes(self) -> None:
        """Read every lane that is ours, also those that sites bring in later."""
        lanes = self._post.lanes or tuple(await self._post.directory.lanes())
        known = (len(self._readers), self._paused)
        for lane in lanes:
            if lane not in self._readers or self._readers[lane].done():
                if lane in self._readers and not self._post.consumer.stopping.is_set():
                    _log.error("reading lane %s ended: %r", lane, self._readers[lane].exception())
                self._readers[lane] = asyncio.get_running_loop().create_task(self._post.consumer.read_lane(lane))
        paused = await self._post.controls.paused(lanes)
        if paused != self._paused:
            self._paused = paused
            _log.warning("paused lanes: %s", ", ".join(paused) or "none")
        if known != (len(self._readers), self._paused):
            # Who asks how a lane is must not hear of two seconds ago.
            await self._post.fleet.beat(self._info(), seconds=ALIVE_SECONDS)

    async def _renew(self) -> None:
        consumer = self._post.consumer
        for lane in consumer.holdings.lanes():
            await self._post.queue.renew(lane, consumer.name, consumer.holdings.of_lane(lane))

    async def _reclaim(self) -> None:
        """Take over what dead workers held, unless this one has its hands full."""
        consumer = self._post.consumer
        if consumer.stopping.is_set():
            return
        for lane in self._readers:
            if len(consumer.holdings) > BATCH:
                return
            entries = await self._post.queue.reclaim(
                lane, consumer.name, idle_ms=self._post.claim_seconds * 1000, count=BATCH
            )
            consumer.holdings.counters["reclaimed"] += len(entries)
            await consumer.hand_in(lane, entries)

    async def _beat(self) -> None:
        done, then = 0, time.monotonic()

        async def beat() -> None:
            nonlocal done, then
            counters = self._post.consumer.holdings.counters
            total, now = counters["approved"] + counters["held"] + counters["rejected"], time.monotonic()
            speed = (total - done) / max(now - then, 0.001)
            # Idle seconds say nothing of how fast it can be.
            if total > done:
                self._per_second += _SMOOTHING * (speed - self._per_second)
            done, then = total, now
            await self._post.fleet.beat(self._info(), seconds=ALIVE_SECONDS)

        await self._repeat(BEAT_SECONDS, beat)

    def _info(self) -> WorkerInfo:
        classifier, consumer = self._post.classifier, self._post.consumer
        return WorkerInfo(
            name=consumer.name,
            classifier=classifier.name,
            version=classifier.version,
            hash=classifier.hash,
            languages=tuple(sorted(classifier.languages)),
            lanes=tuple(sorted(self._readers)),
            healthy=self._healthy,
            per_second=round(self._per_second, 1),
            counters=dict(consumer.holdings.counters),
            paused=self._paused,
            keeps=self._housekeeper.keeps,
            chores=dict(self._housekeeper.last_runs),
            seal=b"" if consumer.stopping.is_set() else self._post.express.seal,
        )

    async def _leave(self) -> None:
        """Say goodbye; a storage that is away learns of it when the heartbeat runs out."""
        with contextlib.suppress(StorageDown):
            await self._housekeeper.leave()
            if not self._healthy:
                await self._post.fleet.beat(self._info(), seconds=ALIVE_SECONDS)
            else:
                await self._post.fleet.leave(self._post.consumer.name)
            for lane in self._readers:
                await self._post.queue.leave(lane, self._post.consumer.name)


async def warn_of_foreign_thresholds(directory: Directory, classifier: Classifier) -> None:
    """Say at start which sites' thresholds were chosen for another classifier, or name labels it lacks."""
    for site in await directory.sites():
        policy = await directory.policy(site)
        if policy.classifier != classifier.name:
            _log.warning(
                "site %s: thresholds were chosen for %s, this worker runs %s: it holds instead of rejecting; see %s",
                site.id,
                classifier_kind(policy.classifier),
                classifier.name,
                named("thresholds-of-another-classifier"),
            )
        missing = sorted(set(policy.thresholds) - set(classifier.labels))
        if missing:
            _log.warning("site %s: %s has no %s", site.id, classifier.name, ", ".join(missing))
