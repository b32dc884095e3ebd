"""The express desk: fair between questions, in turn with the queue, and never late or wrong."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Sequence

import pytest

from service.domain.errors import Late, NoWorker
from service.domain.express import Question
from service.domain.work import WorkerInfo
from tests.fakes.clock import Clock
from tests.fakes.line import MemoryLine
from tests.fakes.memory import Memory
from tests.toy_classifier import ToyClassifier
from workers import express
from workers.express import ExpressDesk
from workers.scoring import BrokenClassifier, Scorer
from workers.threads import Threads

WAIT = 10.0


class Gated(ToyClassifier):
    """The toy behind a gate that lets one slice through at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Semaphore(0)

    def score(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        assert self.gate.acquire(timeout=WAIT)
        return super().score(texts)


class Line:
    """A desk at one end, an asker at the other."""

    def __init__(self, clock: Clock, toy: ToyClassifier) -> None:
        self.toy = toy
        self.memory = Memory(clock)
        self.line = MemoryLine(self.memory)
        self.threads = Threads(30)
        self.broken: list[BrokenClassifier] = []
        self.desk = ExpressDesk(
            name="w1",
            questions=self.line,
            scorer=Scorer(toy),
            threads=self.threads,
            on_broken=self.broken.append,
        )
        info = WorkerInfo(
            name="w1", classifier="toy", version="1", hash="70f", languages=("en",), lanes=(), healthy=True,
            per_second=1.0, counters={}, seal=self.desk.seal,
        )  # fmt: skip
        self.memory.workers["w1"] = (info, clock.seconds + 3600)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[asyncio.Task[None]]:
        running = asyncio.create_task(self.desk.run())
        async with asyncio.timeout(WAIT):
            while "w1" not in self.line._heard:
                await asyncio.sleep(0.001)
        try:
            yield running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def labels(self, *texts: str, seconds: float = WAIT) -> list[float | None]:
        answer = await self.line.score(Question(texts=texts), seconds=seconds)
        return [told.scores.labels["toxicity"] if told.scores else None for told in answer.texts]


@pytest.fixture
def line(clock: Clock) -> Line:
    return Line(clock, ToyClassifier())


async def test_texts_are_answered_in_order_with_their_words(line: Line) -> None:
    async with line.open():
        assert await line.labels("fine", "a fool", "an idiot") == [0.01, 0.6, 0.99]
        answer = await line.line.score(Question(texts=("an idiot", "fine"), spans=True), seconds=WAIT)
    assert [told.spans["toxicity"] for told in answer.texts] == [((3, 8),), ()]
    assert answer.languages == ("en",)


async def test_a_text_that_fails_leaves_the_others_alone(line: Line) -> None:
    async with line.open() as running:
        assert await line.labels("fine", "a [nan]", "[raise] it", "an idiot") == [0.01, None, None, 0.99]
        assert not running.done()
    assert line.broken == []


async def test_a_broken_classifier_is_told_of_and_gives_no_scores(line: Line) -> None:
    line.toy.broken = True
    async with line.open():
        for _ in range(2):
            with pytest.raises(NoWorker):
                await line.labels("fine", "fool")
    assert len(line.broken) == 1


async def test_a_short_question_does_not_wait_for_all_of_a_long_one(clock: Clock) -> None:
    toy = Gated()
    line = Line(clock, toy)
    # A slice has room for one of the long texts.
    line.threads.pace.characters = lambda seconds: 40_000 * seconds  # type: ignore[method-assign]
    async with line.open():
        long = asyncio.create_task(line.labels(*["x" * 2_000] * 20))
        await asyncio.sleep(0)
        short = asyncio.create_task(line.labels("fine"))
        slices = 0
        async with asyncio.timeout(WAIT):
            while not short.done():
                toy.gate.release()
                slices += 1
                await asyncio.sleep(0.01)
        assert slices <= 6
        assert not long.done()
        for _ in range(30):
            toy.gate.release()
        assert len(await long) == 20


async def test_what_is_too_late_is_not_scored(clock: Clock) -> None:
    toy = Gated()
    line = Line(clock, toy)
    async with line.open():
        first = asyncio.create_task(line.labels("first"))
        async with asyncio.timeout(WAIT):
            while not line.desk._open:
                await asyncio.sleep(0.001)
        with pytest.raises(Late):
            await line.labels("too late", seconds=0.1)
        toy.gate.release()
        await first
        toy.gate.release()
        assert await line.labels("after") == [0.01]
    assert toy.batches == [["first"], ["after"]]


async def test_whoever_is_too_much_is_sent_away(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(express, "MOST_CHARACTERS", 100)
    toy = Gated()
    line = Line(clock, toy)
    async with line.open():
        # Alone it may be of any size.
        first = asyncio.create_task(line.labels("x" * 200))
        async with asyncio.timeout(WAIT):
            while not line.desk._open:
                await asyncio.sleep(0.001)
        with pytest.raises(NoWorker):
            await line.labels("fine")
        toy.gate.release()
        assert await first == [0.01]
        toy.gate.release()
        assert await line.labels("fine") == [0.01]
