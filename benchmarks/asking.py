"""One client with one connection that asks one question after another, in JSON."""

import asyncio
from types import TracebackType
from typing import Any, Self

import msgspec

from benchmarks import load


class Asker:
    """A connection kept alive under one token."""

    def __init__(self, port: int, token: str) -> None:
        """Take where to ask and as whom."""
        self._port = port
        self._headers = [("authorization", f"Bearer {token}")]
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def __aenter__(self) -> Self:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        self._writer.close()

    async def __call__(self, method: str, path: str, body: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON says
        """Ask, and give the answer; raises RuntimeError for any but 200."""
        self._writer.write(load.request(method, path, body=msgspec.json.encode(body), headers=self._headers))
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        said = await self._reader.readexactly(length)
        if b" 200 " not in head[:16]:
            message = f"{method} {path}: {head[:16]!r} {said[:300]!r}"
            raise RuntimeError(message)
        found: dict[str, Any] = msgspec.json.decode(said)
        return found
