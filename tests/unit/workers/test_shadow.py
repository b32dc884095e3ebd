"""A shadow's round over fake ports: every lane, through lost storage, until it is told to stop or its model breaks."""

import asyncio
from typing import Any

import pytest

from service.domain.errors import StorageDown
from service.domain.ports import ShadowFeed
from service.domain.work import Decided, ShadowPosition
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.ports import FakeBackend
from tests.steps import published
from tests.toy_classifier import ToyClassifier
from workers import shadow as module
from workers.scoring import BrokenClassifier, Scorer
from workers.shadow import BATCH, Shadow

WAIT = 10.0
LANES = ("main", "second")


class Feed:
    """The shadow feed, lost now and then, that notes how long each read may wait."""

    def __init__(self, feed: ShadowFeed) -> None:
        self._feed = feed
        self.lost: list[str] = []
        self.waits: list[int] = []

    def _may_fail(self, step: str) -> None:
        if step in self.lost:
            self.lost.remove(step)
            raise StorageDown("away", retry_after=2)

    async def position(self, lane: str, shadow: str) -> ShadowPosition:
        self._may_fail("position")
        return await self._feed.position(lane, shadow)

    async def positions(self, lane: str) -> dict[str, ShadowPosition]:
        return await self._feed.positions(lane)

    async def read(self, lane: str, after: str, *, count: int, block_ms: int) -> list[Decided]:
        self._may_fail("read")
        self.waits.append(block_ms)
        return await self._feed.read(lane, after, count=count, block_ms=block_ms)

    async def store(self, *args: Any) -> ShadowPosition:
        self._may_fail("store")
        position = await self._feed.store(*args)
        self._may_fail("stored")
        return position


class Desk:
    """Two lanes with a site each, and a shadow of both."""

    def __init__(self, clock: Clock) -> None:
        self.backend = FakeBackend(clock)
        self.writers = [Writer(clock, site_of(clock, f"site-{lane}", lane=lane)) for lane in LANES]
        self.toy = ToyClassifier()
        self.feed = Feed(self.backend.shadows)
        self.shadow = Shadow(
            feed=self.feed,
            comments=self.backend.comments,
            directory=self.backend.directory,
            scorer=Scorer(self.toy),
        )

    async def open(self) -> None:
        for writer in self.writers:
            await self.backend.directory.add_site(writer.site, policy_of())

    async def publish(self, count: int) -> None:
        for writer in self.writers:
            for _ in range(count):
                await published(self.backend, writer)

    async def until_scored(self, count: int) -> None:
        async with asyncio.timeout(WAIT):
            while [(await self.position(lane)).scored for lane in LANES] != [count, count]:
                await asyncio.sleep(0.002)

    async def position(self, lane: str) -> ShadowPosition:
        return await self.backend.shadows.position(lane, self.shadow.name)

    async def stop(self, running: asyncio.Task[None]) -> None:
        self.shadow.stopping.set()
        async with asyncio.timeout(WAIT):
            await running


@pytest.fixture
async def desk(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.001)
    return Desk(clock)


async def test_it_finds_new_lanes_and_follows_each(desk: Desk) -> None:
    running = asyncio.create_task(desk.shadow.run())
    await asyncio.sleep(0)
    await desk.open()
    await desk.publish(3)
    await desk.until_scored(3)
    await desk.publish(2)
    await desk.until_scored(5)
    await desk.stop(running)
    assert desk.shadow.name == "toy@70f"
    # All lanes have their turn within a second, and none is waited for without end.
    assert set(desk.feed.waits) == {module.BLOCK_MS // 2}


async def test_more_lanes_than_milliseconds_are_not_waited_for_without_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK_MS", 1)
    await desk.open()
    running = asyncio.create_task(desk.shadow.run())
    async with asyncio.timeout(WAIT):
        while len(desk.feed.waits) < 2:
            await asyncio.sleep(0.002)
    await desk.stop(running)
    assert set(desk.feed.waits) == {1}


@pytest.mark.parametrize("step", ["position", "read", "store", "stored"])
async def test_a_lost_storage_is_waited_for_and_nothing_is_counted_twice(desk: Desk, step: str) -> None:
    await desk.open()
    await desk.publish(3)
    desk.feed.lost = [step] * 3
    running = asyncio.create_task(desk.shadow.run())
    await desk.until_scored(3)
    await desk.publish(1)
    await desk.until_scored(4)
    await desk.stop(running)
    assert [(await desk.position(lane)).missed for lane in LANES] == [0, 0]


async def test_a_broken_classifier_ends_it_and_counts_nothing(desk: Desk) -> None:
    await desk.open()
    await desk.publish(3)
    desk.toy.broken = True
    async with asyncio.timeout(WAIT):
        with pytest.raises(BrokenClassifier):
            await desk.shadow.run()
    assert await desk.position("main") == ShadowPosition()


async def test_a_long_stream_is_read_in_batches(desk: Desk) -> None:
    await desk.open()
    await desk.publish(BATCH + 10)
    first = await desk.shadow.step("main", block_ms=1)
    second = await desk.shadow.step("main", block_ms=1)
    assert (first.scored, second.scored, second.missed) == (BATCH, BATCH + 10, 0)


async def test_it_follows_the_lanes_that_it_was_told(desk: Desk) -> None:
    await desk.open()
    await desk.publish(3)
    shadow = Shadow(
        feed=desk.feed,
        comments=desk.backend.comments,
        directory=desk.backend.directory,
        scorer=Scorer(desk.toy),
        lanes=("second",),
    )
    running = asyncio.create_task(shadow.run())
    async with asyncio.timeout(WAIT):
        # It waits at its only lane's end for as long as it may, once that is read.
        while len(desk.feed.waits) < 3 or (await desk.position("second")).scored < 3:
            await asyncio.sleep(0.002)
    shadow.stopping.set()
    async with asyncio.timeout(WAIT):
        await running
    assert set(desk.feed.waits) == {module.BLOCK_MS}
    assert await desk.position("main") == ShadowPosition()
