"""The outermost layer: CORS per site, security headers, and what every request is counted by.

It stands around the framework because a refused route, a 404 or a 405 needs the same headers as an answer.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from service.api.problems import MEDIA_TYPE, describe
from service.domain.errors import Forbidden, GatepostError, StorageDown
from service.domain.site import Site
from service.telemetry import requests
from service.workflow.house import House

# The plain ASGI forms: what stands around the framework sees messages, not the framework's types.
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"content-security-policy", _POLICY.encode()),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
_EXPOSED = b"etag, retry-after, idempotent-replayed"
_ALLOWED_METHODS = b"GET, POST, PATCH, DELETE"
_ALLOWED_HEADERS = b"authorization, content-type, idempotency-key, if-none-match"
_PREFLIGHT_SECONDS = b"600"
_SITES = "/v1/sites/"


class Edge:
    """An ASGI application around the framework's."""

    def __init__(self, app: App, house: House) -> None:
        """Take the application and the house, whose sites say which origins they allow."""
        self._app = app
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer preflights, and add headers to everything else."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        try:
            site = await self._site(scope["path"]) if origin is not None else None
        except StorageDown as error:
            # At once: the application would wait for the same storage again, and the caller twice as long.
            await _refuse(send, error, [])
            return
        allowed = site is not None and origin is not None and site.allows_origin(origin.decode("latin-1"))
        cors = self._cors(scope, origin, allowed=allowed, authorised=b"authorization" in headers)
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await self._preflight(send, cors, allowed=allowed)
            return

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS, *cors]
                handler = scope.get("path_template") or "unmatched"
                requests(scope["method"], handler, message["status"]).inc()
            await send(message)

        await self._app(scope, receive, counted)

    async def _site(self, path: str) -> Site | None:
        if not path.startswith(_SITES):
            return None
        return await self._house.directory.site(path[len(_SITES) :].partition("/")[0])

    def _cors(
        self, scope: Scope, origin: bytes | None, *, allowed: bool, authorised: bool
    ) -> list[tuple[bytes, bytes]]:
        path: str = scope["path"]
        if not path.startswith(_SITES):
            return []
        if scope["method"] in ("GET", "HEAD") and not authorised:
            # Public reads are the same for every page, so that caches need to keep one copy only.
            return [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", _EXPOSED)]
        vary = [(b"vary", b"origin")]
        if origin is None or not allowed:
            return vary
        return [
            *vary,
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _EXPOSED),
        ]

    async def _preflight(self, send: Send, cors: list[tuple[bytes, bytes]], *, allowed: bool) -> None:
        if not allowed:
            refusal = Forbidden("That origin is not one of this site's.", slug="origin-not-allowed")
            await _refuse(send, refusal, cors)
            return
        headers = [
            *cors,
            (b"access-control-allow-methods", _ALLOWED_METHODS),
            (b"access-control-allow-headers", _ALLOWED_HEADERS),
            (b"access-control-max-age", _PREFLIGHT_SECONDS),
        ]
        await send({"type": "http.response.start", "status": 204, "headers": [*headers, *_HEADERS]})
        await send({"type": "http.response.body", "body": b""})


async def _refuse(send: Send, error: GatepostError, headers: list[tuple[bytes, bytes]]) -> None:
    """Answer a problem from outside the framework."""
    problem = describe(error)
    sent = [*headers, *_HEADERS, (b"content-type", MEDIA_TYPE.encode()), (b"cache-control", b"no-store")]
    if "retry_after" in problem:
        sent.append((b"retry-after", str(problem["retry_after"]).encode()))
    await send({"type": "http.response.start", "status": problem["status"], "headers": sent})
    await send({"type": "http.response.body", "body": msgspec.json.encode(problem)})
