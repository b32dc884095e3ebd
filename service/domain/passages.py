"""Cut a text into the passages that are scored: overlapping windows, and sentences."""

import re
from itertools import accumulate

Passage = tuple[int, int]
"""A piece of a text as code points [start, end)."""

WINDOW = 5_000
"""Code points of a window, and so how closely abuse in a long text is placed; classifiers cut finer where they must."""
OVERLAP = 400
SENTENCES = 36
"""Of one text; with its windows never more than one question may hold while a text has at most 20,480 code points."""

# A run of marks is entered only at its beginning: 20,000 dots must not be read 20,000 times.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'\u201d\u2019)\]]*+\s++|[\u3002\uff01\uff1f]++\s*+|\n\s*+")


def windows(text: str, start: int = 0, stop: int | None = None) -> list[Passage]:
    """Cut a text, or a passage of it, into windows; one where it is short enough."""
    end = len(text) if stop is None else stop
    if end - start <= WINDOW:
        return [(start, end)]
    starts = range(start, end - OVERLAP, WINDOW - OVERLAP)
    return [(first, min(first + WINDOW, end)) for first in starts]


def sentences(text: str) -> list[Passage]:
    """Cut a text into its sentences, without the white space between; short ones join where there are too many."""
    bounds = [0, *(found.end() for found in _END.finditer(text)), len(text)]
    least = len(text) // SENTENCES + 1 if len(bounds) > SENTENCES + 1 else 1
    cut: list[Passage] = []
    start = 0
    for stop in bounds[1:]:
        if stop - start >= least or stop == len(text):
            cut.append((start, stop))
            start = stop
    trimmed = [_trim(text, *passage) for passage in cut]
    return [window for first, last in trimmed if last > first for window in windows(text, first, last)]


def _trim(text: str, start: int, stop: int) -> Passage:
    piece = text[start:stop]
    return start + len(piece) - len(piece.lstrip()), stop - (len(piece) - len(piece.rstrip()))


class Units:
    """Places of a text in UTF-16 code units, as JavaScript and Java count them."""

    def __init__(self, text: str) -> None:
        """Count once; a text without astral characters needs no table."""
        self._table = None if text.isascii() else [0, *accumulate(1 + (char > "\uffff") for char in text)]

    def at(self, place: int) -> int:
        """Convert a place in code points."""
        return place if self._table is None else self._table[place]
