"""A consumer over fake ports that can be made to fail, with everything around it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from service.domain.comment import Comment
from service.domain.errors import StorageDown
from service.domain.rules import WORKER_RULES
from service.domain.site import Site
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.ports import FakeBackend
from tests.toy_classifier import ToyClassifier
from workers.consumer import Consumer
from workers.judge import Judge
from workers.threads import Threads

WAIT = 10.0
CLAIM = 30


class Flaky:
    """A port whose named method fails now and then, before or after it has done its work."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self.fails: dict[str, list[str]] = {}

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            plan = self.fails.get(name)
            way = plan.pop(0) if plan else "works"
            if way == "before":
                raise StorageDown("away", retry_after=2)
            answer = await method(*args, **kwargs)
            if way == "after":
                raise StorageDown("away", retry_after=2)
            return answer

        return call


class Bench:
    """A worker's consumer with everything around it."""

    def __init__(self, clock: Clock, *, name: str = "w1", backend: FakeBackend | None = None) -> None:
        self.clock = clock
        self.backend = backend or FakeBackend(clock)
        self.site: Site = site_of(clock)
        self.writer = Writer(clock, self.site)
        self.toy = ToyClassifier()
        self.queue, self.comments = Flaky(self.backend.queue), Flaky(self.backend.comments)
        self.directory = Flaky(self.backend.directory)
        judge = Judge(self.toy, WORKER_RULES, uncovered=lambda _t, _l: None)
        self.consumer = Consumer(
            name=name,
            queue=self.queue,
            comments=self.comments,
            directory=self.directory,
            judge=judge,
            threads=Threads(CLAIM),
            now=clock,
        )

    async def send(self, *bodies: str) -> list[Comment]:
        if await self.backend.directory.site(self.site.id) is None:
            await self.backend.directory.add_site(self.site, policy_of())
        sent = [self.writer.comment(body) for body in bodies]
        for comment in sent:
            await self.backend.comments.submit(self.site, self.writer.order(comment))
        return sent

    async def statuses(self, sent: list[Comment]) -> list[str]:
        found = [await self.backend.comments.load(self.site, comment.id) for comment in sent]
        return [comment.status if comment else "gone" for comment in found]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait; meanwhile time passes and idle entries are taken over, as the worker's side tasks do."""
        async with asyncio.timeout(WAIT):
            while not condition():
                self.clock.advance(CLAIM)
                with contextlib.suppress(StorageDown):
                    entries = await self.queue.reclaim("main", self.consumer.name, idle_ms=CLAIM * 1000, count=100)
                    await self.consumer.hand_in("main", entries)
                await asyncio.sleep(0.002)

    def left(self) -> int:
        return len(self.backend.memory.stream("main", "live"))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        reading = asyncio.create_task(self.consumer.read_lane("main"))
        working = asyncio.create_task(self.consumer.work())
        try:
            yield working
        finally:
            self.consumer.stopping.set()
            async with asyncio.timeout(WAIT):
                await asyncio.gather(reading, working, return_exceptions=True)
