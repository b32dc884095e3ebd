"""What every test may ask for: real redis-servers, and the ports over them or over memory."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.fakes.clock import Clock
from tests.ports import Backend, FakeBackend
from tests.redis_backend import RedisBackend
from tests.redis_server import SERVERS, RedisServer, any_server

# A test that fails because the machine is busy says nothing: speed is measured in benchmarks/.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return ("asyncio", {"use_uvloop": False})


class Servers:
    """The servers of this run, started when they are first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: dict[str, RedisServer] = {}

    def get(self, name: str) -> RedisServer:
        """Give an empty running server by its id; skips where this machine lacks it."""
        if name not in self._started:
            binary = SERVERS[name] if name in SERVERS else any_server()
            if binary is None:
                # At least one must be there: any_server says so, and does not skip.
                any_server()
                pytest.skip(f"this machine has no {name}")
            folder = self._folder / name
            folder.mkdir()
            self._started[name] = RedisServer(binary, folder)
            self._started[name].start()
        with self._started[name].client() as client:
            client.flushall()
        return self._started[name]

    def stop(self) -> None:
        """End every server."""
        for server in self._started.values():
            server.kill()


@pytest.fixture(scope="session")
def short_path() -> Iterator[Path]:
    # pytest's own folders are too deep for a unix socket.
    folder = Path(tempfile.mkdtemp(prefix="gp-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def servers(short_path: Path) -> Iterator[Servers]:
    started = Servers(short_path)
    yield started
    started.stop()


@pytest.fixture(params=list(SERVERS))
def redis_server(request: pytest.FixtureRequest, servers: Servers) -> RedisServer:
    """Give each kind of server in turn, empty."""
    return servers.get(request.param)


@pytest.fixture
def one_redis(servers: Servers) -> RedisServer:
    """Give one server, empty, where the version is not the point."""
    return servers.get("any")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["fake", *SERVERS])
async def backend(request: pytest.FixtureRequest, servers: Servers, clock: Clock) -> AsyncIterator[Backend]:
    """Give the ports over memory and over each kind of server; real ones are audited at the end."""
    made: Backend = FakeBackend(clock) if request.param == "fake" else RedisBackend(servers.get(request.param), clock)
    yield made
    await made.close()


@pytest.fixture
async def redis_backend(redis_server: RedisServer, clock: Clock) -> AsyncIterator[RedisBackend]:
    made = RedisBackend(redis_server, clock)
    yield made
    await made.close()
