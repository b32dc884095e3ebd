"""The express path in memory: askers and workers of one process, in real time."""

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator

from service.domain.errors import Late, NoWorker, StorageDown
from service.domain.express import Answer, Asked, Question
from tests.fakes.fleet import MemoryFleet
from tests.fakes.memory import Memory


class MemoryLine:
    """The Express and the Questions over memory."""

    seal = b"\0" * 32

    def __init__(self, memory: Memory) -> None:
        """Take the memory, in which the workers' heartbeats are."""
        self._fleet = MemoryFleet(memory)
        self._heard: dict[str, asyncio.Queue[Asked | None]] = {}
        self._told: dict[str, asyncio.Queue[Answer | StorageDown | None]] = {}
        self._numbers = itertools.count()

    @contextlib.asynccontextmanager
    async def listen(self, worker: str) -> AsyncIterator[AsyncIterator[Asked]]:
        """See Questions."""
        queue = self._heard[worker] = asyncio.Queue()
        try:
            yield self._asked(queue)
        finally:
            self._heard.pop(worker, None)

    async def _asked(self, queue: "asyncio.Queue[Asked | None]") -> AsyncIterator[Asked]:
        while (asked := await queue.get()) is not None:
            yield asked

    async def answer(self, asked: Asked, answer: Answer | None) -> None:
        """See Questions."""
        if asked.id in self._told:
            self._told[asked.id].put_nowait(answer)

    async def score(self, question: Question, *, seconds: float) -> Answer:
        """See Express."""
        now = asyncio.get_running_loop().time
        deadline, half = now() + seconds, now() + seconds / 2
        workers = [one.name for one in await self._fleet.workers() if one.healthy and one.seal]
        ready = [name for name in random.sample(workers, len(workers)) if name in self._heard]
        key = str(next(self._numbers))
        told = self._told[key] = asyncio.Queue()
        at_work = 0
        try:
            while True:
                if not at_work or now() >= half:
                    if ready:
                        asked = Asked(id=key, asker="", question=question, seconds=deadline - now())
                        self._heard[ready.pop(0)].put_nowait(asked)
                        at_work += 1
                    elif not at_work:
                        message = "No worker is there, or none has a hand free."
                        raise NoWorker(message, retry_after=2)
                    half = deadline if at_work > 1 or now() >= half else half
                try:
                    answer = await asyncio.wait_for(told.get(), max(0.0, min(half, deadline) - now()))
                except TimeoutError:
                    if now() >= deadline:
                        message = "No worker has scored this in time."
                        raise Late(message, retry_after=2) from None
                    continue
                if isinstance(answer, StorageDown):
                    raise answer
                if answer is not None:
                    return answer
                at_work -= 1
        finally:
            del self._told[key]

    def cut(self) -> None:
        """Lose every connection."""
        for heard in self._heard.values():
            heard.put_nowait(None)
        for told in self._told.values():
            told.put_nowait(StorageDown("The connection to the storage was lost.", retry_after=2))
