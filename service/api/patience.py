"""How long a client may take to ask, and how much its request's head may hold.

uvicorn waits for ever for the rest of a request, and keeps every header that comes: a few thousand sockets that send a
byte now and then would take all descriptors of the process, and one that sends headers without end all its memory.
"""

import asyncio
import socket
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
HEAD_BYTES = 32 * 1024
# After how long without a sign of life from the other side's machine a connection with something unsent is dropped.
SILENT_MS = 60_000


class Patient(HttpToolsProtocol):
    """A connection whose client has so long for a request's head, and so long for its body."""

    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's own
        """Take what uvicorn gives to each of its connections."""
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait(self.head_seconds)
        sock = transport.get_extra_info("socket")
        if sock is not None and hasattr(socket, "TCP_USER_TIMEOUT") and sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_MS)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has grown beyond its bound."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.transport.write(b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\r\n")
                self.transport.close()
        elif self._deadline is None and self.timeout_keep_alive_task is None and self.cycle.response_complete:
            # Empty lines between requests: uvicorn has stopped its own clock, and no request has begun.
            self._wait(self.head_seconds)

    def on_message_begin(self) -> None:
        """Give the head of a request so long."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if self._deadline is None:
            self._wait(self.head_seconds)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; raises ValueError, which becomes a 400, for trailers beyond the bound of a head."""
        super().on_header(name, value)
        if not self._in_head:
            self._head_bytes += len(name) + len(value)
            if self._head_bytes > HEAD_BYTES:
                message = "trailers beyond their bound"
                raise ValueError(message)

    def on_headers_complete(self) -> None:
        """Give the body so long; raises ValueError, which becomes a 400, for a head beyond its bound."""
        self._in_head = False
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            message = "a head beyond its bound"
            raise ValueError(message)
        self._head_bytes = 0
        self._wait(self.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Stop waiting: how long the answer takes is our own affair."""
        self._wait(None)
        super().on_message_complete()

    def _wait(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        # Not by `close`, which waits until everything is sent: this client may never read.
        self.transport.abort()
