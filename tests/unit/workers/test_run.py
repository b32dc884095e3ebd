"""One worker process: what goes on beside the work, and how it ends."""

import asyncio
import os
import signal

import pytest

from service.domain.rules import WORKER_RULES
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.ports import FakeBackend
from tests.toy_classifier import ToyClassifier
from workers import run
from workers.consumer import Consumer
from workers.express import ExpressDesk
from workers.judge import Judge
from workers.threads import Threads

WAIT = 15.0


class Desk:
    """A worker over fake ports, with its sides quickened."""

    def __init__(self, clock: Clock) -> None:
        self.backend = FakeBackend(clock)
        self.site = site_of(clock)
        self.writer = Writer(clock, self.site)
        self.toy = ToyClassifier()
        judge = Judge(self.toy, WORKER_RULES, uncovered=lambda _t, _l: None)
        threads = Threads(1)
        consumer = Consumer(
            name="w1",
            queue=self.backend.queue,
            comments=self.backend.comments,
            directory=self.backend.directory,
            judge=judge,
            threads=threads,
            now=clock,
        )
        express = ExpressDesk(
            name="w1",
            questions=self.backend.questions,
            scorer=judge.scorer,
            threads=threads,
            on_broken=consumer.fail,
        )
        self.worker = run.Worker(
            run.Post(
                consumer=consumer,
                express=express,
                queue=self.backend.queue,
                directory=self.backend.directory,
                fleet=self.backend.fleet,
                classifier=self.toy,
                lanes=(),
                claim_seconds=1,
                controls=self.backend.controls,
                housekeeping=self.backend.housekeeping,
            )
        )

    async def send(self, count: int) -> None:
        await self.backend.directory.add_site(self.site, policy_of())
        for _ in range(count):
            await self.backend.comments.submit(self.site, self.writer.order())

    async def until_empty(self) -> None:
        async with asyncio.timeout(WAIT):
            while self.backend.memory.stream("main", "live"):
                await asyncio.sleep(0.005)


@pytest.fixture
def desk(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(run, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(run, "LANES_SECONDS", 0.02)
    return Desk(clock)


async def test_a_worker_finds_new_lanes_beats_and_ends_in_good_order(desk: Desk) -> None:
    running = asyncio.create_task(desk.worker.run())
    await asyncio.sleep(0)
    await desk.send(20)
    await desk.until_empty()
    async with asyncio.timeout(WAIT):
        while not any(w.counters.get("approved") == 20 for w in await desk.backend.fleet.workers()):
            await asyncio.sleep(0.005)
        (info,) = await desk.backend.fleet.workers()
        assert (info.name, info.classifier, info.healthy, info.lanes) == ("w1", "toy", True, ("main",))
        os.kill(os.getpid(), signal.SIGTERM)
        assert await running == 0
    assert await desk.backend.fleet.workers() == []


async def test_a_broken_classifier_ends_the_worker_and_says_so(desk: Desk) -> None:
    desk.toy.broken = True
    await desk.send(5)
    async with asyncio.timeout(WAIT):
        assert await desk.worker.run() == run.BROKEN_EXIT
    (info,) = await desk.backend.fleet.workers()
    assert not info.healthy
    assert len(desk.backend.memory.stream("main", "live")) == 5


@pytest.mark.parametrize("step", ["lanes", "reclaim", "beat"])
async def test_a_side_task_that_fails_once_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    port = {"lanes": desk.backend.directory, "reclaim": desk.backend.queue, "beat": desk.backend.fleet}[step]
    works = getattr(port, step)
    calls = 0

    async def fails_once(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ValueError("unexpected")
        return await works(*args, **kwargs)

    monkeypatch.setattr(port, step, fails_once)
    running = asyncio.create_task(desk.worker.run())
    await desk.send(5)
    async with asyncio.timeout(WAIT):
        while calls < 3:
            await asyncio.sleep(0.005)
    await desk.until_empty()
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(WAIT):
        assert await running == 0
