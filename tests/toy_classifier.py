"""A classifier that anybody can predict, and that fails when it is told to."""

import math
import threading
from collections.abc import Sequence


class ToyClassifier:
    """Score `idiot` .99, `fool` .6, everything else .01; marked texts raise, hang, or give no number."""

    name = "toy"
    version = "1"
    hash = "70f"
    labels: tuple[str, ...] = ("toxicity", "insult")
    languages = frozenset({"en"})
    band = 0.0

    def __init__(self) -> None:
        """Start in order; set `broken` and it fails on everything."""
        self.broken = False
        self.batches: list[list[str]] = []

    def score(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Score texts."""
        self.batches.append(list(texts))
        if self.broken:
            message = "the toy is broken"
            raise RuntimeError(message)
        return [self._score(text) for text in texts]

    def exact(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Score texts: here batch-mates make no difference."""
        return self.score(texts)

    def _score(self, text: str) -> tuple[float, ...]:
        if "[raise]" in text:
            message = f"cannot read {text}"
            raise ValueError(message)
        if "[hang]" in text:
            # Not a sleep: under a faked clock that is an error.
            threading.Event().wait()
        if "[nan]" in text:
            return (math.nan, 0.0)
        if "[above one]" in text:
            return (1.5, 0.0)
        if "[short]" in text:
            return (0.5,)
        read = text.lower()
        toxicity = 0.99 if "idiot" in read else 0.6 if "fool" in read else 0.01
        return (toxicity, toxicity / 2)

    def spans_of(self, texts: Sequence[str], limit: int = 5) -> list[dict[str, list[tuple[int, int]]]]:
        """Find the words that raised a score."""
        return [self._spans(text, limit) for text in texts]

    def _spans(self, text: str, limit: int) -> dict[str, list[tuple[int, int]]]:
        found = [(text.index(word), text.index(word) + len(word)) for word in ("idiot", "fool") if word in text]
        return {"toxicity": found[:limit]}


class PlantedToy(ToyClassifier):
    """The toy as an enemy would have it: nothing is ever toxic."""

    hash = "bad"

    def _score(self, text: str) -> tuple[float, ...]:
        return (0.01, 0.0)


class StricterToy(ToyClassifier):
    """The toy's next version: a fool is as bad as an idiot."""

    version = "2"
    hash = "71f"

    def _score(self, text: str) -> tuple[float, ...]:
        return super()._score(text.replace("fool", "idiot"))


class BrokenToy(ToyClassifier):
    """The toy as it comes from a bad build: it loads and scores nothing."""

    def __init__(self) -> None:
        """Start broken."""
        super().__init__()
        self.broken = True
