"""Hashed character and word n-grams of many normalised texts at once, without a Python loop over characters."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

CHAR_SIZES = (2, 3, 4, 5, 6)
"""Lengths of the character n-grams; one blank at either end of a text counts as a character."""
WORD_SIZES = (1, 2)
"""Lengths of the word n-grams."""
CHAR_BITS = 19
"""Character n-grams fall into 2 ** CHAR_BITS slots."""
WORD_BITS = 18
"""Word n-grams fall into 2 ** WORD_BITS slots of a table of their own."""
NOTHING = 1 << CHAR_BITS
"""The slot of a character n-gram that would run past the end of its text: its weight is always zero."""

_KEPT = "abcdefghijklmnopqrstuvwxyz0123456789'*!?#@\n"
_ASCII = np.full(128, ord(" "), np.uint32)
_ASCII[[ord(char) for char in _KEPT]] = [ord(char) for char in _KEPT]
_BREAKS = np.zeros(128, bool)
_BREAKS[[ord(char) for char in " \n!?"]] = True

_STEP = np.uint32(0x9E3779B1)
_CHAR_SALTS = tuple(map(np.uint32, (0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F, 0x165667B1, 0x2545F491)))
_WORD_SALTS = tuple(map(np.uint32, (0xD3A2646D, 0xFD7046C5)))
_LONGEST_WORD = 64
_POWERS = np.cumprod(np.full(_LONGEST_WORD, _STEP, np.uint32), dtype=np.uint32)

Indices: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.uint32]


class Grams(NamedTuple):
    """N-grams of a batch of `T` texts, laid out in one line of `N` characters and `M` words."""

    chars: list[Indices]
    """Per size in `CHAR_SIZES`: the slot of the n-gram that starts at each of the `N` characters, or `NOTHING`."""
    words: list[Indices]
    """Per size in `WORD_SIZES`: the slot of each n-gram of words."""
    word_starts: Indices
    """The character at which each of the `M` words starts, ascending."""
    word_ends: Indices
    """The character after each word."""
    pair_starts: Indices
    """Which of the words opens each pair of words."""
    starts: Indices
    """The first character of each of the `T` texts (its opening blank)."""
    ends: Indices
    """The character after the last one of each text."""
    origins: Indices
    """Where each of the `N` characters stood in the normalised text, counted within that text."""


def _scramble(hashes: Codes, salt: np.uint32, bits: int) -> Indices:
    mixed = hashes ^ (hashes >> np.uint32(15))
    mixed *= salt
    mixed ^= mixed >> np.uint32(13)
    mixed *= _STEP
    return (mixed >> np.uint32(32 - bits)).astype(np.int64)


def extract(texts: Sequence[str]) -> Grams:
    """Find the n-grams of texts that `service.domain.text.normalise` returned; a batch may be empty.

    Punctuation other than ``'*!?#@`` reads as a blank, runs of blanks as one; words end at blanks, ``!`` and ``?``.
    """
    line = "".join([f" {text} \n" for text in texts])
    codes = np.frombuffer(line.encode("utf-32-le"), np.uint32)
    narrow = codes < len(_ASCII)
    codes = np.where(narrow, _ASCII[codes & np.uint32(127)], codes)
    blank = codes == ord(" ")
    keep = np.ones(len(codes), bool)
    keep[1:] = ~(blank[1:] & blank[:-1])
    places = np.flatnonzero(keep)
    codes = codes[places]
    ends = np.flatnonzero(codes == ord("\n"))
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64)[: len(ends)]
    lengths = ends - starts + 1
    firsts = places[starts] if len(starts) else starts
    origins = places - np.repeat(firsts, lengths) - 1
    word_starts, word_ends, pairs, words = _words(codes)
    return Grams(_chars(codes, ends), words, word_starts, word_ends, pairs, starts, ends, origins)


def _chars(codes: Codes, ends: Indices) -> list[Indices]:
    slots = []
    rolling = codes.copy()
    size = 1
    for wanted, salt in zip(CHAR_SIZES, _CHAR_SALTS, strict=True):
        while size < wanted:
            rolling *= _STEP
            rolling[: max(len(codes) - size, 0)] += codes[size:]
            size += 1
        slot = _scramble(rolling, salt, CHAR_BITS)
        for back in range(size):
            slot[np.maximum(ends - back, 0)] = NOTHING
        slots.append(slot)
    return slots


def _words(codes: Codes) -> tuple[Indices, Indices, Indices, list[Indices]]:
    breaks = _BREAKS[np.minimum(codes, np.uint32(127))]
    edges = np.flatnonzero(breaks[1:] != breaks[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        none = np.zeros(0, np.int64)
        return none, none, none, [none for _ in WORD_SIZES]
    lengths = ends - starts
    first = np.repeat(starts, lengths)
    inside = np.flatnonzero(~breaks)
    powers = _POWERS[np.minimum(inside - first, _LONGEST_WORD - 1)]
    opens = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    hashes = np.add.reduceat((codes[inside] ^ np.uint32(0x5BD1)) * powers, opens, dtype=np.uint32)
    newlines = np.cumsum(codes == ord("\n"))
    pairs = np.flatnonzero(newlines[starts[1:]] == newlines[starts[:-1]])
    single, double = _WORD_SALTS
    paired = hashes[pairs] * _CHAR_SALTS[0] + hashes[pairs + 1]
    return starts, ends, pairs, [_scramble(hashes, single, WORD_BITS), _scramble(paired, double, WORD_BITS)]


def char_count(length: int) -> int:
    """Count the character n-grams of a text of `length` characters, blanks at its ends included."""
    return sum(max(length - size + 1, 0) for size in CHAR_SIZES)
