"""The one normaliser: what classifiers and word rules read instead of the raw comment.

It undoes what is written to get past a filter (lookalike letters, invisible characters, l33t, s p a c e d letters,
repeeeeated letters, f**k) and keeps words, punctuation and ordinary numbers. Every step is linear in the text.
"""

import re
import unicodedata
from array import array
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

LIMIT = 2000
"""Code points read when no limit is given; longer texts are for the caller to cut into windows."""

_LOOKALIKES = {
    "a": "аαɑ∂", "b": "ьЬƅвβ", "c": "сϲ¢©", "d": "ԁ", "e": "еєε€℮", "f": "ƒ", "g": "ɡ", "h": "һհ", "i": "іɩι¡",
    "j": "јϳ", "k": "кκ", "l": "ӏ", "m": "м", "n": "пոη", "o": "оοσօ", "p": "рρ", "q": "ԛ", "r": "гя", "s": "ѕ§",
    "t": "тτ†", "u": "υսц", "v": "ѵν", "w": "ԝωш", "x": "хχ×", "y": "уγ¥", "z": "ʐ", "ss": "ß", "ae": "æ", "oe": "œ",
    "'": "’‘`´ʼ′", '"': "“”„«»", "-": "–—‒−‐‑", "?": "¿",
}  # fmt: skip
_FIXED = {ord(char): plain for plain, chars in _LOOKALIKES.items() for char in chars}
_LETTER_NAME = re.compile(
    r"(?:LATIN|SQUARED|CIRCLED|INDICATOR|FULLWIDTH|MODIFIER)[A-Z -]*? ([A-Z])(?: WITH [A-Z -]*| DIGRAPH)?$"
)
_SPELT_OUT = frozenset({"So", "Sk"})
_SILENT = ((0x34F, 0x34F), (0xFE00, 0xFE0F), (0x1F3FB, 0x1F3FF), (0xE0100, 0xE01EF))  # joiner, variants, skin tones
_CACHE_SIZE = 8192


def _plain(char: str) -> str:
    """Give what one code point reads as: letters without marks, a spelt-out emoji, a blank, or nothing."""
    category = unicodedata.category(char)
    if category == "Cf" or any(first <= ord(char) <= last for first, last in _SILENT):
        return ""
    if category[0] in "CZ":
        return " " if category[0] == "Z" or char.isspace() or category != "Cc" else ""
    if unicodedata.combining(char):
        return ""
    parts = []
    for piece in unicodedata.normalize("NFKD", char):
        known = _FIXED.get(ord(piece))
        for low in (known,) if known else piece.lower():
            known = _FIXED.get(ord(low)) if len(low) == 1 else low
            if known is not None:
                parts.append(known)
            elif unicodedata.combining(low):
                continue
            elif low.isascii():
                parts.append(low)
            else:
                parts.append(_named(low))
    return "".join(parts)


def _named(char: str) -> str:
    """Read a non-ASCII character by its Unicode name: as the Latin letter it is a form of, or as an emoji in words."""
    name = unicodedata.name(char, "")
    letter = _LETTER_NAME.search(name)
    if letter:
        return letter[1].lower()
    if unicodedata.category(char) in _SPELT_OUT and name:
        return f" {name.lower()} "
    return char


class _Table(dict[int, str]):
    """Translate code points by `_plain`, remembering a bounded number of them: a hostile text must not fill memory."""

    def __missing__(self, code: int) -> str:
        plain = _plain(chr(code))
        if len(self) < _CACHE_SIZE:
            self[code] = plain
        return plain


_TABLE = _Table()

# Words that are starred out often enough to be worth reading back; the first one wins where two fit ("s*t").
_STEMS = (
    "fuck", "fucker", "fuckin", "shit", "bitch", "cunt", "asshole", "dick", "pussy", "nigger", "nigga", "faggot", "fag",
    "whore", "slut", "bastard", "retard", "cock", "rape", "kill", "motherfuck", "bullshit", "idiot", "stupid", "moron",
    "dumbass",
)  # fmt: skip
_SHORTEST_STEM = 3


def _masks() -> dict[str, tuple[str, int]]:
    """List every way to star out one run of up to four inner letters of a stem: masked form -> (stem, stars)."""
    masks: dict[str, tuple[str, int]] = {}
    for stem in _STEMS:
        for start in range(1, len(stem)):
            for stop in range(start + 1, min(start + 4, len(stem) - 1) + 1):
                if len(stem) - (stop - start) >= min(_SHORTEST_STEM - 1, len(stem)):
                    masks.setdefault(f"{stem[:start]}*{stem[stop:]}", (stem, stop - start))
    return masks


