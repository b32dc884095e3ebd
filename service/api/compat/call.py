"""A foreign client's request as the surfaces see it, and their reply."""

import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs

import msgspec

from service.settings import Settings
from service.workflow.house import House

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_BYTES = 1_048_576
_GZIP, _DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS


class Gone(Exception):
    """The client went away before its request was whole."""


class Unreadable(Exception):
    """The body is not what its headers or its surface say."""


class TooLarge(Exception):
    """The body, or what it inflates to, is larger than BODY_BYTES."""


class WrongMethod(Exception):
    """The path is known, the method is another."""

    def __init__(self, allowed: str) -> None:
        """Take the method that would do."""
        super().__init__(allowed)
        self.allowed = allowed


class NoSuchPath(Exception):
    """The surface has nothing at this path."""


@dataclass(frozen=True)
class Call:
    """One request, its body inflated."""

    house: House
    settings: Settings
    headers: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """One answer; always JSON."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Awaitable[Reply]]


class SurfaceDoor(Protocol):
    """A surface: the method and the handler of each path, and how errors are told."""

    routes: Mapping[str, tuple[str, Handler]]

    def owns(self, path: str) -> bool:
        """Tell whether a path belongs to this surface, known or not."""
        ...

    def refuse(self, error: Exception) -> Reply:
        """Tell an error in the surface's own shape; one that it does not know is our own mistake."""
        ...


def headers_of(scope: Scope) -> dict[str, str]:
    """Read a request's headers; the last of a name counts."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def query_of(scope: Scope) -> dict[str, list[str]]:
    """Read a request's query."""
    try:
        return parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        message = "The query has too many fields."
        raise Unreadable(message) from error


async def body_of(receive: Receive, coding: str) -> bytes:
    """Read a body, inflating gzip and deflate; raises TooLarge, Unreadable or Gone."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > BODY_BYTES:
            raise TooLarge
        chunks.append(chunk)
        if not message.get("more_body", False):
            return inflate(b"".join(chunks), coding.strip().lower())


def inflate(body: bytes, coding: str) -> bytes:
    """Undo a content coding, never beyond BODY_BYTES: a kilobyte may hold a megabyte, and a megabyte a gigabyte."""
    if coding in ("", "identity"):
        return body
    if coding not in ("gzip", "x-gzip", "deflate"):
        message = "Content-Encoding must be gzip, deflate or identity."
        raise Unreadable(message)
    inflater = zlib.decompressobj(_DEFLATE if coding == "deflate" else _GZIP)
    try:
        inflated = inflater.decompress(body, BODY_BYTES + 1)
    except zlib.error as error:
        message = f"The body is not {coding}."
        raise Unreadable(message) from error
    if len(inflated) > BODY_BYTES:
        raise TooLarge
    if not inflater.eof or inflater.unused_data:
        message = f"The body is not one whole {coding} stream."
        raise Unreadable(message)
    return inflated


def encode(reply: Reply) -> bytes:
    """Encode an answer's body."""
    return msgspec.json.encode(reply.body)
