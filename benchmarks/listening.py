"""Event-stream readers on raw sockets."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import cast

from benchmarks.load import request

_APPROVED = re.compile(rb'event: approved\r?\ndata: \{"id":"([0-9a-f-]{36})"')

Approved = Callable[[bytes, float], None]


class Listener(asyncio.Protocol):
    """One open stream; tells of every approved comment with the moment it came."""

    def __init__(self, path: str, approved: Approved | None = None) -> None:
        """Take the path to follow and whom to tell."""
        self._path = path
        self._approved = approved
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.opened = asyncio.get_running_loop().create_future()
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        # uvloop's transports are no asyncio.Transport, though they do what one does.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(request("GET", self._path))

    def data_received(self, data: bytes) -> None:
        """Read events; the first bytes say that the subscription stands."""
        now = time.perf_counter()
        self._buffer += data
        if not self.opened.done() and b": hello" in self._buffer:
            self.opened.set_result(self._buffer[9:12] == b"200")
        end = self._buffer.rfind(b"\n\n")
        if end < 0:
            return
        whole, self._buffer = self._buffer[:end], self._buffer[end:]
        if self._approved is not None:
            for found in _APPROVED.finditer(whole):
                self._approved(found[1], now)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's form
        """Remember that the stream ended."""
        self.lost = True
        if not self.opened.done():
            self.opened.set_result(False)

    def close(self) -> None:
        """End the stream."""
        if self._transport is not None:
            self._transport.close()


async def listen(port: int, path: str, approved: Approved | None = None) -> Listener:
    """Open a stream and wait until its subscription stands; raises TimeoutError."""
    loop = asyncio.get_running_loop()
    _, listener = await loop.create_connection(lambda: Listener(path, approved), "127.0.0.1", port)
    await asyncio.wait_for(listener.opened, 10)
    return listener
