"""Open event streams: how many, how they keep alive, how they end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeVar

from litestar.response import Stream

from service.domain.errors import GatepostError, Unavailable

LIMIT = 5_000
BEAT_SECONDS = 15.0
_RETRY_AFTER = 10
_BEAT_SECONDS = 1.0

Told = TypeVar("Told")


class Streams:
    """The event streams of one process."""

    def __init__(self, *, limit: int = LIMIT, beat_seconds: float = BEAT_SECONDS) -> None:
        """Take how many may be open at once, and how often an idle one sends a comment line."""
        self._limit = limit
        self._beat = beat_seconds
        self._closing = asyncio.Event()
        self.open_count = 0

    async def open(
        self,
        listening: AbstractAsyncContextManager[AsyncIterator[Told]],
        events: Callable[[Told], AsyncIterator[bytes]],
        *,
        first: Callable[[], Awaitable[bytes]] | None = None,
        beat: Callable[[], Awaitable[bytes]] | None = None,
    ) -> Stream:
        """Start a stream; the subscription stands before the answer begins. Raises Unavailable beyond the limit.

        `first` is sent before anything else, and read after the subscription stands, so that nothing falls between.
        `beat` is asked every second in which nothing happens for what there is to say; without one an idle stream says
        every 15 seconds that it is there. Either may end the stream by an error of ours.
        """
        if self.open_count >= self._limit or self._closing.is_set():
            message = "Too many live streams are open here; fetch the list instead and try again later."
            raise Unavailable(message, retry_after=_RETRY_AFTER, slug="streams-full")
        self.open_count += 1
        stack = AsyncExitStack()
        try:
            changes = await stack.enter_async_context(listening)
            opening = b": hello\n\n" + (await first() if first is not None else b"")
        except BaseException:
            self.open_count -= 1
            await stack.aclose()
            raise
        return Stream(
            self._run(stack, opening, changes, events, beat),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    async def _run(
        self,
        stack: AsyncExitStack,
        opening: bytes,
        changes: AsyncIterator[Told],
        events: Callable[[Told], AsyncIterator[bytes]],
        beat: Callable[[], Awaitable[bytes]] | None,
    ) -> AsyncIterator[bytes]:
        closing = asyncio.ensure_future(self._closing.wait())
        coming: asyncio.Future[Told] | None = None
        pause = self._beat if beat is None else _BEAT_SECONDS
        try:
            yield opening
            while True:
                coming = coming or asyncio.ensure_future(anext(changes))
                done, _ = await asyncio.wait((coming, closing), timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                if closing in done:
                    return
                if not done:
                    said = b": still here\n\n" if beat is None else await beat()
                    if said:
                        yield said
                    continue
                try:
                    change = coming.result()
                except StopAsyncIteration:
                    # The storage's connection was lost: the client connects again and refetches.
                    return
                coming = None
                async for part in events(change):
                    yield part
        except GatepostError:
            # As above: what cannot be told is refetched; and who may not hear it any more is told so then.
            return
        finally:
            closing.cancel()
            if coming is not None:
                coming.cancel()
            self.open_count -= 1
            await stack.aclose()

    def close(self) -> None:
        """End every stream; clients come back to whoever serves next."""
        self._closing.set()
