"""Perspective's requests, read as leniently as Google does: nulls, numbers as text, snake case, unknown fields."""

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from service.api.compat.call import Unreadable
from service.api.compat.google_errors import AnalyzerError, invalid
from service.api.compat.json_body import read_lenient_json

TEXT_BYTES = 20_480

Form = TypeVar("Form")


class TextEntry(Struct, frozen=True, kw_only=True):
    """A text and what kind of text it is."""

    text: str | None = None
    type: str | None = None


class Parameters(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is asked of one attribute."""

    score_type: str | None = None
    score_threshold: float | None = None


class Score(Struct, frozen=True, kw_only=True):
    """A value, suggested by a human."""

    value: float | None = None
    type: str | None = None


class Suggested(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a human says of one attribute."""

    summary_score: Score | None = None
    span_scores: list[dict[str, Any]] | None = None


class Context(Struct, frozen=True, kw_only=True, rename="camel"):
    """What stood around the comment: one of the two forms."""

    entries: list[TextEntry] | None = None
    article_and_parent_comment: dict[str, Any] | None = None


class AnalyzeRequest(Struct, frozen=True, kw_only=True, rename="camel"):
    """`comments:analyze`."""

    comment: TextEntry | None = None
    requested_attributes: dict[str, Parameters | None] | None = None
    context: Context | None = None
    languages: list[str] | str | None = None
    client_token: str | None = None
    span_annotations: bool | None = None
    drop_unsupported_attributes: bool | None = None


class SuggestRequest(Struct, frozen=True, kw_only=True, rename="camel"):
    """`comments:suggestscore`."""

    comment: TextEntry | None = None
    attribute_scores: dict[str, Suggested | None] | None = None
    context: Context | None = None
    languages: list[str] | str | None = None
    client_token: str | None = None


def read_analyze(body: bytes) -> AnalyzeRequest:
    """Read a request; raises AnalyzerError."""
    return _convert(body, AnalyzeRequest)


def read_suggest(body: bytes) -> SuggestRequest:
    """Read a request; raises AnalyzerError."""
    return _convert(body, SuggestRequest)


def text_of(comment: TextEntry | None) -> str:
    """Insist on a text of a length that is taken; raises AnalyzerError."""
    text = comment.text if comment is not None else None
    if not text or not text.strip():
        raise AnalyzerError("COMMENT_EMPTY", "Comment must be non-empty.")
    if len(text.encode()) > TEXT_BYTES:
        raise AnalyzerError("COMMENT_TOO_LONG", "Comment text too long.")
    if comment is not None and comment.type not in (None, "PLAIN_TEXT", "HTML", "TEXT_TYPE_UNSPECIFIED"):
        message = "Invalid value at 'comment.type': PLAIN_TEXT, HTML or TEXT_TYPE_UNSPECIFIED."
        raise invalid(message)
    return text


def check_context(context: Context | None) -> None:
    """Refuse a context of both forms; raises AnalyzerError."""
    if context is not None and context.entries and context.article_and_parent_comment:
        message = "Context can have either entries or article_and_parent_comment, but both fields were populated."
        raise invalid(message)


def languages_of(languages: list[str] | str | None) -> list[str]:
    """List the languages that a request names."""
    named = [languages] if isinstance(languages, str) else languages or []
    return [one for one in named if one.strip()]


def _convert(body: bytes, form: type[Form]) -> Form:
    try:
        found = _camel(read_lenient_json(body)) if body.strip() else {}
        return msgspec.convert(found, form, strict=False)
    except Unreadable as error:
        message = f"Invalid JSON payload received. {error}"
        raise invalid(message) from error
    except msgspec.ValidationError as error:
        # msgspec names the place and the kinds, and never the value.
        message = f"Invalid JSON payload received. {error}"
        raise invalid(message) from error


def _camel(found: Any) -> Any:  # noqa: ANN401 - whatever stands there
    """Name the members of a request as the structs do; those of attributes are names and stay as they are."""
    if not isinstance(found, dict):
        return found
    named = {_hump(name): value for name, value in found.items()}
    for field in ("requestedAttributes", "attributeScores"):
        if isinstance(named.get(field), dict):
            named[field] = {
                name: {_hump(inner): one for inner, one in value.items()} if isinstance(value, dict) else value
                for name, value in named[field].items()
            }
    if isinstance(named.get("context"), dict):
        named["context"] = {_hump(name): value for name, value in named["context"].items()}
    return named


def _hump(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
