"""Pages of threads that many read at once: whole answers, kept while the watch proves that they still stand.

What is kept is what the application answered, headers and all, to a request without credentials or body. It is kept
for at most 0.4 seconds (see Watch), bounded by bytes, and never for a thread that is not being followed.
"""

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

from prometheus_client import Counter

from service.api.crowd import REFUSED, Asker, Crowd
from service.api.edge import App, Message, Receive, Scope, Send
from service.api.replies import is_known
from service.domain.errors import StorageDown
from service.domain.watching import Glance
from service.telemetry import requests
from service.workflow.house import House

# So often within a second a page must be asked for before its thread is followed.
HOT = 3
_HEAT_SECONDS = 1.0
_HEAT_ENTRIES = 5_000
# Of a thread's key of 512 bytes, each written as %XX, with everything else; longer ones must not fill the memory.
_LONGEST_TARGET = 2_500
_SWEEP_SECONDS = 0.5
_SITE_SECONDS = 0.2
# What the objects around an answer take, beside its bytes.
_OVERHEAD_BYTES = 1_500
# The start of an answer and its body in one piece.
_WHOLE = 2
_KEPT = frozenset({HTTPStatus.OK, HTTPStatus.NOT_MODIFIED})

# Only what reads the same in every parser: one thread, plain values, no escapes in the path.
_TARGET = re.compile(
    rb"/v1/sites/([a-z0-9-]{1,64})/comments\?"
    rb"(?:(?:sort|limit|cursor)=[A-Za-z0-9_-]{0,256}&)*"
    rb"thread=((?:[A-Za-z0-9._~/:@-]|%[0-9A-Fa-f]{2}){1,1600})"
    rb"(?:&(?:sort|limit|cursor)=[A-Za-z0-9_-]{0,256})*"
)
KNOWN, SCHEME = b"if-none-match", b"x-forwarded-proto"
# A request with one of these is answered by the application each time.
PRIVATE = frozenset({b"authorization", b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
# An answer with one of these is for its asker alone.
_VARYING = frozenset({b"vary", b"set-cookie", b"content-encoding", b"transfer-encoding", b"connection"})


@dataclass(frozen=True, slots=True)
class Page:
    """One kept answer: as messages, and as the bytes that HTTP/1.1 makes of them."""

    glance: Glance
    etag: bytes
    start: Message
    body: bytes
    raw: bytes
    answered: Counter


Key = tuple[bytes, int]


class Pages:
    """The kept answers, oldest first; all are equally long good, so that the oldest is also the first to go."""

    def __init__(self, *, limit_bytes: int) -> None:
        """Take how many bytes may be held at once; 0 keeps nothing and follows nothing."""
        self.limit = limit_bytes
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._sweeping = False
        self.bytes = 0

    def find(self, target: bytes, known: bytes | None) -> Page | None:
        """Find what answers a request for a target by somebody who has the entity tags `known` already."""
        if known is None:
            return self._standing((target, HTTPStatus.OK))
        unchanged = self._standing((target, HTTPStatus.NOT_MODIFIED))
        if unchanged is not None and _is_known(known, unchanged.etag):
            return unchanged
        whole = self._standing((target, HTTPStatus.OK))
        # Where it is known the answer is a 304, which the application has to give once.
        return whole if whole is not None and not _is_known(known, whole.etag) else None

    def _standing(self, key: Key) -> Page | None:
        page = self._pages.get(key)
        if page is None:
            return None
        if page.glance.stands():
            return page
        self._drop(key)
        return None

    def keep(self, target: bytes, page: Page) -> None:
        """Keep an answer, and let go of the oldest ones where there is no room."""
        key = (target, page.start["status"])
        self._drop(key)
        size = _size(target, page)
        if size > self.limit:
            return
        while self.bytes + size > self.limit:
            self._drop(next(iter(self._pages)))
        self._pages[key] = page
        self.bytes += size
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep)

    def _drop(self, key: Key) -> None:
        page = self._pages.pop(key, None)
        if page is not None:
            self.bytes -= _size(key[0], page)

    def _sweep(self) -> None:
        """Forget what nobody may see any more: a text that was withdrawn must not lie in memory either."""
        for key in [key for key, page in self._pages.items() if not page.glance.stands()]:
            self._drop(key)
        self._sweeping = bool(self._pages)
        if self._sweeping:
            asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep)

    def __len__(self) -> int:
        """Count the answers."""
        return len(self._pages)


def _size(target: bytes, page: Page) -> int:
    return 2 * len(page.raw) + len(target) + _OVERHEAD_BYTES


def _is_known(known: bytes, etag: bytes) -> bool:
    return known == etag or is_known(known.decode("latin-1"), etag.decode("latin-1"))


