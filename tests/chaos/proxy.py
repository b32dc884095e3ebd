"""`python tests/chaos/proxy.py SOCKET PORT…`: what stands between Gatepost's processes and Redis, and does them harm.

Each port is one process's line to the Redis on SOCKET. A line on standard input says what becomes of one of them:
`NUMBER through | delay SECONDS | deaf | tear | cut`.
"""

import asyncio
import contextlib
import socket
import struct
import sys

_CHUNK = 65_536


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection at once, and so that the other side notices: what is not sent yet is lost."""
    made = writer.get_extra_info("socket")
    if made is not None and made.fileno() >= 0 and made.family == socket.AF_INET:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Line:
    """One port and all connections that came in by it."""

    def __init__(self, target: str) -> None:
        """Take the path of Redis's socket."""
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._delay = 0.0
        self._deaf = False
        self._tear = False

    def become(self, what: str, seconds: float) -> None:
        """Change what happens to this line from now on; `cut` is over at once."""
        self._delay = seconds if what == "delay" else 0.0
        self._deaf = what == "deaf"
        self._tear = what == "tear"
        if what in ("cut", "through"):
            # What answers were swallowed can no longer be told from those to come.
            self.cut()

    def cut(self) -> None:
        """Cut every connection of this line."""
        for writer in self._writers:
            _reset(writer)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it."""
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(self._target)
        except OSError:
            _reset(writer)
            return
        both = {writer, far_writer}
        self._writers |= both
        try:
            pumps = {
                asyncio.ensure_future(self._questions(reader, far_writer)),
                asyncio.ensure_future(self._answers(far_reader, writer)),
            }
            _, left = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in left:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            self._writers -= both
            for each in both:
                _reset(each)

    async def _questions(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(_CHUNK):
            if self._delay:
                await asyncio.sleep(self._delay)
            if self._tear:
                # Half a command: Redis must not do half of it.
                writer.write(chunk[: len(chunk) // 2])
                await writer.drain()
                return
            writer.write(chunk)
            await writer.drain()

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(_CHUNK):
            if self._delay:
                await asyncio.sleep(self._delay)
            if self._deaf:
                # The work is done, and whoever asked for it never learns of it.
                continue
            writer.write(chunk)
            await writer.drain()


async def main(target: str, ports: list[int]) -> None:
    """Serve until standard input ends."""
    lines = [Line(target) for _ in ports]
    async with contextlib.AsyncExitStack() as stack:
        for line, port in zip(lines, ports, strict=True):
            await stack.enter_async_context(await asyncio.start_server(line.serve, "127.0.0.1", port))
        orders = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
        while order := await orders.readline():
            number, what, *seconds = order.decode().split()
            lines[int(number)].become(what, float(seconds[0]) if seconds else 0.0)
        for line in lines:
            line.cut()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], [int(port) for port in sys.argv[2:]]))
