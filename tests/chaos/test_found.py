"""What chaos has found, each in its smallest form."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import uvloop

from service.api.streaming import Streams
from service.domain.errors import StorageDown
from service.domain.views import Change
from service.storage.connect import connect
from service.storage.link import Link
from service.storage.scripts import PAGE
from tests.redis_server import RedisServer, any_server, free_port


@pytest.fixture
def over_tcp(short_path: Path) -> RedisServer:
    folder = short_path / "tcp"
    folder.mkdir()
    return RedisServer(any_server(), folder, port=free_port())


def _reset(link: Link) -> int:
    """Let the connections of a link be reset: its event loop knows, and redis-py does not yet."""
    pool = link._retrying.connection_pool
    idle: list[Any] = pool._available_connections
    for connection in idle:
        connection._writer.transport.abort()
    return len(idle)


def test_a_reset_connection_is_replaced_and_is_no_error_of_ours(over_tcp: RedisServer) -> None:
    # Under uvloop, as in production: it raises RuntimeError then, which redis-py hands on as it is.
    async def ask() -> None:
        link = connect(f"redis://127.0.0.1:{over_tcp.port}")
        try:
            for _ in range(2):
                assert await link.read("ECHO", "here") == b"here"
                assert _reset(link) > 0
            answer = await link.script(PAGE, ["gp:{x}:t", "gp:{x}:sh"], ["gp:{x}:c:", "oldest", "", 1])
            assert answer[:3] == [b"0", b"0", 0]
        finally:
            await link.close()

    over_tcp.start()
    try:
        uvloop.run(ask())
    finally:
        over_tcp.kill()


async def test_a_live_stream_ends_in_good_order_when_what_it_tells_cannot_be_read() -> None:
    streams = Streams()
    moved = Change(id="x", before="pending", after="approved", version=2, count=1)

    @contextlib.asynccontextmanager
    async def listening() -> AsyncIterator[AsyncIterator[Change]]:
        async def changes() -> AsyncIterator[Change]:
            yield moved

        yield changes()

    async def events(change: Change) -> AsyncIterator[bytes]:
        message = "away"
        if change == moved:
            raise StorageDown(message, retry_after=1)
        yield b"never"

    stream: Any = await streams.open(listening(), events)
    assert [part async for part in stream.iterator] == [b": hello\n\n"]
    assert streams.open_count == 0
