"""Every error as an RFC 9457 problem: the one place where slugs meet HTTP statuses."""

import logging
import traceback
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from service.domain.errors import (
    SLUGS,
    GatepostError,
    Invalid,
    LostRace,
    StorageDown,
    TooMany,
    Unavailable,
)
from service.domain.runbook import PROBLEMS, named

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

STATUS: dict[str, int] = {
    "malformed-request": 400,
    "invalid-request": 400,
    "invalid-field": 422,
    "invalid-cursor": 400,
    "invalid-idempotency-key": 400,
    "invalid-policy": 422,
    "body-too-large": 413,
    "unsupported-media-type": 415,
    "method-not-allowed": 405,
    "not-found": 404,
    "unknown-site": 404,
    "unknown-comment": 404,
    "unknown-parent": 404,
    "unknown-thread": 404,
    "unauthorised": 401,
    "forbidden": 403,
    "origin-not-allowed": 403,
    "thread-closed": 409,
    "site-closed": 409,
    "parent-withdrawn": 409,
    "idempotency-mismatch": 422,
    "move-not-allowed": 409,
    "lost-race": 409,
    "site-exists": 409,
    "language-not-covered": 409,
    "version-mismatch": 412,
    "precondition-required": 428,
    "rate-limited": 429,
    "queue-full": 503,
    "overloaded": 503,
    "streams-full": 503,
    "storage-unavailable": 503,
    "no-worker": 503,
    "scoring-late": 504,
    "blocked": 403,
    "slow-mode": 429,
    "address-unknown": 409,
    "too-many-blocks": 409,
    "duplicate-comment": 409,
    "author-not-signed": 422,
    "appeal-not-possible": 409,
    "house-rule-required": 422,
    "internal-error": 500,
    "needs-senior": 403,
    "severe-needs-reading": 409,
    "too-late-to-undo": 409,
    "unknown-decision": 404,
    "csrf-required": 403,
    "unknown-version": 404,
    "audit-over": 409,
}

_FROM_HTTP = {
    400: "malformed-request",
    401: "unauthorised",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
}


def describe(error: GatepostError) -> dict[str, Any]:
    """Write an error as a problem's members: `type`, `title`, `status`, `detail` and its own."""
    problem: dict[str, Any] = {
        "type": error.slug,
        "title": SLUGS[error.slug],
        "status": STATUS[error.slug],
        "detail": error.detail,
    }
    if isinstance(error, Invalid):
        problem["errors"] = error.faults
    if isinstance(error, LostRace):
        problem["decided_by"] = error.decided_by
        problem["decided_at"] = error.decided_at
        problem["decided_to"] = error.decided_to
        problem["version"] = error.version
        problem["decided_by_name"] = error.decided_by_name
        if error.claimed_by is not None:
            problem["claimed_by"] = error.claimed_by
    if isinstance(error, TooMany | Unavailable):
        problem["retry_after"] = error.retry_after
    if isinstance(error, Unavailable):
        problem["runbook"] = named(PROBLEMS[error.slug])
    return problem


def respond(problem: dict[str, Any], headers: dict[str, str] | None = None) -> Response[bytes]:
    """Send a problem; it is never stored by a cache."""
    sent = {"cache-control": "no-store", **(headers or {})}
    if "retry_after" in problem:
        sent["retry-after"] = str(problem["retry_after"])
    if problem["status"] == STATUS["unauthorised"]:
        sent["www-authenticate"] = "Bearer"
    return Response(msgspec.json.encode(problem), status_code=problem["status"], media_type=MEDIA_TYPE, headers=sent)


def _plain(slug: str, detail: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - problem members are open
    return {"type": slug, "title": SLUGS[slug], "status": STATUS[slug], "detail": detail, **members}


def on_gatepost(_: Request[Any, Any, Any], error: GatepostError) -> Response[bytes]:
    """Answer one of our own errors."""
    if isinstance(error, StorageDown):
        _log.warning("storage away: %s", error.detail)
    return respond(describe(error))


def on_validation(_: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    """Answer a request of the wrong form, with the path of each fault and never the value."""
    faults = []
    for item in error.extra if isinstance(error.extra, list) else []:
        source, key = str(item.get("source") or "body"), str(item.get("key") or "")
        missing = source == "body" and key == "data" and item.get("message") == "'data'"
        path = "$" if key in ("", "data") else f"$.{key.removeprefix('data.')}"
        message = "is empty: a JSON object is expected" if missing else str(item.get("message", "is not valid"))
        faults.append({"path": path if source == "body" else key, "message": message})
    # Without a list of faults it is a parameter that is missing, which the framework names.
    detail = "; ".join(f"{fault['path']}: {fault['message']}" for fault in faults) or error.detail
    return respond(_plain("invalid-request", detail, errors=faults))


def on_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework refused."""
    slug = _FROM_HTTP.get(error.status_code, "internal-error")
    detail = error.detail if slug == "malformed-request" else SLUGS[slug]
    # `allow` belongs to a 405 and must be kept.
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return respond(_plain(slug, detail), headers)


def on_unreadable(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer bytes that are no UTF-8, or nested deeper than can be read."""
    what = "is not valid UTF-8" if isinstance(error, UnicodeError) else "is nested too deeply"
    return respond(_plain("malformed-request", f"The request {what}."))


def on_bug(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer our own mistake; the log gets where it happened, not what the message says: it may quote a reader."""
    where = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(traceback.extract_tb(error.__traceback__)[-6:]))
    _log.error("%s %s failed: %s at %s", request.method, request.url.path, type(error).__name__, where)
    return respond(_plain("internal-error", "The request could not be handled; nothing of it was stored."))


HANDLERS: dict[type[Exception] | int, Any] = {
    GatepostError: on_gatepost,
    ValidationException: on_validation,
    HTTPException: on_http,
    UnicodeError: on_unreadable,
    RecursionError: on_unreadable,
    Exception: on_bug,
}
