"""Scores for a text that is not stored: what is asked, and what a worker answers."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from msgspec import Struct

from service.domain.scores import Scores

MOST_TEXTS = 64
"""Texts of one question."""

Spans = dict[str, tuple[tuple[int, int], ...]]
"""Per label the words that raised it, as [start, end) code points of the text."""


class Question(Struct, frozen=True, kw_only=True):
    """Texts to score, and whether to say which words raised each label."""

    texts: tuple[str, ...]
    spans: bool = False


class Told(Struct, frozen=True, kw_only=True):
    """What a worker says of one text; `scores` is nothing where its classifier failed on it."""

    scores: Scores | None
    spans: Spans = {}


class Asked(Struct, frozen=True, kw_only=True):
    """A question as a worker received it: who asked, and how many seconds are left to answer."""

    id: str
    asker: str
    question: Question
    seconds: float


class Answer(Struct, frozen=True, kw_only=True):
    """One `Told` a text, in the order of the question, and the languages that the classifier was evaluated on."""

    texts: tuple[Told, ...]
    languages: tuple[str, ...]


@runtime_checkable
class Express(Protocol):
    """Scores by the workers, past the queue; no text is stored anywhere on the way."""

    async def score(self, question: Question, *, seconds: float) -> Answer:
        """Have a live worker score the texts within `seconds`.

        Raises NoWorker, Late or StorageDown; never gives a score that no classifier gave.
        """
        ...


class Questions(Protocol):
    """The worker's side of Express."""

    seal: bytes
    """The public key of this worker, which its heartbeat tells."""

    def listen(self, worker: str) -> AbstractAsyncContextManager[AsyncIterator[Asked]]:
        """Hear the questions put to a worker; the iterator ends when the connection is lost. Raises StorageDown."""
        ...

    async def answer(self, asked: Asked, answer: Answer | None) -> None:
        """Tell the asker; nothing says that this worker has its hands full, and another should be asked."""
        ...
