"""What chaos has found, each in its smallest form."""

from pathlib import Path
from typing import Any

import pytest
import uvloop

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
            assert answer == [b"0", b"0", 0]
        finally:
            await link.close()

    over_tcp.start()
    try:
        uvloop.run(ask())
    finally:
        over_tcp.kill()
