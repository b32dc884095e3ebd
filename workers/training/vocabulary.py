"""Keep of a large vocabulary what comments are written with: half of the model's file is one row for each piece."""

import json
from collections import Counter
from collections.abc import Sequence

from workers.classifiers.pieces import SPECIAL, encode, tokenizer

_SEEN = 3
_SHORT = 2  # pieces of so few characters can spell whatever else is written


def pruned(base: bytes, texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return the pieces of the base `tokenizer.json` that `texts` (normalised) use, and the number of each in it.

    Pieces seen three times or more stay, and all ASCII pieces of one or two characters, so that any word can be spelt.
    """
    numbers: dict[str, int] = json.loads(base)["model"]["vocab"]
    every = [*SPECIAL, *(piece for piece in numbers if piece not in SPECIAL)]
    pieces = tokenizer(every)
    seen = Counter(piece for text in texts for piece in encode(pieces, text))
    kept = [
        piece
        for number, piece in enumerate(every)
        if number < len(SPECIAL)
        or seen[number] >= _SEEN
        or (piece.isascii() and len(piece.removeprefix("##")) <= _SHORT)
    ]
    return kept, [numbers[piece] for piece in kept]