class Hot:
    """An ASGI application that answers from what is kept, and has the rest answered by the one around which it is."""

    def __init__(self, app: App, house: House, pages: Pages, crowd: Crowd | None = None) -> None:
        """Take the application, the house, whose watch says what stands, the pages and who is inside."""
        self._app = app
        self.crowd = crowd
        self._house = house
        self.pages = pages
        self._heat: dict[bytes, int] = {}
        self._cooling = 0.0
        self._flights: dict[tuple[bytes, bytes | None], asyncio.Future[None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        asked = _asked(scope)
        if asked is None:
            crowd = self.crowd
            if crowd is None or not crowd.crowded or scope["type"] != "http" or scope["method"] != "POST":
                await self._app(scope, receive, send)
            else:
                await self._refused(crowd, (scope, receive, send))
            return
        page = self.pages.find(*asked)
        if page is None and (flight := self._flights.get(asked)) is not None:
            # Somebody is asking already; should nothing come of it, each asks for themselves.
            await asyncio.wait((flight,))
            page = self.pages.find(*asked)
        if page is not None:
            page.answered.inc()
            await send(page.start)
            await send({"type": "http.response.body", "body": page.body})
            return
        glance = await self._glance(asked[0])
        if glance is None:
            await self._app(scope, receive, send)
            return
        await self._keep(asked, glance, (scope, receive, send))

    async def _glance(self, target: bytes) -> Glance | None:
        """Look at the thread of a target that is asked for often."""
        watch, now = self._house.watch, asyncio.get_running_loop().time()
        found = _TARGET.fullmatch(target.partition(b" ")[0]) if len(target) <= _LONGEST_TARGET else None
        if watch is None or not self.pages.limit or found is None:
            return None
        if now >= self._cooling or len(self._heat) >= _HEAT_ENTRIES:
            self._heat.clear()
            self._cooling = now + _HEAT_SECONDS
        heat = self._heat[target] = self._heat.get(target, 0) + 1
        if heat < HOT:
            return None
        try:
            thread = unquote(found[2].decode(), errors="strict")
            # The application waits for the storage as well, and has to answer within two seconds.
            async with asyncio.timeout(_SITE_SECONDS):
                site = await self._house.directory.site(found[1].decode())
        except (StorageDown, TimeoutError, UnicodeDecodeError):
            return None
        return watch.glance(site, thread) if site is not None else None

    async def _refused(self, crowd: Crowd, call: tuple[Scope, Receive, Send]) -> None:
        """Have a request answered that is likely to be refused, and keep the refusal."""
        scope, receive, send = call
        kept: list[Message] = []

        async def keeping(message: Message) -> None:
            kept.append(message)
            await send(message)

        await self._app(scope, receive, keeping)
        if REFUSED in scope and len(kept) == _WHOLE and not scope["query_string"]:
            crowd.keep(asker_of(scope), _raw(*kept))

    async def _keep(self, asked: tuple[bytes, bytes | None], glance: Glance, call: tuple[Scope, Receive, Send]) -> None:
        """Have a request answered, and keep the answer where it is whole and for anyone."""
        scope, receive, send = call
        kept: list[Message] = []

        async def keeping(message: Message) -> None:
            kept.append(message)
            await send(message)

        flight = asyncio.get_running_loop().create_future()
        mine = self._flights.setdefault(asked, flight) is flight
        try:
            await self._app(scope, receive, keeping)
            page = _page(scope, kept, glance)
            if page is not None:
                self.pages.keep(asked[0], page)
        finally:
            if mine:
                del self._flights[asked]
            flight.set_result(None)


def _asked(scope: Scope) -> tuple[bytes, bytes | None] | None:
    """Give the target and the entity tags known to the asker, where it is a thread's page and anyone may ask."""
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].endswith("/comments"):
        return None
    said: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in PRIVATE or name in said:
            return None
        if name in (KNOWN, SCHEME):
            said[name] = value
    path: bytes = scope.get("raw_path") or b""
    host = str((scope.get("client") or ("",))[0])
    return target_of(path + b"?" + scope["query_string"], said.get(SCHEME), host), said.get(KNOWN)


def asker_of(scope: Scope) -> Asker:
    """Say by what a refusal may differ from another."""
    said = dict(scope["headers"])
    host = str((scope.get("client") or ("",))[0])
    return scope.get("raw_path") or b"", said.get(b"origin", b""), said.get(SCHEME, b""), host


def _raw(start: Message, end: Message) -> bytes:
    """Write an answer as the server does."""
    head = b"".join(b"%b: %b\r\n" % (name.lower(), value) for name, value in start["headers"])
    line = f"HTTP/1.1 {start['status']} {HTTPStatus(start['status']).phrase}\r\n".encode()
    return line + head + b"\r\n" + bytes(end.get("body", b""))


def target_of(asked: bytes, scheme: bytes | None, host: str) -> bytes:
    """Name an answer: the headers may depend on the scheme that a proxy names, and on whether the proxy is trusted."""
    return asked if scheme is None else b"%b %b %b" % (asked, scheme, host.encode())


def _page(scope: Scope, messages: list[Message], glance: Glance) -> Page | None:
    """Make a page of what was answered, or nothing where it is not whole or not for anyone."""
    if len(messages) != _WHOLE:
        return None
    start, end = messages
    status, headers = start["status"], {name.lower(): value for name, value in start["headers"]}
    if status not in _KEPT or end.get("more_body") or not glance.stands() or headers.keys() & _VARYING:
        return None
    if (
        b"etag" not in headers
        or b"public" not in headers.get(b"cache-control", b"")
        or len(headers) < len(start["headers"])
    ):
        return None
    body = end.get("body", b"")
    if status == HTTPStatus.OK and headers.get(b"content-length") != str(len(body)).encode():
        return None
    return Page(
        glance=glance,
        etag=headers[b"etag"],
        start=start,
        body=body,
        raw=_raw(start, end),
        answered=requests("GET", scope.get("path_template") or "unmatched", status),
    )
