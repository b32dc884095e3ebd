"""The lane's three streams in memory."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from service.domain.site import Site
from service.domain.work import Backlog, Context, Entry, Late, StreamName, Subject, Waiting
from tests.fakes.memory import Memory, Queued
from tests.fakes.surroundings import subject_of

STREAMS: tuple[StreamName, ...] = ("live", "surplus", "bulk")
BULK_TURN = 20
SURPLUS_TURN = 4
RELEASED = "released"


class MemoryQueue:
    """The WorkQueue over memory; what is released counts as idle for ever."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory
        self._turn = 0

    def _rows(self, lane: str) -> list[tuple[StreamName, str, Queued]]:
        return [(name, i, queued) for name in STREAMS for i, queued in self._memory.stream(lane, name).items()]

    def _give(self, lane: str, name: StreamName, entry_id: str, consumer: str) -> Entry:
        queued = self._memory.stream(lane, name)[entry_id]
        queued.consumer, queued.delivered_at = consumer, self._memory.clock.seconds
        queued.deliveries += 1
        return self._entry(lane, name, entry_id)

    def _entry(self, lane: str, name: StreamName, entry_id: str) -> Entry:
        queued = self._memory.stream(lane, name)[entry_id]
        return Entry(
            lane=lane,
            stream=name,
            entry_id=entry_id,
            site=queued.site,
            id=queued.id,
            version=queued.version,
            deliveries=queued.deliveries,
        )

    async def take(
        self, lane: str, consumer: str, *, count: int, block_ms: int, behind: int | None = None
    ) -> list[Entry]:
        """See WorkQueue."""
        if lane in self._memory.paused:
            await asyncio.sleep(0.001)
            return []
        order = ["live"] if behind == 0 else self._order()
        for wanted in order:
            fresh = [(name, i) for name, i, queued in self._rows(lane) if name == wanted and not queued.consumer]
            if fresh:
                most = count if wanted == "live" or behind is None else behind
                return [self._give(lane, name, i, consumer) for name, i in fresh[:most]]
        # A reader that asks again and again must leave the others their turn.
        await asyncio.sleep(0.001)
        return []

    def _order(self) -> list[str]:
        self._turn += 1
        if self._turn % BULK_TURN == 0:
            return ["bulk", "live", "surplus"]
        return ["surplus", "live", "bulk"] if self._turn % SURPLUS_TURN == 0 else ["live", "surplus", "bulk"]

    async def own(self, lane: str, consumer: str) -> list[Entry]:
        """See WorkQueue."""
        mine = [(name, i) for name, i, queued in self._rows(lane) if queued.consumer == consumer]
        return [self._give(lane, name, i, consumer) for name, i in mine]

    async def reclaim(self, lane: str, consumer: str, *, idle_ms: int, count: int) -> list[Entry]:
        """See WorkQueue."""
        if lane in self._memory.paused:
            return []
        now = self._memory.clock.seconds
        idle = [
            (name, i)
            for name, i, queued in self._rows(lane)
            if queued.consumer and (queued.consumer == RELEASED or now - queued.delivered_at >= idle_ms / 1000)
        ]
        return [self._give(lane, name, i, consumer) for name, i in idle[:count]]

    async def renew(self, lane: str, consumer: str, entries: Sequence[Entry]) -> None:
        """See WorkQueue."""
        self._claim(lane, consumer, entries)

    async def release(self, lane: str, entries: Sequence[Entry]) -> None:
        """See WorkQueue."""
        self._claim(lane, RELEASED, entries)

    def _claim(self, lane: str, consumer: str, entries: Sequence[Entry]) -> None:
        for entry in entries:
            queued = self._memory.stream(lane, entry.stream).get(entry.entry_id)
            if queued is not None and queued.consumer:
                queued.consumer, queued.delivered_at = consumer, self._memory.clock.seconds

    async def attempt(self, entry: Entry) -> int:
        """See WorkQueue."""
        if entry.entry_id not in self._memory.stream(entry.lane, entry.stream):
            return 0
        self._memory.attempts[entry.lane, entry.entry_id] += 1
        return self._memory.attempts[entry.lane, entry.entry_id]

    async def unattempt(self, entry: Entry) -> None:
        """See WorkQueue."""
        if entry.entry_id in self._memory.stream(entry.lane, entry.stream):
            self._memory.attempts[entry.lane, entry.entry_id] -= 1

    async def discard(self, entry: Entry, *, buried: str = "") -> None:
        """See WorkQueue."""
        there = self._memory.stream(entry.lane, entry.stream).pop(entry.entry_id, None)
        self._memory.attempts.pop((entry.lane, entry.entry_id), None)
        if buried and there is not None:
            self._memory.bury(entry.lane, (entry.site, entry.id), entry.version, buried)

    async def context(self, site_of: dict[str, Site], entries: Sequence[Entry]) -> Context:
        """See WorkQueue."""
        memory = self._memory
        waiting, stale, unreadable = [], [], []
        for entry in entries:
            comment = memory.records.get((entry.site, entry.id))
            gone = entry.site not in site_of or entry.site not in memory.policies
            if gone or comment is None or comment.status != "pending" or comment.version != entry.version:
                stale.append(entry)
                continue
            if (entry.site, entry.id) in memory.garbled:
                unreadable.append(entry)
                continue
            subject = subject_of(memory, site_of[entry.site], comment, waits=True)
            waiting.append(Waiting(entry=entry, subject=replace(subject, waited_seconds=self._waited(entry, subject))))
        return Context(waiting=tuple(waiting), stale=tuple(stale), unreadable=tuple(unreadable))

    def _waited(self, entry: Entry, subject: Subject) -> float:
        queued = self._memory.stream(entry.lane, entry.stream).get(entry.entry_id)
        if queued is None or entry.stream == "bulk" or subject.policy.fast_clear is None:
            return 0.0
        return self._memory.clock.seconds - queued.at

    async def oldest(self, lane: str, stream: StreamName, *, after: str, count: int) -> list[Late]:
        """See WorkQueue."""
        now, rows = self._memory.clock.seconds, self._memory.stream(lane, stream)
        first = int(after.partition("-")[0]) if after else 0
        found = [i for i in rows if int(i.partition("-")[0]) > first][:count]
        return [Late(entry=self._entry(lane, stream, i), waited_seconds=now - rows[i].at) for i in found]

    async def leave(self, lane: str, consumer: str) -> None:
        """See WorkQueue."""

    async def backlog(self, lanes: Sequence[str]) -> Backlog:
        """See WorkQueue."""
        rows = [queued for lane in lanes for _, _, queued in self._rows(lane)]
        oldest = min((queued.at for queued in rows), default=self._memory.clock.seconds)
        buried = sum(len(self._memory.buried[lane]) for lane in lanes)
        return Backlog(
            entries=len(rows),
            oldest_seconds=self._memory.clock.seconds - oldest,
            buried=buried,
            paused=tuple(lane for lane in lanes if lane in self._memory.paused),
        )
