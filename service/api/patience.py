"""How long a client may take to ask, and how much its request's head may hold.

uvicorn waits for ever for the rest of a request, and keeps every header that comes: a few thousand sockets that send a
byte now and then would take all descriptors of the process, and one that sends headers without end all its memory.
"""

import asyncio
import re
import socket
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
HEAD_BYTES = 32 * 1024
# A body is at most 1 MB, of texts to be scored, and 160 kB of a comment; in chunks, with their sizes and some trailers,
# it may be a little more.
REQUEST_BYTES = 1024 * 1024
# A policy may bring 50,000 terms. Who sends one is asked who they are before it is read: see `routes/threads.py`.
POLICY_BYTES = 4_000_000
_POLICIES = re.compile(rb"/v1/sites/[^/?#]+/policy(?:[/?#]|$)")
_MARGIN = 64 * 1024
# After how long without a sign of life from the other side's machine a connection with something unsent is dropped.
SILENT_MS = 60_000

_IDLE, _HEAD, _BODY = range(3)
_TOO_MUCH = {_HEAD: b"431 Request Header Fields Too Large", _BODY: b"413 Content Too Large"}


class Patient(HttpToolsProtocol):
    """A connection whose client has so long for a request's head, and so long for its body.

    A request that comes in one piece, as nearly all do, costs no timer.
    """

    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS
    silent_ms = SILENT_MS

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's own
        """Take what uvicorn gives to each of its connections."""
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._phase = _HEAD
        # Counts phases: a deadline belongs to the one in which it was set.
        self._turn = 0
        self._deadline_turn = 0
        # What this request has sent so far and may send at most, and how much is being read right now.
        self._sent = 0
        self._most = REQUEST_BYTES
        self._reading = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait(self.head_seconds)
        sock = transport.get_extra_info("socket")
        if sock is not None and hasattr(socket, "TCP_USER_TIMEOUT") and sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, self.silent_ms)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the request has grown beyond its bound."""
        self._reading = len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._phase == _IDLE:
            self._rest()
            return
        self._sent += self._reading
        if self._sent > (HEAD_BYTES if self._phase == _HEAD else self._most):
            self.transport.write(b"HTTP/1.1 " + _TOO_MUCH[self._phase] + b"\r\nconnection: close\r\n\r\n")
            self.transport.close()
        elif self._deadline is None or self._deadline_turn != self._turn:
            self._wait(self.head_seconds if self._phase == _HEAD else self.body_seconds)

    def _rest(self) -> None:
        """Stop waiting: how long the answer takes is our own affair, and between requests uvicorn has a clock."""
        if self.timeout_keep_alive_task is None and self.cycle.response_complete:
            # Empty lines between requests: uvicorn has stopped its own, and no request has begun.
            if self._deadline is None:
                self._wait(self.head_seconds)
        elif self._deadline is not None:
            self._wait(None)

    def on_message_begin(self) -> None:
        """Begin with a head."""
        super().on_message_begin()
        # The first head has been waited for since the connection was made.
        self._turn += self._phase != _HEAD
        self._phase, self._sent = _HEAD, 0

    def on_headers_complete(self) -> None:
        """Go on with the body; raises ValueError, which becomes a 400, for a head beyond its bound."""
        self._phase = _BODY
        self._turn += 1
        if self._reading > HEAD_BYTES and sum(len(n) + len(v) for n, v in self.headers) + len(self.url) > HEAD_BYTES:
            message = "a head beyond its bound"
            raise ValueError(message)
        self._most = POLICY_BYTES + _MARGIN if _POLICIES.match(self.url) else REQUEST_BYTES
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Know that the request is whole."""
        self._phase = _IDLE
        self._turn += 1
        super().on_message_complete()

    def _wait(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, self._give_up)
            self._deadline_turn = self._turn

    def _give_up(self) -> None:
        # Not by `close`, which waits until everything is sent: this client may never read.
        self.transport.abort()
