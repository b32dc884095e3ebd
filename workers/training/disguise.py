"""Write words the way people do to get past a filter: to train against it, and to measure what it costs."""

import random
import re
from collections.abc import Callable, Sequence

_WORD = re.compile(r"[A-Za-z]{3,}")
_LEET = str.maketrans("aeiosAEIOS", "4310543105")
_HOMOGLYPHS = str.maketrans(
    "aeocpxyiAEOCPX", "\u0430\u0435\u043e\u0441\u0440\u0445\u0443\u0456\u0410\u0415\u041e\u0421\u0420\u0425"
)  # Cyrillic


def _repeated(word: str, chance: random.Random) -> str:
    place = chance.randrange(len(word))
    return word[:place] + word[place] * chance.randint(3, 6) + word[place + 1 :]


def _starred(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    return f"{word[:place]}*{word[place + 1 :]}"


DISGUISES: dict[str, Callable[[str, random.Random], str]] = {
    "leet": lambda word, _chance: word.translate(_LEET),
    "spaced": lambda word, _chance: " ".join(word),
    "homoglyph": lambda word, _chance: word.translate(_HOMOGLYPHS),
    "zero_width": lambda word, _chance: "\u200b".join(word),
    "repeated": _repeated,
    "starred": _starred,
}
"""Ways to disguise one word of three or more letters."""


def disguised(text: str, way: str, share: float, chance: random.Random) -> str:
    """Disguise a `share` in [0, 1] of the words of `text` in one of `DISGUISES`."""
    change = DISGUISES[way]
    return _WORD.sub(lambda word: change(word[0], chance) if chance.random() < share else word[0], text)


def all_disguised(texts: Sequence[str], way: str, share: float = 0.5, seed: int = 5) -> list[str]:
    """Disguise every text alike, repeatably."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    return [disguised(text, way, share, chance) for text in texts]
