"""The watch in memory: it hears every move, until it is cut."""

import time

from service.domain.site import Site
from tests.fakes.memory import Listener, Memory

OLDEST_SECONDS = 0.4


class MemoryGlance:
    """A moment at which a thread was looked at."""

    def __init__(self, listener: Listener) -> None:
        """Remember how much the thread had moved."""
        self._listener = listener
        self._moves = len(listener.told)
        self._until = time.monotonic() + OLDEST_SECONDS

    def stands(self) -> bool:
        """See Glance."""
        return len(self._listener.told) == self._moves and time.monotonic() < self._until


class MemoryWatch:
    """The Watch over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory
        self._followed: dict[tuple[str, str], Listener] = {}

    def glance(self, site: Site, thread: str) -> MemoryGlance | None:
        """See Watch."""
        key = (site.id, thread)
        if key not in self._followed:
            self._followed[key] = Listener(*key)
            self._memory.listeners.append(self._followed[key])
        return MemoryGlance(self._followed[key])

    def cut(self) -> None:
        """Hear nothing more of what was followed."""
        for listener in self._followed.values():
            listener.told.append(None)
        self._followed.clear()

    async def close(self) -> None:
        """See Watch."""
        self.cut()
