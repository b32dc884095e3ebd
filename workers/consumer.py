"""The consumer: takes batches, has them judged in a thread while the next is fetched, and applies the verdicts."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from service.domain.directory import Directory
from service.domain.errors import GatepostError, StorageDown
from service.domain.ports import CommentStore, WorkQueue
from service.domain.site import Site
from service.domain.work import Context, Entry, Waiting
from workers.holdings import Holdings
from workers.judge import Judge, Judgement
from workers.scoring import BrokenClassifier
from workers.threads import Threads
from workers.verdicts import Verdicts

_log = logging.getLogger(__name__)

BATCH = 256
# A pause is heeded between two reads, and must be in force within a second.
BLOCK_MS = 500
# Whoever comes meanwhile waits for what was taken of surplus and bulk: a tenth of a second's work, or one small batch.
BEHIND_SECONDS = 0.1
BEHIND_LEAST = 16
# While a batch waits to be judged only live work is fetched, for so long at a time: less than such a batch takes.
LIVE_MS = 20
# An entry that fails alone this often is put before a human.
ATTEMPTS = 3
_PAUSE_SECONDS = (0.1, 2.0)


class Consumer:
    """One worker process's work on its lanes."""

    def __init__(
        self,
        *,
        name: str,
        queue: WorkQueue,
        comments: CommentStore,
        directory: Directory,
        judge: Judge,
        threads: Threads,
        now: Callable[[], datetime],
    ) -> None:
        """Take the ports, the judge, the worker's name and the threads to judge in."""
        self.name = name
        self._queue = queue
        self._comments = comments
        self._directory = directory
        self._judge = judge
        self._now = now
        self.holdings = Holdings()
        self.stopping = asyncio.Event()
        self._fetched: asyncio.Queue[Context] = asyncio.Queue(1)
        self._threads = threads
        self.verdicts = Verdicts(
            worker=name,
            comments=comments,
            judge=judge,
            threads=self._threads,
            holdings=self.holdings,
            let_go=lambda waiting: self._let_go(waiting.entry.lane, [waiting.entry]),
            now=now,
        )
        self._lost: set[str] = set()
        self._pace = threads.pace
        self._broken: BrokenClassifier | None = None

    async def read_lane(self, lane: str) -> None:
        """Take entries of one lane until stopped; after a lost connection first what was taken before."""
        pause, after_loss = _PAUSE_SECONDS[0], True
        while not self.stopping.is_set():
            try:
                if after_loss or lane in self._lost:
                    self._lost.discard(lane)
                    entries = await self._queue.own(lane, self.name)
                else:
                    count = self._pace.entries(BATCH)
                    behind = min(count, max(BEHIND_LEAST, self._pace.entries(BATCH, seconds=BEHIND_SECONDS)))
                    free = self._fetched.empty()
                    entries = await self._queue.take(
                        lane,
                        self.name,
                        count=count,
                        block_ms=BLOCK_MS if free else LIVE_MS,
                        behind=behind if free else 0,
                    )
                after_loss, pause = False, _PAUSE_SECONDS[0]
            except StorageDown:
                after_loss = True
                await asyncio.sleep(pause)
                pause = min(2 * pause, _PAUSE_SECONDS[1])
                continue
            await self.hand_in(lane, entries)

    async def hand_in(self, lane: str, entries: Sequence[Entry]) -> None:
        """Read what the entries need and queue them for judging; waits while the thread is behind."""
        fresh = self.holdings.take(list(entries))
        if not fresh:
            return
        try:
            site_of = await self._sites(fresh)
            context = await self._queue.context(site_of, fresh)
        except StorageDown:
            self._let_go(lane, fresh)
            return
        except Exception:
            # Whoever reads this lane next must find them again: what stays in hand is renewed for ever.
            for entry in fresh:
                self.holdings.drop(entry)
            raise
        await self._fetched.put(context)

    async def _sites(self, entries: Sequence[Entry]) -> dict[str, Site]:
        found = {}
        for site_id in {entry.site for entry in entries}:
            site = await self._directory.site(site_id)
            if site is not None:
                found[site_id] = site
        return found

    def _let_go(self, lane: str, entries: Sequence[Entry]) -> None:
        """Leave entries with Redis: they are still ours there and are read again first thing."""
        for entry in entries:
            self.holdings.set_down(entry)
        self._lost.add(lane)

    def fail(self, error: BrokenClassifier) -> None:
        """Hear from whoever else classifies by this classifier that it is broken: `work` will end with that."""
        self._broken = error

    async def work(self) -> None:
        """Judge and apply until stopped and empty-handed; raises BrokenClassifier after giving everything back."""
        while not (self.stopping.is_set() and not len(self.holdings)):
            try:
                context = await asyncio.wait_for(self._fetched.get(), 0.2)
            except TimeoutError:
                context = None
            try:
                if self._broken is not None:
                    raise self._broken
                if context is not None:
                    await self._process(context)
            except BrokenClassifier:
                await self._give_back()
                raise
        await self.verdicts.settle()

    async def _process(self, context: Context) -> None:
        self.holdings.counters["batches"] += 1
        for entry in context.stale:
            self.holdings.counters["stale"] += 1
            await self._finish(entry, self._queue.discard(entry))
        for entry in context.unreadable:
            _log.error("the record of entry %s in lane %s cannot be read", entry.entry_id, entry.lane)
            self.holdings.counters["buried"] += 1
            await self._finish(entry, self._queue.discard(entry, buried="unreadable"))
        together = [waiting for waiting in context.waiting if waiting.entry.deliveries == 1]
        alone = [waiting for waiting in context.waiting if waiting.entry.deliveries > 1]
        for portion in self._pace.portions([(w, len(w.subject.comment.body)) for w in together]):
            try:
                judgements = await self._decided(portion)
            except Exception as error:  # noqa: BLE001 - a classifier may raise anything; each comment is tried alone
                self._failed(error)
                await self._prove()
                alone = [*portion, *alone]
            else:
                await self.verdicts.start(list(zip(portion, judgements, strict=True)))
        for waiting in alone:
            await self._alone(waiting)

    async def _decided(self, batch: Sequence[Waiting]) -> list[Judgement]:
        subjects = [waiting.subject for waiting in batch]
        judgements, seconds = await self._threads.timed(self._judge.decide, subjects)
        self._pace.note([len(subject.comment.body) for subject in subjects], seconds)
        self.holdings.counters["fast_cleared"] += sum(judgement.cleared for judgement in judgements)
        return judgements

    async def _prove(self) -> None:
        await self._threads.decide(self._judge.scorer.prove)

    def _failed(self, error: Exception) -> None:
        self.holdings.counters["failures"] += 1
        _log.warning("classifying failed: %s", type(error).__name__)

    async def _alone(self, waiting: Waiting) -> None:
        """Judge one comment alone; the try is counted before it begins, because it may end the process."""
        entry = waiting.entry
        try:
            # A try that the storage was lost in is gone on with, and not counted again.
            tries = await self._queue.attempt(entry) if self.holdings.begin(entry) else 0
            if tries > ATTEMPTS:
                await self._bury(waiting, "ProcessEnded")
                return
            try:
                (judgement,) = await self._decided([waiting])
            except Exception as error:  # noqa: BLE001 - see above
                self._failed(error)
                try:
                    await self._prove()
                except BrokenClassifier:
                    await self._queue.unattempt(entry)
                    raise
                if tries >= ATTEMPTS:
                    await self._bury(waiting, type(error).__name__)
                else:
                    # Left pending: whoever takes it over after the claim time tries again.
                    self.holdings.drop(entry)
                return
        except StorageDown:
            self._let_go(entry.lane, [entry])
            return
        await self.verdicts.start([(waiting, judgement)])

    async def _bury(self, waiting: Waiting, error: str) -> None:
        _log.error("entry %s failed alone %d times (%s): held", waiting.entry.entry_id, ATTEMPTS, error)
        # Where the storage is lost now, the count must be read again, for it is what buries.
        self.holdings.end(waiting.entry)
        await self.verdicts.bury(waiting, error)

    async def _finish(self, entry: Entry, discarding: Awaitable[None]) -> None:
        try:
            await discarding
        except GatepostError:
            self._let_go(entry.lane, [entry])
        else:
            self.holdings.drop(entry)

    async def _give_back(self) -> None:
        """Hand over, uncounted, all that is held: another worker with a sound classifier takes it at once."""
        self.stopping.set()
        await self.verdicts.settle()
        for lane in self.holdings.lanes():
            entries = self.holdings.of_lane(lane)
            try:
                await self._queue.release(lane, entries)
            except StorageDown:
                _log.warning("could not give back %d entries: taken over after the claim time", len(entries))
