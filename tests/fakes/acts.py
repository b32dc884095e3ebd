"""The audit trail and the news of sites in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from service.domain.acts import ActsPage, ModeratorAct
from service.domain.news import News
from service.domain.site import Site
from tests.fakes.memory import Memory, NewsReader


class MemoryActs:
    """The Acts over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def note(self, site: Site, act: ModeratorAct) -> None:
        """See Acts."""
        self._memory.note(site.id, act)

    async def between(
        self,
        site: Site,
        *,
        first: datetime | None = None,
        last: datetime | None = None,
        by: str = "",
        limit: int,
        after: str | None = None,
    ) -> ActsPage:
        """See Acts."""
        behind = int((after or "0-0").partition("-")[0])
        found = [
            (number, act)
            for number, act in self._memory.moderator_acts[site.id]
            if number > behind
            and by in ("", act.by)
            and (first is None or act.at >= first)
            and (last is None or act.at <= last)
        ][:limit]
        following = f"{found[-1][0]}-0" if len(found) == limit else None
        return ActsPage(acts=tuple(act for _, act in found), after=following)


class MemoryNews:
    """The NewsFeed over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    @asynccontextmanager
    async def listen(self, site: Site) -> AsyncIterator[AsyncIterator[News]]:
        """See NewsFeed."""
        reader = NewsReader(site.id)
        self._memory.readers.append(reader)
        try:
            yield self._follow(reader)
        finally:
            if reader in self._memory.readers:
                self._memory.readers.remove(reader)

    async def _follow(self, reader: NewsReader) -> AsyncIterator[News]:
        while True:
            while not reader.told:
                await asyncio.sleep(0.001)
            news = reader.told.pop(0)
            if news is None:
                return
            yield news

    def cut(self) -> None:
        """End every listener, as a lost connection does."""
        for reader in self._memory.readers:
            reader.told.append(None)
        self._memory.readers.clear()

    async def close(self) -> None:
        """See NewsFeed."""
        self.cut()
