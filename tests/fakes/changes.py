"""The live channel in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.domain.site import Site
from service.domain.views import Change
from tests.fakes.memory import Listener, Memory


class MemoryChanges:
    """The Changes over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    @asynccontextmanager
    async def listen(self, site: Site, thread: str) -> AsyncIterator[AsyncIterator[Change]]:
        """See Changes."""
        listener = Listener(site.id, thread)
        self._memory.listeners.append(listener)
        try:
            yield self._follow(listener)
        finally:
            if listener in self._memory.listeners:
                self._memory.listeners.remove(listener)

    async def _follow(self, listener: Listener) -> AsyncIterator[Change]:
        while True:
            while not listener.told:
                await asyncio.sleep(0.001)
            change = listener.told.pop(0)
            if change is None:
                return
            yield change

    def cut(self) -> None:
        """End every listener, as a lost connection does."""
        for listener in self._memory.listeners:
            listener.told.append(None)
        self._memory.listeners.clear()

    async def close(self) -> None:
        """See Changes."""
        self.cut()
