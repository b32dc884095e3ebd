"""A hot page over an application and a watch that do as they are told."""

import asyncio
from collections.abc import Callable
from typing import Any

from service.api.edge import App, Message, Receive, Scope, Send
from service.api.hot import HOT, Hot, Pages
from service.domain.errors import StorageDown
from service.domain.site import Site
from service.workflow.house import House
from tests.builders import site_of
from tests.fakes.clock import Clock

TARGET = b"/v1/sites/mill/comments?thread=/mill"
Answer = tuple[int, bytes]


class Glances:
    """A watch whose looks fall when they are told to."""

    def __init__(self) -> None:
        self.epoch = 0
        self.proven = True
        self.threads: list[str] = []

    def glance(self, site: Site, thread: str) -> Any:
        self.threads.append(thread)
        return Look(self, self.epoch) if self.proven else None


class Look:
    def __init__(self, glances: Glances, epoch: int) -> None:
        self._glances, self._epoch = glances, epoch

    def stands(self) -> bool:
        return self._glances.proven and self._glances.epoch == self._epoch


class Directory:
    def __init__(self, site: Site) -> None:
        self._site = site
        self.away = False

    async def site(self, site_id: str) -> Site | None:
        if self.away:
            message = "away"
            raise StorageDown(message, retry_after=1)
        return self._site if site_id == self._site.id else None


class Origin:
    """What would answer: a page with a version, as the API does."""

    def __init__(self) -> None:
        self.version = 1
        self.asked = 0
        self.more: list[tuple[bytes, bytes]] = []
        self.status = 200
        self.pause: asyncio.Event | None = None
        self.meanwhile: Callable[[], None] = lambda: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        etag = f'"{self.version}"'.encode()
        body = f"page {self.version} for {scope['query_string'].decode()}".encode()
        self.meanwhile()
        if self.pause is not None:
            await self.pause.wait()
        status = 304 if dict(scope["headers"]).get(b"if-none-match") == etag else self.status
        body = b"" if status == 304 else body
        headers = [
            (b"cache-control", b"public, no-cache"),
            (b"etag", etag),
            (b"content-length", str(len(body)).encode()),
            *self.more,
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Desk:
    """The layer under test, with everything behind it."""

    def __init__(self, limit_bytes: int = 1_000_000) -> None:
        self.watch, self.origin = Glances(), Origin()
        self.directory = Directory(site_of(Clock()))
        house: Any = House.__new__(House)
        for name, value in {"watch": self.watch, "directory": self.directory}.items():
            object.__setattr__(house, name, value)
        origin: App = self.origin
        self.hot = Hot(origin, house, Pages(limit_bytes=limit_bytes))

    async def ask(self, target: bytes = TARGET, *headers: tuple[bytes, bytes], method: str = "GET") -> Answer:
        path, _, query = target.partition(b"?")
        scope: Scope = {
            "type": "http",
            "method": method,
            "path": path.decode(),
            "raw_path": path,
            "query_string": query,
            "headers": list(headers),
        }
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            raise NotImplementedError

        await self.hot(scope, receive, send)
        start, end = sent
        return start["status"], end["body"]

    async def heat(self, target: bytes = TARGET, *headers: tuple[bytes, bytes]) -> None:
        """Ask until an answer is kept."""
        for _ in range(HOT):
            await self.ask(target, *headers)
        self.origin.asked = 0
