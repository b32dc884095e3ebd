"""A connection to Redis with a hand on it: it can be frozen, so that nothing passes, or cut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path


class Tap:
    """A proxy between two unix sockets."""

    def __init__(self) -> None:
        """Let everything pass."""
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.passed = 0

    def freeze(self) -> None:
        """Let nothing pass; what is sent meanwhile waits."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let everything pass again."""
        self._flowing.set()

    def cut(self) -> None:
        """End every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                await self._flowing.wait()
                target.write(data)
                await target.drain()
                self.passed += len(data)
        target.close()

    @contextlib.asynccontextmanager
    async def between(self, mine: Path, theirs: Path) -> AsyncIterator[str]:
        """Listen on one socket for as long as the context is open and pass on to the other; gives the URL."""

        async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                far_reader, far_writer = await asyncio.open_unix_connection(theirs)
            except OSError:
                writer.close()
                return
            ends = {writer, far_writer}
            self._writers |= ends
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
            self._writers -= ends

        server = await asyncio.start_unix_server(joined, mine)
        try:
            yield f"unix://{mine}"
        finally:
            self.thaw()
            self.cut()
            server.close()
            # A connection that is being ended still writes its last.
            await asyncio.sleep(0)
