"""The API over a real socket and a real Redis, in this process or as one of its own."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn

from service.api.app import create_edge
from service.api.connection import Connection
from service.api.hot import Hot
from service.api.streaming import Streams
from service.domain.site import Site
from service.settings import read_settings
from service.storage.directory_keys import PEPPER
from service.wiring import open_house
from service.workflow.sites import add_principal
from tests.audit import audit
from tests.builders import Writer, policy_of, site_of
from tests.conftest import Servers
from tests.fakes.clock import Clock
from tests.integration.runbook_page import Follower
from tests.integration.works import Works
from tests.processes import ApiProcess, environment, wait_until
from tests.redis_backend import RedisBackend
from tests.redis_server import RedisServer, any_server

STREAMS = 3
# Nothing here speaks TLS, and reading the machine's certificates takes longer than most tests.
_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
MILL, WEIR = "https://mill.example", "https://weir.example"


class ServedApi:
    """The application under uvicorn in a thread, on a port of the kernel's choice."""

    def __init__(self, redis_url: str, *, stream_limit: int, proxies: str = "") -> None:
        self._settings = read_settings(environment(redis_url, GATEPOST_TRUSTED_PROXIES=proxies))
        self._stream_limit = stream_limit
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._server: uvicorn.Server | None = None
        self.streams: Streams | None = None
        self.app: Hot | None = None
        self.url = ""
        self.pepper = b""

    async def _serve(self) -> None:
        self.streams = Streams(limit=self._stream_limit)
        async with open_house(self._settings) as house:
            self.pepper = await house.comments._link.read("GET", PEPPER)  # type: ignore[attr-defined]
            self.app = app = create_edge(house, self._settings, self.streams)
            config = uvicorn.Config(
                app,
                port=0,
                loop="asyncio",
                http=Connection,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
            )
            self._server = uvicorn.Server(config)
            await self._server.serve()

    def start(self) -> None:
        self._thread.start()
        wait_until(lambda: self._server is not None and self._server.started, "the API to listen")
        assert self._server is not None
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        assert self._server is not None
        assert self.streams is not None
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(20)


@dataclass
class Town:
    """Two sites with their people, and everything needed to look behind the API."""

    url: str
    redis: RedisServer
    backend: RedisBackend
    mill: Site
    weir: Site
    writer: Writer
    tokens: dict[str, str]

    def http(self, token: str | None = None) -> httpx.Client:
        """Open a client, with one of the tokens."""
        headers = {"authorization": f"Bearer {self.tokens.get(token, token)}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=10, verify=_TLS)


async def populate(redis: RedisServer, pepper: bytes | None = None) -> tuple[RedisBackend, Site, Site, dict[str, str]]:
    """Make two sites, a key for each and moderators of the first, the second and both."""
    clock = Clock()
    backend = RedisBackend(redis, clock)
    mill = site_of(clock, "mill", origins=(MILL,))
    weir = site_of(clock, "weir", origins=(WEIR,))
    tokens = {}
    if pepper is not None:
        # A process keeps the key that it opened at its start.
        with redis.client() as client:
            client.set(PEPPER, pepper)
    async with open_house(read_settings(environment(redis.url))) as house:
        for site in (mill, weir):
            await house.directory.add_site(site, policy_of(classifier="embedded-fast"))
            _, tokens[f"key-{site.id}"] = await add_principal(house, role="site", sites=(site.id,))
            _, tokens[f"moderator-{site.id}"] = await add_principal(house, role="moderator", sites=(site.id,))
        _, tokens["moderator-both"] = await add_principal(house, role="moderator", sites=("mill", "weir"))
    return backend, mill, weir, tokens


@pytest.fixture(scope="session")
def served(servers: Servers) -> Iterator[ServedApi]:
    api = ServedApi(servers.get("any").url, stream_limit=STREAMS)
    api.start()
    yield api
    api.stop()


@pytest.fixture
async def town(served: ServedApi, one_redis: RedisServer) -> AsyncIterator[Town]:
    """Give two sites in an emptied Redis; the API's process is the same for all tests."""
    backend, mill, weir, tokens = await populate(one_redis, served.pepper)
    yield Town(served.url, one_redis, backend, mill, weir, Writer(backend.clock, mill), tokens)
    await backend.close()


@pytest.fixture
def own_redis(short_path: Path, request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """Give a server that the test may stop."""
    folder = short_path / f"o{abs(hash(request.node.name)) % 100_000}"
    folder.mkdir()
    server = RedisServer(any_server(), folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def api_process(own_redis: RedisServer) -> Iterator[ApiProcess]:
    process = ApiProcess(own_redis.url, own_redis.folder / "api.log")
    process.start()
    yield process
    process.kill()


@pytest.fixture
def works(own_redis: RedisServer, api_process: ApiProcess, tmp_path: Path) -> Iterator[Works]:
    """Give a deployment with one site; whatever was done to it, lists and counts must agree at the end."""
    made = Works(own_redis, api_process, tmp_path)
    yield made
    for worker in made.workers:
        worker.kill()
    with own_redis.client() as client:
        assert audit(client) == []


@pytest.fixture
def follower(works: Works) -> Follower:
    """Give somebody who types what the runbook says."""
    return Follower(works.redis.url)
