"""What this worker holds: entries taken and not yet decided."""

from collections import Counter

from service.domain.work import Entry


class Holdings:
    """Entries in hand, by stream and id, and what was counted on the way."""

    def __init__(self) -> None:
        """Start with empty hands."""
        self._entries: dict[tuple[str, str, str], Entry] = {}
        # Whose try alone has begun and not come to an end.
        self._begun: set[tuple[str, str, str]] = set()
        self.counters: Counter[str] = Counter()

    def take(self, entries: list[Entry]) -> list[Entry]:
        """Add entries; returns those that were not in hand already."""
        fresh = [entry for entry in entries if _key(entry) not in self._entries]
        self._entries.update({_key(entry): entry for entry in fresh})
        return fresh

    def begin(self, entry: Entry) -> bool:
        """Begin a try of an entry alone; tells whether it is a new one, and not one that the storage was lost in."""
        new = _key(entry) not in self._begun
        self._begun.add(_key(entry))
        return new

    def drop(self, entry: Entry) -> None:
        """Put an entry out of hand, whether it was decided or left for another try."""
        self.set_down(entry)
        self.end(entry)

    def end(self, entry: Entry) -> None:
        """End the try of an entry alone."""
        self._begun.discard(_key(entry))

    def set_down(self, entry: Entry) -> None:
        """Put an entry out of hand because the storage was lost; its try goes on when it is taken up again."""
        self._entries.pop(_key(entry), None)

    def of_lane(self, lane: str) -> list[Entry]:
        """List what is in hand of one lane."""
        return [entry for entry in self._entries.values() if entry.lane == lane]

    def lanes(self) -> set[str]:
        """Name the lanes of what is in hand."""
        return {entry.lane for entry in self._entries.values()}

    def __len__(self) -> int:
        """Count what is in hand."""
        return len(self._entries)


def _key(entry: Entry) -> tuple[str, str, str]:
    return (entry.lane, entry.stream, entry.entry_id)
