"""Errors as Google tells them, with the types that Perspective's clients branch on."""

import math
from collections.abc import Callable
from typing import Any

from service.api.compat.call import BODY_BYTES, NoSuchPath, Reply, TooLarge, Unreadable, WrongMethod
from service.domain.errors import Forbidden, Late, Refused, TooMany, Unauthorised, Unavailable

_ERROR = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_RETRY = "type.googleapis.com/google.rpc.RetryInfo"
SERVICE = "commentanalyzer.googleapis.com"


class AnalyzerError(Exception):
    """A 400 of the comment analyzer; `more` are further members of its detail."""

    def __init__(self, error_type: str, message: str, **more: Any) -> None:  # noqa: ANN401 - a detail's members are open
        """Take what clients branch on, and the message."""
        super().__init__(message)
        self.message = message
        self.detail = {"@type": _ERROR, "errorType": error_type, **more}


class NoKey(Exception):
    """The request names no key at all."""


def invalid(message: str) -> AnalyzerError:
    """Make the error of a request that has not the expected form."""
    return AnalyzerError("INVALID_REQUEST", message)


def refuse(error: Exception) -> Reply:
    """Tell any error; what stands in no line of the table is our own mistake."""
    for kind, tell in _TABLE:
        if isinstance(error, kind):
            return tell(error)
    return _reply(500, "INTERNAL", "Internal error encountered.")


def _reply(code: int, status: str, message: str, *details: dict[str, Any], retry_after: float | None = None) -> Reply:
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        error["details"] = list(details)
    headers = {} if retry_after is None else {"retry-after": str(math.ceil(retry_after))}
    return Reply(code, {"error": error}, headers)


def _bad_key(_: Exception) -> Reply:
    info = {"@type": _INFO, "reason": "API_KEY_INVALID", "domain": "googleapis.com", "metadata": {"service": SERVICE}}
    return _reply(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", info)


def _quota(error: TooMany) -> Reply:
    details = (
        {"@type": _INFO, "reason": "RATE_LIMIT_EXCEEDED", "domain": "googleapis.com"},
        {"@type": _RETRY, "retryDelay": f"{error.retry_after}s"},
    )
    return _reply(429, "RESOURCE_EXHAUSTED", error.detail, *details, retry_after=error.retry_after)


def _wrong_method(error: WrongMethod) -> Reply:
    reply = _reply(405, "UNIMPLEMENTED", f"This method is called by {error.allowed}.")
    return Reply(reply.status, reply.body, {"allow": error.allowed})


_NO_KEY = (
    "Method doesn't allow unregistered callers (callers without established identity). "
    "Please use API Key or other form of API consumer identity to call this API."
)
_BLOCKED = {"@type": _INFO, "reason": "API_KEY_SERVICE_BLOCKED", "domain": "googleapis.com"}
# The first line that fits counts: the narrower kinds stand first.
_TABLE: tuple[tuple[type[Exception], Callable[[Any], Reply]], ...] = (
    (AnalyzerError, lambda error: _reply(400, "INVALID_ARGUMENT", error.message, error.detail)),
    (Unauthorised, _bad_key),
    (NoKey, lambda _: _reply(403, "PERMISSION_DENIED", _NO_KEY)),
    (Forbidden, lambda error: _reply(403, "PERMISSION_DENIED", error.detail, _BLOCKED)),
    (TooMany, _quota),
    (Late, lambda error: _reply(504, "DEADLINE_EXCEEDED", error.detail, retry_after=error.retry_after)),
    (Unavailable, lambda error: _reply(503, "UNAVAILABLE", error.detail, retry_after=error.retry_after)),
    (TooLarge, lambda _: refuse(invalid(f"Request payload size exceeds the limit: {BODY_BYTES} bytes."))),
    (Unreadable, lambda error: refuse(invalid(str(error)))),
    (Refused, lambda error: refuse(invalid(error.detail))),
    (WrongMethod, _wrong_method),
    (NoSuchPath, lambda _: _reply(404, "NOT_FOUND", "Method not found.")),
)
