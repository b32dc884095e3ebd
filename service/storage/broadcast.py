"""Channels of Redis as many listeners of one process hear them, over one connection."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from service.storage.link import Link, down

# A reader that does not keep up is cut off and refetches, rather than held in memory.
BEHIND = 256
_SUBSCRIBE_SECONDS = 1.5

Heard = TypeVar("Heard")


class Broadcast(Generic[Heard]):
    """One subscription for all listeners of the process."""

    def __init__(self, link: Link, read: Callable[[bytes], Heard]) -> None:
        """Take the link and what reads a message; nothing is opened before the first listener."""
        self._link = link
        self._read_message = read
        self._listeners: dict[str, set[asyncio.Queue[Heard | None]]] = {}
        self._ready: dict[str, asyncio.Event] = {}
        self._pubsub: PubSub | None = None
        self._reader: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[AsyncIterator[Heard]]:
        """Hear a channel from the moment the context is entered.

        The iterator ends when the connection to the storage is lost or the listener fell behind. Raises StorageDown.
        """
        queue: asyncio.Queue[Heard | None] = asyncio.Queue(BEHIND + 1)
        await self._join(channel, queue)
        try:
            yield self._messages(queue)
        finally:
            await self._part(channel, queue)

    async def _messages(self, queue: asyncio.Queue[Heard | None]) -> AsyncIterator[Heard]:
        while (heard := await queue.get()) is not None:
            yield heard

    async def _join(self, channel: str, queue: asyncio.Queue[Heard | None]) -> None:
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

    async def _part(self, channel: str, queue: asyncio.Queue[Heard | None]) -> None:
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
                    self._tell(channel, self._read_message(message["data"]))
        except (RedisError, OSError):
            # Lost: every listener's stream ends below, and its client comes back and refetches.
            return
        finally:
            self._end()
            await pubsub.aclose()

    def _tell(self, channel: str, heard: Heard) -> None:
        for queue in self._listeners.get(channel, set()).copy():
            if queue.qsize() >= BEHIND:
                self._listeners[channel].discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(heard)

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
