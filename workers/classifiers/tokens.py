"""Texts as a BERT-like model reads them: overlapping windows of tokens, in batches with little padding."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

OVERLAP = 64
"""Tokens that neighbouring windows share: what is no longer than this lies whole in one of them."""

Ids = NDArray[np.int64]


class Window(NamedTuple):
    """Part of a text: its tokens with the special ones around them, and the code points [start, stop) it covers."""

    text: int
    ids: list[int]
    start: int
    stop: int


class Reader:
    """Cuts texts into windows of at most `max_len` tokens, as the content of a `tokenizer.json` says."""

    def __init__(self, content: str, *, max_len: int, pad_id: int) -> None:
        """Read the tokenizer; ValueError if the content is none or leaves a window no room for text."""
        try:
            self._tokenizer = Tokenizer.from_str(content)
        except Exception as error:  # the library raises nothing more special
            message = f"no tokenizer: {error}"
            raise ValueError(message) from error
        # A tokenizer may ask for either, and both belong to the windows here.
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._before, self._after = self._special()
        self._room = max_len - len(self._before) - len(self._after)
        self._pad_id = pad_id
        if self._room < 1:
            message = f"{max_len} tokens leave no room for text"
            raise ValueError(message)

    def _special(self) -> tuple[list[int], list[int]]:
        """Find the special tokens that stand before and after a text's own."""
        special = self._tokenizer.encode("").ids
        for probe in ("a", "0", "."):
            own = self._tokenizer.encode(probe, add_special_tokens=False).ids
            for split in range(len(special) + 1):
                if own and self._tokenizer.encode(probe).ids == [*special[:split], *own, *special[split:]]:
                    return special[:split], special[split:]
        message = "the tokenizer puts its special tokens in no place that can be recognised"
        raise ValueError(message)

    @property
    def vocabulary(self) -> int:
        """The number of tokens, added ones included."""
        return int(self._tokenizer.get_vocab_size(with_added_tokens=True))

    def windows(self, texts: Sequence[str]) -> list[Window]:
        """Cut each text into one window or more, in order; ValueError for a text that is not valid Unicode."""
        return [window for number, text in enumerate(texts) for window in self._windows(number, text)]

    def _windows(self, number: int, text: str) -> Iterator[Window]:
        encoded = self._encode(text)
        ids = encoded.ids
        if len(ids) <= self._room:
            yield Window(number, [*self._before, *ids, *self._after], 0, len(text))
            return
        offsets = encoded.offsets
        last = len(ids) - self._room
        stride = max(self._room - OVERLAP, (self._room + 1) // 2)
        # The last window ends with the text and is as long as the others: no tail is judged without its context.
        for first in [*range(0, last, stride), last]:
            stop = first + self._room
            part = ids[first:stop]
            yield Window(
                number,
                [*self._before, *part, *self._after],
                offsets[first][0],
                max(offsets[stop - 1][1], offsets[first][0]),
            )

    def _encode(self, text: str) -> Encoding:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            message = f"the text is not valid Unicode: {error.reason} at character {error.start}"
            raise ValueError(message) from error
        return self._tokenizer.encode(text, add_special_tokens=False)

    def padded(self, windows: Sequence[Window]) -> tuple[Ids, Ids]:
        """Lay windows out as ids and attention mask: two arrays of shape (windows, longest of them)."""
        longest = max(len(window.ids) for window in windows)
        ids = np.full((len(windows), longest), self._pad_id, np.int64)
        mask = np.zeros((len(windows), longest), np.int64)
        for row, window in enumerate(windows):
            ids[row, : len(window.ids)] = window.ids
            mask[row, : len(window.ids)] = 1
        return ids, mask


def batches(windows: Sequence[Window], budget: int) -> Iterator[list[int]]:
    """Yield positions of windows, shortest first, so that no batch with its padding has more than `budget` tokens.

    A window that alone has more goes alone; a budget of 0 makes every window go alone.
    """
    current: list[int] = []
    for position in sorted(range(len(windows)), key=lambda i: len(windows[i].ids)):
        if current and len(windows[position].ids) * (len(current) + 1) > budget:
            yield current
            current = []
        current.append(position)
    if current:
        yield current


def highest(windows: Sequence[Window], scores: NDArray[np.float32], texts: int) -> list[tuple[float, ...]]:
    """Reduce scores of shape (windows, labels) to the highest of each text and label.

    Raises ValueError where a score is not a finite number.
    """
    if not np.isfinite(scores).all():
        message = "a score is not a finite number"
        raise ValueError(message)
    best = np.zeros((texts, scores.shape[1]), np.float32)
    np.maximum.at(best, [window.text for window in windows], scores)
    return [tuple(map(float, row)) for row in best]
