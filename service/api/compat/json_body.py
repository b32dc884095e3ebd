"""Foreign JSON, read from bytes that anybody may have sent."""

import json
import re
from typing import Any

import msgspec

from service.api.compat.call import Unreadable

# A name without quotes, outside of strings: `{comment: {text: "…"}}`, as Google's own documentation wrote it.
_NAME = re.compile(rb'"(?:[^"\\]|\\.)*+"|(?<![\w$])([A-Za-z_$][\w$]*+)(?=\s*+:)', re.DOTALL)


def read_lenient_json(body: bytes) -> Any:  # noqa: ANN401 - whatever stands there
    """Read a body as Google's parser does: names may stand without quotes. Raises what `read_json` does."""
    try:
        return read_json(body)
    except Unreadable as error:
        quoted = _NAME.sub(lambda found: found[0] if found[1] is None else b'"' + found[1] + b'"', body)
        if quoted == body:
            raise
        try:
            return read_json(quoted)
        except Unreadable:
            # The place that the first reading named is one in the body as it came.
            raise error from None


def read_json(body: bytes) -> Any:  # noqa: ANN401 - whatever stands there
    """Read a body; raises Unreadable for what is no JSON, no UTF-8 or nested too deeply, without quoting it."""
    try:
        return msgspec.json.decode(body)
    except UnicodeDecodeError as error:
        message = "The request is not valid UTF-8."
        raise Unreadable(message) from error
    except RecursionError as error:
        message = "It is nested too deeply."
        raise Unreadable(message) from error
    except msgspec.DecodeError as error:
        return _cut_in_half(body, error)


def _cut_in_half(body: bytes, error: msgspec.DecodeError) -> Any:  # noqa: ANN401 - as above
    """Read a text that a client cut in the middle of an emoji, which JavaScript then writes as half a character."""
    if b"\\ud" not in body.lower():
        raise Unreadable(str(error)) from error
    try:
        halved = json.dumps(json.loads(body), ensure_ascii=False, allow_nan=False)
        return msgspec.json.decode(halved.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        raise Unreadable(str(error)) from error
