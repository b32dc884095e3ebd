"""OpenAI's moderation endpoint: `POST /v1/moderations`."""

import math
import secrets
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from service.api.compat.call import (
    BODY_BYTES,
    Call,
    Handler,
    NoSuchPath,
    Reply,
    TooLarge,
    Unreadable,
    WrongMethod,
)
from service.api.compat.json_body import read_json
from service.domain.categories import CATEGORIES, FLAGGED
from service.domain.errors import Forbidden, Late, Refused, TooMany, Unauthorised, Unavailable
from service.workflow.analyze import Analysis, analyse
from service.workflow.keys import Admitted, admit, spend

MOST_INPUTS = 1_024
TEXT_POINTS = 20_480
MODEL = "omni-moderation-latest"


class BadInput(Exception):
    """A request that cannot be answered; says which parameter and why."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        """Take what the client shows."""
        super().__init__(message)
        self.message, self.param, self.code = message, param, code


class NoKey(Exception):
    """The request has no bearer token."""


class OpenAI:
    """The surface as the door sees it."""

    def __init__(self) -> None:
        """Name the path."""
        self.routes: Mapping[str, tuple[str, Handler]] = MappingProxyType({"/v1/moderations": ("POST", moderate)})

    def owns(self, path: str) -> bool:
        """Tell whether a path is OpenAI's."""
        return path == "/v1/moderations" or path.startswith("/v1/moderations/")

    def refuse(self, error: Exception) -> Reply:
        """Tell an error as OpenAI does."""
        for kind, tell in _TABLE:
            if isinstance(error, kind):
                return tell(error)
        return _error(500, "The server had an error while processing your request.", kind="server_error")


async def moderate(call: Call) -> Reply:
    """Score one or many texts; nothing of them is stored."""
    admitted = await _admit(call)
    texts, model = _read(call.body)
    await spend(call.house, admitted, units=len(texts))
    analyses = await analyse(call.house, texts)
    results = [_result(analysis) for analysis in analyses]
    unmeasured = [name for name in CATEGORIES if not results[0]["category_applied_input_types"][name]]
    answer = {"id": f"modr-{secrets.token_hex(16)}", "model": model, "results": results}
    return Reply(200, answer, {"x-gatepost-unmeasured": ", ".join(unmeasured)})


async def _admit(call: Call) -> Admitted:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NoKey
    return await admit(call.house, token.strip(), "openai")


def _read(body: bytes) -> tuple[list[str], str]:
    """Read the texts and the model's name; raises BadInput."""
    try:
        asked = read_json(body or b"{}")
    except Unreadable as error:
        message = f"We could not parse the JSON body of your request. {error}"
        raise BadInput(message) from error
    if not isinstance(asked, dict):
        message = "The body of the request must be a JSON object."
        raise BadInput(message)
    model = asked.get("model")
    if model is not None and not (isinstance(model, str) and len(model) <= 200):  # noqa: PLR2004 - longer than any name
        message = "Invalid type for 'model': expected a string."
        raise BadInput(message, param="model", code="invalid_type")
    if asked.get("input") is None:
        message = "Missing required parameter: 'input'."
        raise BadInput(message, param="input", code="missing_required_parameter")
    given = asked["input"]
    items = given if isinstance(given, list) else [given]
    if not 1 <= len(items) <= MOST_INPUTS:
        message = f"Invalid 'input': 1 to {MOST_INPUTS} texts are taken at once."
        raise BadInput(message, param="input", code="invalid_array_length")
    return [_text(item, place) for place, item in enumerate(items)], model or MODEL


def _text(item: Any, place: int) -> str:  # noqa: ANN401 - whatever the client sent
    if isinstance(item, dict):
        kind = item.get("type")
        if kind == "image_url":
            message = "Images are not moderated here: send text only."
            raise BadInput(message, param=f"input[{place}]", code="unsupported_input_type")
        item = item.get("text") if kind == "text" else None
    if not isinstance(item, str):
        message = f"Invalid type for 'input[{place}]': expected a string, or an object of type `text` with one."
        raise BadInput(message, param=f"input[{place}]", code="invalid_type")
    if not item.strip():
        message = f"Invalid 'input[{place}]': the text is empty."
        raise BadInput(message, param=f"input[{place}]", code="empty_string")
    if len(item) > TEXT_POINTS:
        message = f"Invalid 'input[{place}]': a text has at most {TEXT_POINTS} characters."
        raise BadInput(message, param=f"input[{place}]", code="string_above_max_length")
    return item


def _result(analysis: Analysis) -> dict[str, Any]:
    labels = analysis.scores.labels
    scores = {name: one.score(labels) for name, one in CATEGORIES.items() if one is not None and one.measured(labels)}
    categories = {name: scores.get(name, 0.0) >= FLAGGED for name in CATEGORIES}
    return {
        "flagged": any(categories.values()),
        "categories": categories,
        "category_scores": {name: scores.get(name, 0.0) for name in CATEGORIES},
        "category_applied_input_types": {name: ["text"] if name in scores else [] for name in CATEGORIES},
    }


def _later(status: int, error: TooMany | Unavailable, kind: str, code: str) -> Reply:
    reply = _error(status, error.detail, kind=kind, code=code)
    return Reply(status, reply.body, {"retry-after": str(math.ceil(error.retry_after))})


def _error(
    status: int, message: str, *, kind: str = "invalid_request_error", param: str | None = None, code: str | None = None
) -> Reply:
    return Reply(status, {"error": {"message": message, "type": kind, "param": param, "code": code}})


def _wrong_method(error: WrongMethod) -> Reply:
    reply = _error(405, f"This endpoint is called by {error.allowed}.", code="method_not_supported")
    return Reply(reply.status, reply.body, {"allow": error.allowed})


_NO_KEY = "You didn't provide an API key: send it in an Authorization header, as `Bearer KEY`."
# The first line that fits counts: the narrower kinds stand first.
_TABLE: tuple[tuple[type[Exception], Callable[[Any], Reply]], ...] = (
    (BadInput, lambda error: _error(400, error.message, param=error.param, code=error.code)),
    (NoKey, lambda _: _error(401, _NO_KEY, code="missing_api_key")),
    (Unauthorised, lambda _: _error(401, "Incorrect API key provided.", code="invalid_api_key")),
    (Forbidden, lambda error: _error(403, error.detail, code="insufficient_permissions")),
    (TooMany, lambda error: _later(429, error, "rate_limit_exceeded", "rate_limit_exceeded")),
    (Late, lambda error: _later(504, error, "server_error", "timeout")),
    (Unavailable, lambda error: _later(503, error, "server_error", "service_unavailable")),
    (TooLarge, lambda _: _error(413, f"The body is larger than {BODY_BYTES} bytes.", code="request_too_large")),
    (Unreadable, lambda error: _error(400, str(error))),
    (Refused, lambda error: _error(400, error.detail)),
    (WrongMethod, _wrong_method),
    (NoSuchPath, lambda _: _error(404, "There is nothing at this address.", code="unknown_url")),
)
