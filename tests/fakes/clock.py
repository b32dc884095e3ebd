"""A clock that goes on when it is told to."""

from datetime import UTC, datetime, timedelta

TICK = timedelta(milliseconds=5)


class Clock:
    """Tell the time, a tick later with every question, so that no two ids are of one moment."""

    def __init__(self) -> None:
        """Start today: ids and Redis's own time must not lie years apart."""
        self._now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        """Give the time and go on by a tick."""
        self._now += TICK
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)

    @property
    def seconds(self) -> float:
        """Read the time without a tick, as seconds."""
        return self._now.timestamp()