_MASKS = _masks()
_BARE = {"f*": "fuck", "s*": "shit"}
_MASK_RUN = re.compile(r"[*#@$%]+")


def _uncensor(match: re.Match[str]) -> str:
    word = match[0]
    run = _MASK_RUN.search(word)
    if run is None:
        return word
    stars = run.end() - run.start()
    masked = f"{word[: run.start()]}*{word[run.end() :]}"
    if masked in _BARE:
        return _BARE[masked] if stars >= _SHORTEST_STEM else word
    for stop in range(min(len(masked), 12), 2, -1):
        stem, hidden = _MASKS.get(masked[:stop], ("", 0))
        exact = word[run.start() : run.end()] in "@$" or len(stem) - hidden < _SHORTEST_STEM
        nearly = stars == hidden if exact else abs(stars - hidden) <= 1
        if stem and nearly:
            return stem + masked[stop:]
    return masked if stars > 1 and word[-1].isalpha() else word


_LEET = str.maketrans("01345780@$!+|", "oieastboasiti")
_UNITS = re.compile(
    r"\d(?:st|nd|rd|th|[a-z]|am|pm|bn|kg|km|cm|mm|mb|gb|tb|ft|in|lb|oz|hz|min|mins|mph|kph|hrs?|hours?|days?|weeks?"
    r"|months?|years?|stars?|bit|times|people|yr|yrs|yo)"
)
_LEET_INSIDE = re.compile(r"[a-z][01345780@$]{1,3}[a-z]|^[a-z]{1,2}[!|+][a-z]")
_LEET_FRONT = re.compile(r"[013578$][a-z]{3}|[4@]ss|[a-z]{1,4}\$\$")
_NOT_LEET = re.compile(r"[269]|\d{3}|![a-z]*!|^[a-z]*\d+[a-z]\d*$(?<=[xpk\d])")


def _unleet(match: re.Match[str]) -> str:
    word = match[0]
    if _NOT_LEET.search(word) or _UNITS.fullmatch(word):
        return word
    if _LEET_INSIDE.search(word) or _LEET_FRONT.match(word):
        return word.translate(_LEET)
    return word


_SPACED_SHORT = frozenset({"ass", "cum", "die", "fag", "fuk", "fck", "hoe", "kys"})


def _unspace(match: re.Match[str]) -> str:
    letters = match[0][:: 1 + len(match[1])]
    if len(letters) <= _SHORTEST_STEM:
        return letters if letters in _SPACED_SHORT else match[0]
    alphabetical = all(ord(b) - ord(a) == 1 for a, b in pairwise(letters))
    return match[0] if alphabetical else letters


_DOUBLED = frozenset("eolsfz")
_DOUBLED_INSIDE = frozenset("tdgnrpmb")


def _unrepeat(match: re.Match[str]) -> str:
    char = match[1]
    following = match.string[match.end() : match.end() + 1]
    twice = char in _DOUBLED or (char in _DOUBLED_INSIDE and following.isalpha())
    return char * 2 if twice else char


_MAY_REPEAT = frozenset(" 0123456789")


class _Step(NamedTuple):
    """One rewriting: `needed` may skip it only for texts that `pattern` cannot match."""

    needed: Callable[[str], object]
    pattern: re.Pattern[str]
    replace: Callable[[re.Match[str]], str]


def _tripled(text: str) -> bool:
    """Tell whether any character stands three times in a row, many times faster than a back-reference does."""
    return any(char * 3 in text for char in set(text).difference(_MAY_REPEAT))


