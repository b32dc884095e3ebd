"""Questions answered past the queue: scored in turn with its comments, in the same thread."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field

from service.domain.errors import StorageDown
from service.domain.express import Answer, Asked, Questions, Spans, Told
from workers.pace import SHORT_SECONDS
from workers.scoring import BrokenClassifier, Scorer
from workers.threads import Threads

_log = logging.getLogger(__name__)

MOST_CHARACTERS = 400_000
"""What may wait here at once; beyond, the asker is sent to another worker."""
_PAUSE_SECONDS = 0.5
_LEAST_CHARACTERS = 100


@dataclass(eq=False)
class _Open:
    """A question being answered, text by text."""

    asked: Asked
    deadline: float
    told: list[Told] = field(default_factory=list)

    @property
    def texts(self) -> tuple[str, ...]:
        return self.asked.question.texts

    @property
    def done(self) -> bool:
        return len(self.told) == len(self.texts)


class ExpressDesk:
    """Hears what one worker is asked and answers it.

    The classifying thread works off its tasks in turn, and the queue's portions and the slices here are as long: while
    both wait, each has half of the time, and when one does not, the other has all.
    """

    def __init__(
        self,
        *,
        name: str,
        questions: Questions,
        scorer: Scorer,
        threads: Threads,
        on_broken: Callable[[BrokenClassifier], None],
    ) -> None:
        """Take the worker's name, the port, what the worker classifies by, and whom to tell that it is broken."""
        self._name = name
        self._questions = questions
        self._scorer = scorer
        self._threads = threads
        self._pace = threads.pace
        self._on_broken = on_broken
        self._broken = False
        self._open: deque[_Open] = deque()
        self._waiting = 0
        self._some = asyncio.Event()
        self._answering: set[asyncio.Task[None]] = set()

    @property
    def seal(self) -> bytes:
        """Give the key that the heartbeat tells."""
        return self._questions.seal

    async def run(self) -> None:
        """Answer until cancelled, or until the classifier is broken."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear())
            tasks.create_task(self._work())

    async def _hear(self) -> None:
        while True:
            try:
                async with self._questions.listen(self._name) as heard:
                    async for asked in heard:
                        self._take(asked)
            except StorageDown as error:
                _log.warning("storage away: %s", error.detail)
            await asyncio.sleep(_PAUSE_SECONDS)

    def _take(self, asked: Asked) -> None:
        self._pace.hurry()
        self._drop_late()
        size = sum(map(len, asked.question.texts))
        if self._broken or (self._open and self._waiting + size > MOST_CHARACTERS):
            self._tell(asked, None)
            return
        self._waiting += size
        self._open.append(_Open(asked, time.monotonic() + asked.seconds))
        self._some.set()

    async def _work(self) -> None:
        while True:
            await self._some.wait()
            chosen = self._slice()
            if not chosen:
                self._some.clear()
                continue
            scored, seconds = await self._threads.timed(self._score, [text for _one, text in chosen])
            self._pace.note([len(text) for _one, text in chosen], seconds)
            if any(told.scores is None for told in scored) and not await self._sound():
                return
            for (one, _text), told in zip(chosen, scored, strict=True):
                one.told.append(told)
                # It may have become too late meanwhile, and been dropped.
                if one.done and one in self._open:
                    self._close(one)
                    self._finish(one)

    async def _sound(self) -> bool:
        """Tell whether the classifier failed on a text alone; else everybody is sent to another worker."""
        try:
            await self._threads.decide(self._scorer.prove)
        except BrokenClassifier as error:
            self._broken = True
            for one in list(self._open):
                self._close(one)
                self._tell(one.asked, None)
            self._on_broken(error)
        return not self._broken

    def _drop_late(self) -> None:
        for one in list(self._open):
            if time.monotonic() >= one.deadline:
                self._close(one)

    def _slice(self) -> list[tuple[_Open, str]]:
        """Choose texts of the questions in turn until there is work for a slice; drops what is too late."""
        self._drop_late()
        chosen: list[tuple[_Open, str]] = []
        room = self._pace.characters(SHORT_SECONDS)
        left = {one: deque(one.texts[len(one.told) :]) for one in self._open}
        while any(left.values()):
            one = self._open[0]
            if left[one]:
                size = max(len(left[one][0]), _LEAST_CHARACTERS)
                if chosen and size > room:
                    break
                room -= size
                chosen.append((one, left[one].popleft()))
            # Whoever had a turn is last in the next slice too.
            self._open.rotate(-1)
        return chosen

    def _close(self, one: _Open) -> None:
        self._open.remove(one)
        self._waiting -= sum(map(len, one.texts))

    def _score(self, texts: Sequence[str]) -> list[Told]:
        """Score each text alone: a question asked twice is answered alike, whatever else is being asked."""
        told = []
        for text in texts:
            try:
                labels = self._scorer.score([text])[0]
            except Exception as error:  # noqa: BLE001 - a classifier may raise anything; the others are scored
                _log.warning("scoring failed: %s", type(error).__name__)
                told.append(Told(scores=None))
            else:
                told.append(Told(scores=self._scorer.stamp(labels)))
        return told

    def _finish(self, one: _Open) -> None:
        answer = Answer(texts=tuple(one.told), languages=tuple(sorted(self._scorer.classifier.languages)))
        if one.asked.question.spans:
            self._start(self._explained(one, answer))
        else:
            self._tell(one.asked, answer)

    async def _explained(self, one: _Open, answer: Answer) -> None:
        texts = [
            Told(scores=told.scores, spans=await self._threads.explain(self._spans, text) if told.scores else {})
            for text, told in zip(one.texts, answer.texts, strict=True)
            if time.monotonic() < one.deadline
        ]
        if len(texts) == len(one.texts):
            await self._questions.answer(one.asked, Answer(texts=tuple(texts), languages=answer.languages))

    def _spans(self, text: str) -> Spans:
        (found,) = self._scorer.classifier.spans_of([text])
        return {label: tuple(places) for label, places in found.items()}

    def _tell(self, asked: Asked, answer: Answer | None) -> None:
        self._start(self._questions.answer(asked, answer))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except StorageDown as error:
            _log.warning("storage away: %s", error.detail)
        except Exception as error:  # noqa: BLE001 - a classifier may raise anything; the asker's deadline tells them
            _log.warning("answering failed: %s", type(error).__name__)
