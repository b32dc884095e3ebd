"""The door for other people's programs, around the whole HTTP door: whatever happens behind it is told their way.

It stands outside the framework because on these paths a 404, a body that is no JSON, one that is gzip and one that is
too large must come in the foreign shape too. Browsers may use it from anywhere, for it takes keys and no cookies.
"""

import logging
import re
import traceback

from service.api.attempts import too_many
from service.api.compat.call import (
    App,
    Call,
    Gone,
    NoSuchPath,
    Receive,
    Reply,
    Scope,
    Send,
    SurfaceDoor,
    WrongMethod,
    body_of,
    encode,
    headers_of,
    query_of,
)
from service.api.compat.openai import OpenAI
from service.api.compat.perspective import Perspective
from service.domain.errors import Unauthorised
from service.settings import Settings
from service.telemetry import requests
from service.workflow.house import House

_log = logging.getLogger(__name__)

_HEADERS = {
    "content-type": "application/json; charset=UTF-8",
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "retry-after, x-gatepost-map, x-gatepost-unmeasured",
}
_SLASHES = re.compile(r"/{2,}")
_HEADER_NAMES = re.compile(r"[A-Za-z0-9_, -]{1,1000}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class ForeignDoor:
    """An ASGI application around ours; what is no foreign path goes through untouched."""

    def __init__(self, app: App, house: House, settings: Settings) -> None:
        """Take the application, the house and what the process was told."""
        self._app = app
        self._house = house
        self._settings = settings
        self._surfaces: tuple[SurfaceDoor, ...] = (Perspective(), OpenAI())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a foreign client, or let the application answer."""
        if scope["type"] == "http":
            # Clients join a base address and a path without looking for a slash at the end of the one.
            path = _SLASHES.sub("/", scope["path"])
            for surface in self._surfaces:
                if surface.owns(path):
                    await self._answer(surface, path, scope, receive, send)
                    return
        await self._app(scope, receive, send)

    async def _answer(self, surface: SurfaceDoor, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self._send(send, scope, 204, _preflight(headers), b"")
            return
        try:
            reply = await self._reply(surface, path, scope, headers, receive)
        except Gone:
            return
        except Exception as error:  # noqa: BLE001 - every error is told in the surface's shape
            slowed = None
            if isinstance(error, Unauthorised):
                slowed = await too_many(self._house, scope, self._settings.trusted_proxies)
            reply = surface.refuse(slowed or error)
            if reply.status == 500:  # noqa: PLR2004 - our own mistake
                _note(scope["method"], path if path in surface.routes else "foreign", error)
        route = path if path in surface.routes else "foreign"
        method = scope["method"] if scope["method"] in _METHODS else "other"
        requests(method, route, reply.status).inc()
        await self._send(send, scope, reply.status, {**_HEADERS, **reply.headers}, encode(reply))

    async def _reply(
        self, surface: SurfaceDoor, path: str, scope: Scope, headers: dict[str, str], receive: Receive
    ) -> Reply:
        if path not in surface.routes:
            raise NoSuchPath
        method, handler = surface.routes[path]
        if scope["method"] != method and not (method == "GET" and scope["method"] == "HEAD"):
            raise WrongMethod(method)
        query = query_of(scope)
        body = await body_of(receive, headers.get("content-encoding", "")) if method == "POST" else b""
        return await handler(Call(self._house, self._settings, headers, query, body))

    async def _send(self, send: Send, scope: Scope, status: int, headers: dict[str, str], body: bytes) -> None:
        sent = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        if status != 204:  # noqa: PLR2004 - which has no body, and no length
            sent.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _preflight(headers: dict[str, str]) -> dict[str, str]:
    """Allow what a browser asks for; Google's own library sends a dozen headers of its own."""
    wanted = headers.get("access-control-request-headers", "")
    allowed = wanted if _HEADER_NAMES.fullmatch(wanted) else "content-type, authorization, x-goog-api-key"
    return {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": allowed,
        "access-control-max-age": "3600",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }


def _note(method: str, route: str, error: Exception) -> None:
    """Log where it happened; the error's own words may quote a text."""
    where = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(traceback.extract_tb(error.__traceback__)[-6:]))
    _log.error("%s %s failed: %s at %s", method, route, type(error).__name__, where)
