"""Questions past the queue: they reach one live worker, and nobody is told what no classifier said."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

import pytest
from msgspec.structs import replace

from service.domain.errors import Late, NoWorker, StorageDown
from service.domain.express import Answer, Asked, Question, Told
from service.domain.scores import Scores
from service.domain.work import WorkerInfo
from tests.ports import Backend
from tests.redis_backend import RedisBackend

SECONDS = 5.0


def told(text: str, by: str) -> Told:
    scores = Scores(labels={"toxicity": len(text) / 1000}, classifier="toy", version="1", hash=by)
    return Told(scores=scores, spans={"toxicity": ((0, len(text)),)})


def answer_of(asked: Asked, by: str = "a") -> Answer:
    return Answer(texts=tuple(told(text, by) for text in asked.question.texts), languages=("en",))


class Crew:
    """Workers that answer as they are told."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.heard: list[tuple[str, Asked]] = []

    def info(self, name: str, *, healthy: bool = True, seal: bytes | None = None) -> WorkerInfo:
        return WorkerInfo(
            name=name,
            classifier="toy",
            version="1",
            hash=name,
            languages=("en",),
            lanes=("main",),
            healthy=healthy,
            per_second=1.0,
            counters={},
            seal=self.backend.questions.seal if seal is None else seal,
        )

    @contextlib.asynccontextmanager
    async def worker(self, name: str, says: Callable[[Asked], Answer | None] | None = None) -> AsyncIterator[None]:
        """Run a worker that answers at once, or not at all."""
        ready = asyncio.Event()

        async def work() -> None:
            async with self.backend.questions.listen(name) as questions:
                ready.set()
                async for asked in questions:
                    self.heard.append((name, asked))
                    if says is not None:
                        await self.backend.questions.answer(asked, says(asked))

        task = asyncio.create_task(work())
        await ready.wait()
        await self.backend.fleet.beat(self.info(name), seconds=60)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def crew(backend: Backend) -> Crew:
    return Crew(backend)


def question(*texts: str, spans: bool = True) -> Question:
    return Question(texts=texts or ("A fine morning.",), spans=spans)


async def test_answers_come_back_whole_and_in_order(backend: Backend, crew: Crew) -> None:
    texts = tuple(f"{'long ' * 400}text \u2603 \U0001f600 {number}" for number in range(64))
    async with crew.worker("a", answer_of):
        answer = await backend.express.score(question(*texts), seconds=SECONDS)
    assert answer.texts == tuple(told(text, "a") for text in texts)
    assert answer.languages == ("en",)
    ((_, asked),) = crew.heard
    assert asked.question == question(*texts)
    assert 0 < asked.seconds <= SECONDS


async def test_many_questions_at_once_are_told_apart(backend: Backend, crew: Crew) -> None:
    async with crew.worker("a", answer_of), crew.worker("b", answer_of):
        asked = [question("x" * number) for number in range(100)]
        answers = await asyncio.gather(*(backend.express.score(one, seconds=SECONDS) for one in asked))
    lengths = [answer.texts[0].spans["toxicity"][0][1] for answer in answers]
    assert lengths == list(range(100))
    assert {name for name, _ in crew.heard} == {"a", "b"}


async def test_without_a_worker_nobody_answers(backend: Backend, crew: Crew) -> None:
    with pytest.raises(NoWorker):
        await backend.express.score(question(), seconds=SECONDS)
    await backend.fleet.beat(crew.info("ill", healthy=False), seconds=60)
    await backend.fleet.beat(crew.info("deaf", seal=b""), seconds=60)
    with pytest.raises(NoWorker):
        await backend.express.score(question(), seconds=SECONDS)
    # Its heartbeat outlives a worker that was killed.
    await backend.fleet.beat(crew.info("gone"), seconds=60)
    began = time.monotonic()
    with pytest.raises(NoWorker):
        await backend.express.score(question(), seconds=SECONDS)
    assert time.monotonic() - began < SECONDS / 2


async def test_a_silent_worker_is_waited_for_no_longer_than_asked(backend: Backend, crew: Crew) -> None:
    async with crew.worker("silent"):
        began = time.monotonic()
        with pytest.raises(Late):
            await backend.express.score(question(), seconds=0.4)
        assert 0.35 < time.monotonic() - began < SECONDS


async def test_after_half_the_time_another_worker_is_asked(backend: Backend, crew: Crew) -> None:
    async with crew.worker("silent"):
        async with crew.worker("b", answer_of):
            number = 0
            # Which of them is asked first is left to chance.
            while "silent" not in {name for name, _ in crew.heard}:
                number += 1
                answer = await backend.express.score(question(f"text {number}"), seconds=1.0)
                assert answer.texts == (told(f"text {number}", "a"),)
        await backend.fleet.leave("b")
    assert [name for name, _ in crew.heard].count("b") == number


async def test_whoever_has_its_hands_full_sends_on_to_another(backend: Backend, crew: Crew) -> None:
    async with crew.worker("full", lambda _asked: None):
        async with crew.worker("b", answer_of):
            number = 0
            while "full" not in {name for name, _ in crew.heard}:
                number += 1
                await backend.express.score(question(f"text {number}"), seconds=SECONDS)
        await backend.fleet.leave("b")
        with pytest.raises(NoWorker):
            await backend.express.score(question("another"), seconds=SECONDS)


async def test_a_text_that_failed_is_told_as_such(backend: Backend, crew: Crew) -> None:
    def half(asked: Asked) -> Answer:
        return replace(answer_of(asked), texts=(answer_of(asked).texts[0], Told(scores=None)))

    async with crew.worker("a", half):
        answer = await backend.express.score(question("one", "two"), seconds=SECONDS)
    assert [one.scores is None for one in answer.texts] == [False, True]


async def test_a_lost_connection_is_said_and_the_next_question_works(backend: Backend, crew: Crew) -> None:
    async with crew.worker("silent"):
        asking = asyncio.create_task(backend.express.score(question(), seconds=SECONDS))
        async with asyncio.timeout(SECONDS):
            while not crew.heard:
                await asyncio.sleep(0.01)
        backend.cut()
        with pytest.raises(StorageDown):
            await asking
    async with crew.worker("a", answer_of):
        await backend.fleet.leave("silent")
        assert await backend.express.score(question(), seconds=SECONDS)


async def test_what_was_just_scored_is_remembered_while_its_classifier_works(
    redis_backend: RedisBackend,
) -> None:
    crew, express = Crew(redis_backend), redis_backend.express
    async with crew.worker("a", answer_of):
        first = await express.score(question("one", "two"), seconds=SECONDS)
        assert await express.score(question("two", "one"), seconds=SECONDS) == replace(first, texts=first.texts[::-1])
        assert len(crew.heard) == 1
        await express.score(question("two", spans=False), seconds=SECONDS)
        await express.score(question("two", "three"), seconds=SECONDS)
        assert len(crew.heard) == 3
    await redis_backend.fleet.leave("a")
    redis_backend.storage.express.forget_fleet()
    with pytest.raises(NoWorker):
        await express.score(question("one"), seconds=SECONDS)
