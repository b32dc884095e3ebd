"""The live channel: every thread's moves, for those who are watching, over one connection a process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from msgspec import convert
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from service.domain.site import Site
from service.domain.status import Status
from service.domain.views import Change
from service.storage.keys import lane_keys
from service.storage.link import Link, down

# A reader that does not keep up is cut off and refetches, rather than held in memory.
BEHIND = 256
_SUBSCRIBE_SECONDS = 1.5

_Queue = asyncio.Queue[Change | None]


class RedisChanges:
    """The Changes over a Link: one subscription for all listeners of the process."""

    def __init__(self, link: Link) -> None:
        """Take the link; nothing is opened before the first listener."""
        self._link = link
        self._listeners: dict[str, set[_Queue]] = {}
        self._ready: dict[str, asyncio.Event] = {}
        self._pubsub: PubSub | None = None
        self._reader: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def listen(self, site: Site, thread: str) -> AsyncIterator[AsyncIterator[Change]]:
        """Follow a thread's moves from the moment the context is entered.

        The iterator ends when the connection to the storage is lost or the listener fell behind. Raises StorageDown.
        """
        channel = lane_keys(site.lane).channel(site.id, thread)
        queue: _Queue = asyncio.Queue(BEHIND + 1)
        await self._join(channel, queue)
        try:
            yield self._changes(queue)
        finally:
            await self._part(channel, queue)

    async def _changes(self, queue: _Queue) -> AsyncIterator[Change]:
        while (change := await queue.get()) is not None:
            yield change

    async def _join(self, channel: str, queue: _Queue) -> None:
        try:
            async with asyncio.timeout(_SUBSCRIBE_SECONDS):
                async with self._lock:
                    if self._reader is None or self._reader.done():
                        self._pubsub = self._link.pubsub()
                        self._ready.clear()
                    self._listeners.setdefault(channel, set()).add(queue)
                    if channel not in self._ready:
                        self._ready[channel] = asyncio.Event()
                        assert self._pubsub is not None  # noqa: S101 - set above whenever there is no reader
                        await self._pubsub.subscribe(channel)
                    if self._reader is None or self._reader.done():
                        self._reader = asyncio.get_running_loop().create_task(self._read(self._pubsub))
                await self._ready[channel].wait()
        except (RedisError, OSError, TimeoutError, KeyError) as error:
            self._listeners.get(channel, set()).discard(queue)
            raise down(error) from error

    async def _part(self, channel: str, queue: _Queue) -> None:
        listeners = self._listeners.get(channel, set())
        listeners.discard(queue)
        if listeners:
            return
        async with self._lock:
            # Somebody may have joined while the lock was awaited.
            if self._listeners.get(channel) or channel not in self._ready:
                return
            self._listeners.pop(channel, None)
            self._ready.pop(channel)
            if self._pubsub is not None:
                with contextlib.suppress(RedisError, OSError):
                    await self._pubsub.unsubscribe(channel)

    async def _read(self, pubsub: PubSub | None) -> None:
        assert pubsub is not None  # noqa: S101 - the caller has just subscribed with it
        try:
            async for message in pubsub.listen():
                channel = message["channel"].decode()
                if message["type"] == "subscribe" and channel in self._ready:
                    self._ready[channel].set()
                elif message["type"] == "message":
                    self._tell(channel, _change(message["data"].decode()))
        except (RedisError, OSError):
            # Lost: every listener's stream ends below, and its client comes back and refetches.
            return
        finally:
            self._end()
            await pubsub.aclose()

    def _tell(self, channel: str, change: Change) -> None:
        for queue in self._listeners.get(channel, set()).copy():
            if queue.qsize() >= BEHIND:
                self._listeners[channel].discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(change)

    def _end(self) -> None:
        for queues in self._listeners.values():
            for queue in queues:
                if not queue.full():
                    queue.put_nowait(None)
        self._listeners.clear()
        self._ready.clear()

    async def close(self) -> None:
        """End every listener and the subscription."""
        self._end()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)


def _change(text: str) -> Change:
    comment, before, after, version, count = text.split(" ")
    return Change(
        id=comment,
        before=convert(before, Status),
        after=convert(after, Status),
        version=int(version),
        count=int(count),
    )
