"""Answers that go well: encoded once, with the caching that their privacy needs."""

import msgspec
from litestar import Response
from msgspec import Struct

JSON = "application/json"
_encoder = msgspec.json.Encoder()


def json_reply(
    answer: Struct, *, status: int = 200, replayed: bool = False, etag: str | None = None
) -> Response[bytes]:
    """Answer somebody in particular; no cache may keep it."""
    headers = {"cache-control": "private, no-store"}
    if replayed:
        headers["idempotent-replayed"] = "true"
    if etag is not None:
        headers["etag"] = etag
    return Response(_encoder.encode(answer), status_code=status, media_type=JSON, headers=headers)


def public_reply(answer: Struct | None, *, etag: str | None) -> Response[bytes]:
    """Answer anyone; caches may keep it if they ask again every time. Without an answer it is a 304."""
    headers = {"cache-control": "public, no-cache"}
    if etag is not None:
        headers["etag"] = etag
    if answer is None:
        return Response(b"", status_code=304, media_type=JSON, headers=headers)
    return Response(_encoder.encode(answer), status_code=200, media_type=JSON, headers=headers)


def is_known(header: str | None, etag: str) -> bool:
    """Tell whether `If-None-Match` names an entity tag; proxies may have weakened it, and a client may list many."""
    return header is not None and any(part.strip().removeprefix("W/") == etag for part in header.split(","))
