"""Scores for a text that is not stored: what is asked, and what a worker answers."""

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
