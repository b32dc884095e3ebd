"""A short way for plain submissions: to their own handler, past what the framework does to find and call it.

A third of what a submission cost the API was that. The handler, its errors and its answers are the framework's route's
own; a request that is not of the plainest form, or whose body cannot be read, takes the long way and gets its answer
there. With a guard, a middleware or a hook on the route or above it there is no short way: they would be passed by.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Litestar, Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from service.api.edge import App, Message, Receive, Scope, Send
from service.api.problems import HANDLERS
from service.api.provided import Desk
from service.api.wire import SubmitComment

ROUTE = "/v1/sites/{site}/comments"
_PATH = re.compile(rb"/v1/sites/([a-z0-9-]{1,64})/comments")
_LENGTH, _TYPE, _KEY = b"content-length", b"content-type", b"idempotency-key"
# What says that the body is another one than it looks like.
_CODED = frozenset({b"transfer-encoding", b"content-encoding", b"expect", b"upgrade"})

Handler = Callable[..., Awaitable[Any]]


def submit_handler(app: Litestar) -> tuple[Handler, str] | None:
    """Find the handler of submissions and its route's template; nothing where something stands around it."""
    route = next(one for one in app.routes if isinstance(one, HTTPRoute) and one.path_format == ROUTE)
    found = route.route_handler_map["POST"]
    handler: HTTPRouteHandler = found[0] if isinstance(found, tuple) else found
    around = (
        handler.resolve_guards(),
        handler.resolve_middleware(),
        handler.resolve_before_request(),
        handler.resolve_after_response(),
        handler.resolve_response_headers(),
        handler.resolve_response_cookies(),
        any(getattr(layer, "after_request", None) for layer in handler.ownership_layers),
        app.before_send,
    )
    return None if any(around) else (handler.fn, route.path_format)


class Shortcut:
    """An ASGI application around the framework's."""

    def __init__(self, app: Litestar, desk: Desk, *, body_bytes: int) -> None:
        """Take the application, what its handlers are given, and how large a body may be."""
        whole: Any = app
        self._app: App = whole
        self._desk = desk
        self._body_bytes = body_bytes
        self._found = submit_handler(app)
        self._decoder = msgspec.json.Decoder(SubmitComment)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        plain = self._plain(scope)
        if plain is None or self._found is None:
            await self._app(scope, receive, send)
            return
        message = await receive()
        if message["type"] != "http.request" or message.get("more_body"):
            await self._app(scope, _replayed(message, receive), send)
            return
        try:
            data = self._decoder.decode(message["body"])
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            # What is wrong with it is said where everything wrong is said.
            await self._app(scope, _replayed(message, receive), send)
            return
        handle, scope["path_template"] = self._found
        made: Any = scope
        request: Request[Any, Any, Any] = Request(made)
        site, key = plain
        try:
            answer = await handle(site=site, data=data, request=request, desk=self._desk, idempotency_key=key)
        except Exception as error:  # noqa: BLE001 - as the framework does: the last entry is for whatever is a bug
            answer = next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)(request, error)
        await _send(answer, send)

    def _plain(self, scope: Scope) -> tuple[str, str | None] | None:
        """Give the site and the idempotency key of a request of the plainest form."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["query_string"]:
            return None
        found = _PATH.fullmatch(scope.get("raw_path") or b"")
        if found is None:
            return None
        said: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _CODED or name in said:
                return None
            if name in (_LENGTH, _TYPE, _KEY):
                said[name] = value
        length = said.get(_LENGTH, b"")
        if said.get(_TYPE) != b"application/json" or not length.isdigit() or int(length) > self._body_bytes:
            return None
        key = said.get(_KEY)
        return found[1].decode(), key.decode("latin-1") if key is not None else None


def _replayed(message: Message, receive: Receive) -> Receive:
    """Give a message that was received already once more, before whatever comes."""
    waiting = [message]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


async def _send(answer: Response[bytes], send: Send) -> None:
    """Send an answer as the framework does, whose bytes are encoded already."""
    body: bytes = answer.content
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    headers += [
        (b"content-type", str(answer.media_type).encode("latin-1")),
        (b"content-length", str(len(body)).encode("latin-1")),
    ]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body})
