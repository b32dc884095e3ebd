"""How much time explaining may take: a share of all time, saved up while there is nothing to do."""

from collections.abc import Callable

SHARE = 1 / 3
MOST_SECONDS = 1.0


class Allowance:
    """A purse of seconds that fills as time passes and may be overdrawn by what was begun."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        """Take a clock; the purse is full at first."""
        self._clock = seconds
        self._at = seconds()
        self._left = MOST_SECONDS

    def left(self) -> float:
        """Say how many seconds may be spent now; below nought after an expensive one."""
        now = self._clock()
        self._left = min(MOST_SECONDS, self._left + SHARE * (now - self._at))
        self._at = now
        return self._left

    def spend(self, seconds: float) -> None:
        """Take out what was used."""
        self._left -= seconds
