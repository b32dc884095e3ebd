"""Rehearsals in memory: askers and workers of one process, in real time."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import msgspec

from service.domain.errors import Late, NoWorker, Refused
from service.domain.rehearsal import (
    Past,
    PastPage,
    Rehearsal,
    RehearsalAnswer,
    RehearsalAsked,
    RehearsalJob,
)
from service.domain.site import Site
from service.domain.status import Status
from tests.fakes.fleet import MemoryFleet
from tests.fakes.memory import Memory


class MemoryRehearsals:
    """The Rehearsals and the RehearsalJobs over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory, in which the workers' heartbeats are."""
        self._fleet = MemoryFleet(memory)
        self._heard: dict[str, asyncio.Queue[RehearsalAsked | None]] = {}
        self._told: dict[str, asyncio.Queue[RehearsalAnswer]] = {}
        self._numbers = itertools.count()

    @contextlib.asynccontextmanager
    async def listen(self, worker: str) -> AsyncIterator[AsyncIterator[RehearsalAsked]]:
        """See RehearsalJobs."""
        queue = self._heard[worker] = asyncio.Queue()
        try:
            yield self._asked(queue)
        finally:
            self._heard.pop(worker, None)

    async def _asked(self, queue: "asyncio.Queue[RehearsalAsked | None]") -> AsyncIterator[RehearsalAsked]:
        while (asked := await queue.get()) is not None:
            yield asked

    async def answer(self, asked: RehearsalAsked, answer: RehearsalAnswer) -> None:
        """See RehearsalJobs."""
        if asked.id in self._told:
            self._told[asked.id].put_nowait(answer)

    async def rehearse(self, job: RehearsalJob, *, seconds: float) -> Rehearsal:
        """See Rehearsals."""
        deadline = asyncio.get_running_loop().time() + seconds
        key = str(next(self._numbers))
        told = self._told[key] = asyncio.Queue()
        for worker in await self._fleet.workers():
            if worker.healthy and worker.seal and worker.name in self._heard:
                self._heard[worker.name].put_nowait(RehearsalAsked(id=key, asker=key, job=job, seconds=seconds))
                try:
                    answer = await asyncio.wait_for(told.get(), deadline - asyncio.get_running_loop().time())
                except TimeoutError:
                    message = "No worker has rehearsed this in time."
                    raise Late(message, retry_after=5) from None
                if answer.refused:
                    raise Refused(answer.refused)
                if answer.rehearsal is not None:
                    return answer.rehearsal
        message = "No worker is there, or each is rehearsing already."
        raise NoWorker(message, retry_after=5)

    def cut(self) -> None:
        """Lose every connection."""
        for heard in self._heard.values():
            heard.put_nowait(None)


class MemoryDecisions:
    """The Decisions over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    def _found(self, site: Site, first: str, last: str, *statuses: Status) -> list[str]:
        found = self._memory.records.values()
        return sorted(c.id for c in found if c.site == site.id and first < c.id <= last and c.status in statuses)

    async def how_many(self, site: Site, *, first: str, last: str) -> int:
        """See Decisions."""
        return len(self._found(site, first, last, "approved", "held", "rejected"))

    async def past(self, site: Site, status: Status, *, first: str, last: str) -> PastPage:
        """See Decisions."""
        ids = self._found(site, first, last, status)[:500]
        readable = [i for i in ids if (site.id, i) not in self._memory.garbled]
        records = [msgspec.msgpack.encode(self._memory.records[site.id, i]) for i in readable]
        items = tuple(msgspec.msgpack.decode(record, type=Past) for record in records)
        return PastPage(items=items, unreadable=len(ids) - len(items), after=ids[-1] if len(ids) == 500 else None)
