"""Cut normalised text into word pieces, and long texts into the windows that a transformer reads."""

import re
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

PAD, UNKNOWN, OPEN, CLOSE = range(4)
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
"""The first pieces of every vocabulary, in this order."""
WINDOW = 96
"""Pieces that the transformer reads at once, `OPEN` and `CLOSE` among them."""
ROOM = WINDOW - 2
TAIL = 36
"""Of a text longer than a window: how many pieces of its end stand behind the start of it."""
_STRIDE = 62  # so that 32 pieces lie in two windows
_GLANCE = 24
_MOST = 4  # windows of one text: reading all of dev found no more, and 10,000 different emoji would fill 800
_LONG_WORD = re.compile(r"\S{80}(?=\S)")  # longer words than 100 characters would become one unknown piece


def tokenizer(vocabulary: Sequence[str]) -> Tokenizer:
    """Build the tokenizer of an ordered `vocabulary`, without special pieces, truncation or padding."""
    made = Tokenizer(WordPiece({piece: number for number, piece in enumerate(vocabulary)}, unk_token=SPECIAL[UNKNOWN]))
    # The normaliser has already lowered the case and taken the marks off.
    made.normalizer = BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False)
    made.pre_tokenizer = BertPreTokenizer()
    return made


class Cut(NamedTuple):
    """A text in pieces: per piece its number, its characters [start, end) in the text, and the word it belongs to."""

    ids: list[int]
    places: list[tuple[int, int]]
    words: list[int | None]


def encode(pieces: Tokenizer, text: str) -> list[int]:
    """Return the numbers of the pieces of a normalised text; lone surrogates count as unknown."""
    # One call a text: encode_batch would start a thread per core.
    ids: list[int] = pieces.encode(_readable(text), add_special_tokens=False).ids
    return ids


def cut(pieces: Tokenizer, text: str) -> Cut:
    """Return the same pieces with the places that they came from."""
    readable = _readable(text)
    found = pieces.encode(readable, add_special_tokens=False)
    # The blanks that break a long word stand in `readable` alone.
    breaks = [match.end() + number for number, match in enumerate(_LONG_WORD.finditer(_encodable(text)))]
    places = [(start - bisect(breaks, start), end - bisect(breaks, end - 1)) for start, end in found.offsets]
    return Cut(found.ids, places, found.word_ids)


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _readable(text: str) -> str:
    return _LONG_WORD.sub(r"\g<0> ", _encodable(text))


def ends(length: int, room: int = ROOM) -> list[int]:
    """Return the positions of all of `length` pieces, or of as many from the start and the end as fit into `room`."""
    if length <= room:
        return list(range(length))
    tail = room * TAIL // ROOM
    return [*range(room - tail), *range(length - tail, length)]


def suspicion(ids: Sequence[int], weights: Sequence[float]) -> float:
    """Return the highest sum of `weights` over 24 neighbouring pieces: a glance, much cheaper than reading."""
    sums = [0.0, *accumulate(weights[piece] for piece in ids)]
    if len(ids) <= _GLANCE:
        return sums[-1]
    return max(after - before for before, after in zip(sums, sums[_GLANCE:], strict=False))


def windows(ids: Sequence[int], weights: Sequence[float], least: float) -> list[list[int]]:
    """Return the positions to read of a text: its two ends, and every overlapping window that looks suspicious.

    A text that fits into one window is read whole. Of longer ones at most 4 windows with a suspicion of `least` or
    more are read, the most suspicious ones.
    """
    views = [ends(len(ids))]
    if len(ids) > ROOM:
        last = len(ids) - ROOM
        starts = [*range(0, last, _STRIDE), last]
        found = [(suspicion(ids[start : start + ROOM], weights), start) for start in starts]
        chosen = sorted((pair for pair in found if pair[0] >= least), key=lambda pair: (-pair[0], pair[1]))[:_MOST]
        views += [list(range(start, start + ROOM)) for _suspicion, start in chosen]
    return views
