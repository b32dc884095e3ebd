"""How much a classifier takes on at once, whatever its speed: about a second's work of the queue, in short slices."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

# A slow model on a portion of this many characters is done within seconds; a fast one soon gets more.
FIRST_CHARACTERS = 20_000.0
FIRST_ENTRIES = 64
SECONDS = 1.0
# What runs in the classifying thread at once: others wait that long for their turn. Short slices cost a fast classifier
# twice the CPU, so that they are only so short while somebody has asked past the queue.
SLICE_SECONDS = 0.3
SHORT_SECONDS = 0.05
_HURRY_SECONDS = 10.0
_SMOOTHING = 0.5
# Reading a name and applying a verdict cost something even where the text is one letter.
_LEAST_SIZE = 40

Item = TypeVar("Item")


class Pace:
    """Measures a classifier as it works, so that no batch holds up live comments or looks as if it had hung."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        """Know nothing yet; takes a clock."""
        self._clock = seconds
        self._hurried = -_HURRY_SECONDS
        self._characters = FIRST_CHARACTERS
        self._entries = float(FIRST_ENTRIES)

    def note(self, sizes: Sequence[int], seconds: float) -> None:
        """Take in how long texts of these sizes took."""
        seconds = max(seconds, 1e-4)
        characters = sum(max(size, _LEAST_SIZE) for size in sizes)
        self._characters += _SMOOTHING * (characters / seconds - self._characters)
        self._entries += _SMOOTHING * (len(sizes) / seconds - self._entries)

    def entries(self, most: int, *, seconds: float = SECONDS) -> int:
        """Say how many entries to take at once: about a second's, at least one."""
        return max(1, min(most, int(self._entries * seconds)))

    def characters(self, seconds: float) -> float:
        """Say how many characters are read in so many seconds."""
        return self._characters * seconds

    def hurry(self) -> None:
        """Hear that somebody waits who does not stand in the queue: slices are short for some seconds."""
        self._hurried = self._clock()

    @property
    def slice_seconds(self) -> float:
        """Say how long a slice of the classifying thread's time should be."""
        return SHORT_SECONDS if self._clock() - self._hurried < _HURRY_SECONDS else SLICE_SECONDS

    def portions(self, batch: Sequence[tuple[Item, int]], *, seconds: float | None = None) -> Iterator[list[Item]]:
        """Cut a batch, given with its sizes, into portions that take a slice, or so long; a larger item goes alone."""
        portion: list[Item] = []
        size = 0.0
        for item, characters in batch:
            cost = max(characters, _LEAST_SIZE)
            # Read anew each time: the pace is learnt while the portions are worked on.
            if portion and size + cost > self.characters(seconds or self.slice_seconds):
                yield portion
                portion, size = [], 0.0
            portion.append(item)
            size += cost
        if portion:
            yield portion
