"""How long to wait before what died is started again."""

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
STEADY_SECONDS = 30.0


class Backoff:
    """Half a second, doubled at every death up to 30 s; begun anew after 30 s of life."""

    def __init__(self) -> None:
        """Begin with the shortest wait."""
        self._next = FIRST_SECONDS

    def after(self, alive_seconds: float) -> float:
        """Take how long the process lived; returns the seconds to wait."""
        if alive_seconds >= STEADY_SECONDS:
            self._next = FIRST_SECONDS
        wait, self._next = self._next, min(self._next * 2, LONGEST_SECONDS)
        return wait
