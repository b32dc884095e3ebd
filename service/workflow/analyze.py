"""Score texts for somebody who waits, by windows and sentences; nothing is stored."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from service.domain.errors import GatepostError
from service.domain.express import MOST_TEXTS, Question, Told
from service.domain.passages import Passage, sentences, windows
from service.domain.scores import Scores
from service.workflow.house import House

SECONDS = 1.4
"""To answer for a short text: at half of it a second worker is asked, which Coral's 800 ms leave time for."""
POINTS_PER_SECOND = 3_000
"""Longer texts get a second more for so many code points."""
SECONDS_MOST = 10.0


class Unscorable(GatepostError):
    """The classifier failed on this text."""


class Part(Struct, frozen=True, kw_only=True):
    """A passage of a text, as code points [start, end), with a probability per label."""

    start: int
    end: int
    labels: dict[str, float]


class Analysis(Struct, frozen=True, kw_only=True):
    """What a classifier says of one text: of the whole, and of its parts where it was read in parts.

    The whole has the highest of its windows. `languages` are those that the classifier was evaluated on.
    """

    scores: Scores
    parts: tuple[Part, ...]
    languages: tuple[str, ...]


async def analyse(house: House, texts: Sequence[str], *, by_sentence: bool = False) -> list[Analysis]:
    """Score texts, long ones in overlapping windows, with a part for each window or, if asked for, each sentence.

    Raises NoWorker, Late, StorageDown or Unscorable; never gives a score that no classifier gave.
    """
    plans = [_Plan(text, by_sentence=by_sentence) for text in texts]
    asked = [piece for plan in plans for piece in plan.pieces()]
    seconds = min(SECONDS_MOST, SECONDS + sum(map(len, asked)) / POINTS_PER_SECOND)
    answers = await asyncio.gather(
        *(
            house.express.score(Question(texts=tuple(asked[first : first + MOST_TEXTS])), seconds=seconds)
            for first in range(0, len(asked), MOST_TEXTS)
        )
    )
    told = iter([one for answer in answers for one in answer.texts])
    return [plan.analysis([_scores(next(told)) for _ in plan.passages], answers[0].languages) for plan in plans]


def _scores(told: Told) -> Scores:
    if told.scores is None:
        message = "The classifier could not read this text."
        raise Unscorable(message)
    return told.scores


class _Plan:
    """The passages in which one text is read: its windows, and behind them its sentences."""

    def __init__(self, text: str, *, by_sentence: bool) -> None:
        self._text = text
        self._windows = windows(text)
        cut = sentences(text) if by_sentence else []
        # A text of one sentence is not asked about twice.
        self._sentences = cut if len(cut) > 1 else []

    @property
    def passages(self) -> list[Passage]:
        return [*self._windows, *self._sentences]

    def pieces(self) -> list[str]:
        return [self._text[start:end] for start, end in self.passages]

    def analysis(self, scores: Sequence[Scores], languages: tuple[str, ...]) -> Analysis:
        parts = [
            Part(start=start, end=end, labels=one.labels)
            for (start, end), one in zip(self.passages, scores, strict=True)
        ]
        count = len(self._windows)
        whole = scores[0]
        if count > 1:
            highest = {label: max(one.labels[label] for one in scores[:count]) for label in whole.labels}
            whole = Scores(labels=highest, classifier=whole.classifier, version=whole.version, hash=whole.hash)
        shown = parts[count:] or (parts if count > 1 else [])
        return Analysis(scores=whole, parts=tuple(shown), languages=languages)
