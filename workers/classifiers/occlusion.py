"""Which words raised a score: the ones without which it falls."""

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

_WORD = re.compile(r"\S+")
# A passage this long costs a model little and holds the context that a word needs; longer texts are searched for
# the passage that scores highest.
_PASSAGE = 48
_LEAST_SHARE = 0.25  # a word counts as a cause from this share of the strongest word's part in the score
_LEAST = 0.02  # and from this fall of the logit: less is the noise of batch-mates in int8
_EDGE = 1e-6

Span = tuple[int, int]
Score = Callable[[Sequence[str]], Sequence[Sequence[float]]]


class _Words(NamedTuple):
    """Words [first, stop) of the list of all."""

    first: int
    stop: int


def spans(text: str, labels: Sequence[str], score: Score, limit: int) -> dict[str, list[Span]]:
    """Find, per label, at most `limit` words as [start, end) code points, ascending, without which its score falls.

    Calls `score` about twice the square root of the number of words times, for at most some 50 words of context each.
    """
    words = [match.span() for match in _WORD.finditer(text)]
    found: dict[str, list[Span]] = {label: [] for label in labels}
    if not words or limit < 1:
        return found
    for passage, columns in _passages(text, words, len(labels), score).items():
        falls = _falls(text, words, passage, columns, score)
        for column in columns:
            best = sorted(falls[column].items(), key=lambda item: -item[1])[:limit]
            least = max(_LEAST_SHARE * best[0][1], _LEAST) if best else _LEAST
            found[labels[column]] = sorted(words[word] for word, fall in best if fall >= least)
    return found


def _passages(text: str, words: list[Span], labels: int, score: Score) -> dict[_Words, list[int]]:
    """Choose for each label the passage that scores highest; returns the labels' columns by passage."""
    if len(words) <= _PASSAGE:
        return {_Words(0, len(words)): list(range(labels))}
    last = len(words) - _PASSAGE
    passages = [_Words(first, first + _PASSAGE) for first in [*range(0, last, _PASSAGE // 2), last]]
    rows = score([_cut(text, words, passage) for passage in passages])
    chosen: dict[_Words, list[int]] = {}
    for column in range(labels):
        best = max(range(len(passages)), key=lambda i: rows[i][column])
        chosen.setdefault(passages[best], []).append(column)
    return chosen


def _falls(
    text: str, words: list[Span], passage: _Words, columns: list[int], score: Score
) -> dict[int, dict[int, float]]:
    """Measure for each label how far its logit falls without each word of the runs of words that matter most."""
    step = max(1, math.isqrt(passage.stop - passage.first))
    runs = [_Words(first, min(first + step, passage.stop)) for first in range(passage.first, passage.stop, step)]
    by_run = _without(text, words, passage, runs, score)
    strongest = {column: sorted(range(len(runs)), key=lambda i: -by_run[i][column])[:2] for column in columns}
    singles = sorted(
        {word for runs_ in strongest.values() for i in runs_ for word in range(runs[i].first, runs[i].stop)}
    )
    by_word = _without(text, words, passage, [_Words(word, word + 1) for word in singles], score)
    return {column: {word: fall[column] for word, fall in zip(singles, by_word, strict=True)} for column in columns}


def _without(text: str, words: list[Span], passage: _Words, gaps: Sequence[_Words], score: Score) -> list[list[float]]:
    """Measure the fall of every label's logit when each gap is taken out of the passage."""
    start, stop = words[passage.first][0], words[passage.stop - 1][1]
    variants = [text[start : words[gap.first][0]] + text[words[gap.stop - 1][1] : stop] for gap in gaps]
    whole, *rest = score([text[start:stop], *variants])
    return [[_logit(a) - _logit(b) for a, b in zip(whole, row, strict=True)] for row in rest]


def _cut(text: str, words: list[Span], passage: _Words) -> str:
    return text[words[passage.first][0] : words[passage.stop - 1][1]]


def _logit(probability: float) -> float:
    clipped = min(max(probability, _EDGE), 1 - _EDGE)
    return math.log(clipped / (1 - clipped))