_STEPS = (
    _Step(
        re.compile(r"://|www\.|@").search,
        re.compile(r"(?<![a-z])https?://\S+|(?<!\w)www\.\S+|(?<![\w.+-])[\w.+-]{1,64}@[a-z\d-]{1,63}\.[a-z][\w.-]*"),
        lambda match: " url " if "@" not in match[0] or "/" in match[0] else " mail ",
    ),
    _Step(
        re.compile(r"[*#@$%]").search,
        re.compile(r"(?<![a-z\d])[a-z]{1,6}[*#@$%]{1,8}[a-z]*"),
        _uncensor,
    ),
    _Step(
        re.compile(r"[01345780@$!+|][a-z$]").search,
        re.compile(r"(?<![\w@$!+|])[a-z]{0,24}+[\d@$!+|][a-z\d@$!+|]*+(?<![!+|])"),
        _unleet,
    ),
    _Step(
        re.compile(r"[ .\-_*·•,/\\|][a-z][ .\-_*·•,/\\|]{1,2}[a-z](?![^\W_])").search,
        re.compile(r"(?<![^\W_])[a-z]([ .\-_*·•,/\\|]{1,2})[a-z](?:\1[a-z])+(?![^\W_])"),
        _unspace,
    ),
    _Step(re.compile(r"[0-9]{5}").search, re.compile(r"[0-9]{5,}"), lambda _match: "9"),
    _Step(_tripled, re.compile(r"([^\s0-9])\1{2,}"), _unrepeat),
)
_RUN = re.compile(r"([^\x00-\x7f])\1{2,}")
_EACH = re.compile(r".", re.DOTALL)
_BLANKS = re.compile(r"\s{2,}|[^\S ]")
"""All white space but a single blank, which stays what it is."""


def normalise(text: str, limit: int = LIMIT) -> str:
    """Return `text` as classifiers and word rules read it: lower case, without disguise, single blanks, stripped.

    Any `str` is accepted, lone surrogates and NUL included; nothing is raised. At most `limit` code points are read.
    """
    text = text[:limit]
    if not text.isascii():
        text = _RUN.sub(r"\1\1", text)
    text = text.translate(_TABLE)
    for step in _STEPS:
        if step.needed(text):
            text = step.pattern.sub(step.replace, text)
    return " ".join(text.split())


class Aligned(NamedTuple):
    """A normalised text and, per normalised character, the code points [start, end) of the original it came from."""

    text: str
    starts: "array[int]"
    ends: "array[int]"

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Map the non-empty slice [start, end) of the normalised text to the code points of the original it covers."""
        return min(self.starts[start:end]), max(self.ends[start:end])


def normalise_with_offsets(text: str, limit: int = LIMIT) -> Aligned:
    """Return what `normalise` returns, with the original place of every character (in code points of `text`)."""
    text = text[:limit]
    aligned = Aligned(text, array("l", range(len(text))), array("l", range(1, len(text) + 1)))
    if not text.isascii():
        aligned = _rewrite(aligned, _RUN, lambda match: match[1] * 2)
        text = aligned.text
    plain = text.translate(_TABLE)
    if all(len(_TABLE[ord(char)]) == 1 for char in set(text)):
        # Each becomes one character, in its place.
        aligned = aligned._replace(text=plain)
    else:
        aligned = _rewrite(aligned, _EACH, lambda match: _TABLE[ord(match[0])])
    for step in _STEPS:
        if step.needed(aligned.text):
            aligned = _rewrite(aligned, step.pattern, step.replace)
    aligned = _rewrite(aligned, _BLANKS, lambda _match: " ")
    first = aligned.text.startswith(" ")
    last = len(aligned.text) - (aligned.text.endswith(" ") and len(aligned.text) > first)
    return Aligned(aligned.text[first:last], aligned.starts[first:last], aligned.ends[first:last])


def _rewrite(aligned: Aligned, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> Aligned:
    """Do `pattern.sub(replace, …)` and carry the places along: one to one where the length stays, else as a block."""
    text, starts, ends = aligned
    pieces: list[str] = []
    new_starts, new_ends = array("l"), array("l")
    done = 0
    for match in pattern.finditer(text):
        begin, stop = match.span()
        pieces.append(text[done:begin])
        new_starts.extend(starts[done:begin])
        new_ends.extend(ends[done:begin])
        replacement = replace(match)
        pieces.append(replacement)
        if len(replacement) == stop - begin:
            new_starts.extend(starts[begin:stop])
            new_ends.extend(ends[begin:stop])
        else:
            new_starts.extend([min(starts[begin:stop])] * len(replacement))
            new_ends.extend([max(ends[begin:stop])] * len(replacement))
        done = stop
    pieces.append(text[done:])
    new_starts.extend(starts[done:])
    new_ends.extend(ends[done:])
    return Aligned("".join(pieces), new_starts, new_ends)


def utf16_offset(text: str, offset: int) -> int:
    """Convert a code-point offset in `text` to UTF-16 code units, as browsers count them."""
    return offset + sum(char > "\uffff" for char in text[:offset])


def plain(text: str) -> str:
    """Read each character as what it looks like: lower case, without marks, lookalikes or invisible ones.

    The first step of `normalise` alone, for what need not see through words that are spelt out or starred out.
    """
    return text.translate(_TABLE)
