"""An HTTP/1.1 load generator on raw sockets: keep-alive, a fixed count or a fixed rate, latencies.

It costs some 15 µs a request, so that on two cores it is not what is measured.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import uvloop

Make = Callable[[int], bytes]
Seen = Callable[[int, int, bytes, float], None]
_TICK_SECONDS = 0.001
_OVER_SECONDS = 60.0
_SLOWEST = 50.0


@dataclass
class Outcome:
    """What came back: requests by status (0: a lost connection), seconds from first to last, latencies in seconds."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Give requests a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile_ms(self, share: float) -> float:
        """Give the latency below which a share of the requests stayed, in milliseconds."""
        return percentile(self.latencies, share) * 1000

    def insist(self, status: int) -> "Outcome":
        """Refuse to report a run in which anything else was answered; raises RuntimeError."""
        if set(self.statuses) != {status}:
            message = f"expected {status} alone, got {dict(self.statuses)}"
            raise RuntimeError(message)
        return self


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which a share of the values lies; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def request(
    method: str, path: str, *, body: bytes = b"", headers: Sequence[tuple[str, str]] = (), host: str = "127.0.0.1"
) -> bytes:
    """Write a request once, to be sent many times."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class _Run:
    """What the connections of one run share."""

    def __init__(self, port: int, make: Make, total: int, seen: Seen | None, rate: float | None) -> None:
        self.port, self.make, self.total, self.seen, self.rate = port, make, total, seen, rate
        self.outcome = Outcome()
        self.done = asyncio.get_running_loop().create_future()
        self.idle: deque[_Connection] = deque()
        # Requests that are due, each with the moment it was due: a late server must not slow the clock.
        self.due: deque[tuple[int, float]] = deque()
        self.taken = 0

    def next_for(self, connection: "_Connection") -> None:
        if self.rate is None:
            if self.taken < self.total:
                self.taken += 1
                connection.send(self.taken - 1, time.perf_counter())
            return
        if self.due:
            connection.send(*self.due.popleft())
        else:
            self.idle.append(connection)

    def record(self, number: int, status: int, body: bytes, began: float) -> None:
        self.outcome.statuses[status] += 1
        self.outcome.latencies.append(time.perf_counter() - began)
        if self.seen is not None:
            self.seen(number, status, body, began)
        if len(self.outcome.latencies) == self.total and not self.done.done():
            self.done.set_result(None)

    async def pace(self, rate: float) -> None:
        start = time.perf_counter()
        while self.taken < self.total:
            due = min(self.total, int((time.perf_counter() - start) * rate) + 1)
            while self.taken < due:
                self.due.append((self.taken, start + self.taken / rate))
                self.taken += 1
            while self.due and self.idle:
                self.idle.popleft().send(*self.due.popleft())
            await asyncio.sleep(_TICK_SECONDS)

    async def connect(self) -> None:
        await asyncio.get_running_loop().create_connection(lambda: _Connection(self), "127.0.0.1", self.port)


class _Connection(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._buffer = b""
        self._flying: tuple[int, float] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no asyncio.Transport, though they do what one does.
        self._transport = cast("asyncio.Transport", transport)
        self._run.next_for(self)

    def send(self, number: int, began: float) -> None:
        assert self._transport is not None  # noqa: S101 - only a connected one is asked
        self._flying = (number, began)
        self._transport.write(self._run.make(number))

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            self._buffer = buffer
            return
        head = buffer[:end].lower()
        at = head.find(b"\r\ncontent-length:")
        length = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(buffer) < end + 4 + length:
            self._buffer = buffer
            return
        self._buffer = b""
        assert self._flying is not None and self._transport is not None  # noqa: S101, PT018 - an answer has a question
        number, began = self._flying
        self._flying = None
        self._run.record(number, int(head[9:12]), buffer[end + 4 :], began)
        if b"\r\nconnection: close" in head:
            self._transport.close()
        else:
            self._run.next_for(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's form
        if self in self._run.idle:
            # The server ends what was idle for its keep-alive time.
            self._run.idle.remove(self)
        if self._flying is not None:
            self._run.record(self._flying[0], 0, b"", self._flying[1])
        if not self._run.done.done():
            again = asyncio.get_running_loop().create_task(self._run.connect())
            again.add_done_callback(lambda task: task.cancelled() or task.exception())

    def close(self) -> None:
        """Close; called once the run is over."""
        if self._transport is not None:
            self._transport.close()


async def send(
    port: int, make: Make, *, total: int, connections: int = 64, rate: float | None = None, seen: Seen | None = None
) -> Outcome:
    """Send a number of requests, as fast as answers come or at a rate; `make` gives the bytes of each.

    At a rate a latency counts from the moment the request was due. Raises TimeoutError when answers stay away.
    """
    run = _Run(port, make, total, seen, rate)
    made: list[_Connection] = []
    loop = asyncio.get_running_loop()
    begin = time.perf_counter()
    for _ in range(connections):
        _, connection = await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port)
        made.append(connection)
    pacing = loop.create_task(run.pace(rate)) if rate is not None else None
    await asyncio.wait_for(run.done, _OVER_SECONDS + total / (rate or _SLOWEST))
    run.outcome.seconds = time.perf_counter() - begin
    if pacing is not None:
        await pacing
    for connection in made:
        connection.close()
    return run.outcome


def hammer(port: int, make: Make, *, total: int, connections: int = 64, rate: float | None = None) -> Outcome:
    """Send from a loop of its own: see `send`."""
    return uvloop.run(send(port, make, total=total, connections=connections, rate=rate))


def collect(port: int, requests: Sequence[bytes], seen: Seen) -> Outcome:
    """Send each request once, over one connection, and hand over the answers."""
    return uvloop.run(send(port, lambda number: requests[number], total=len(requests), connections=1, seen=seen))
