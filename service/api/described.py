"""What the API's description says of answers: the form of each, and every problem that may come instead."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Components, Example, SecurityScheme
from msgspec import UNSET, Struct, UnsetType

from service.api.problems import MEDIA_TYPE, STATUS
from service.api.signed_in import COOKIE
from service.api.wire import PublicAuthor
from service.api.wire_threads import ListedThread
from service.domain.errors import SLUGS, Fault
from service.domain.status import Status


class Problem(Struct, frozen=True, kw_only=True):
    """An error (RFC 9457): `type` is a stable slug; `errors` names the faults, `retry_after` the seconds to wait."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] | None = None
    retry_after: int | None = None


class ListedComment(Struct, frozen=True, kw_only=True):
    """One item of a list: a PublicComment, or with `removed` the place of one: id, parent and time alone."""

    id: str
    parent_id: str | None
    created_at: datetime
    thread: str | UnsetType = UNSET
    author: PublicAuthor | UnsetType = UNSET
    body: str | UnsetType = UNSET
    edited_at: datetime | UnsetType | None = UNSET
    removed: Literal[True] | UnsetType = UNSET


class ListedComments(Struct, frozen=True, kw_only=True):
    """A page of a thread, as it is described: msgspec describes no union of two structs."""

    items: list[ListedComment]
    next_cursor: str | None
    count: int
    thread: ListedThread


class ListedResult(Struct, frozen=True, kw_only=True):
    """What became of one decision: `status` and `version` where it was applied, else its `problem`."""

    id: str
    ok: bool
    status: Status | UnsetType = UNSET
    version: int | UnsetType = UNSET
    decision: str | UnsetType = UNSET
    problem: Problem | UnsetType = UNSET


class ListedResults(Struct, frozen=True, kw_only=True):
    """One result for each decision, as they are described."""

    results: list[ListedResult]


READING = ("invalid-request", "invalid-field", "unknown-site", "storage-unavailable", "overloaded")
WRITING = ("malformed-request", "body-too-large", "unsupported-media-type", *READING)
# Who sends too many wrong credentials is told when to come back.
BY_TOKEN = ("unauthorised", "forbidden", "rate-limited")
# A moderator may also be known by a cookie.
BY_PEOPLE = (*BY_TOKEN, "csrf-required")
BY_AUTHOR = (*BY_TOKEN, "unknown-comment")

SITE_KEY: list[dict[str, list[str]]] = [{}, {"siteKey": []}]
AUTHOR: list[dict[str, list[str]]] = [{"authorToken": []}]
ANYONE_OR_AUTHOR: list[dict[str, list[str]]] = [{}, {"authorToken": []}]
MANAGERS: list[dict[str, list[str]]] = [{"siteKey": []}, {"moderatorToken": []}, {"session": []}]
SESSION: list[dict[str, list[str]]] = [{"session": []}]
MODERATOR: list[dict[str, list[str]]] = [{"moderatorToken": []}, {"session": []}]

SCHEMES = Components(
    security_schemes={
        "siteKey": SecurityScheme(type="http", scheme="bearer", description="A site's key, `gps_…`."),
        "authorToken": SecurityScheme(
            type="http", scheme="bearer", description="The token that came with a comment, `gpa_…`."
        ),
        "moderatorToken": SecurityScheme(type="http", scheme="bearer", description="A moderator's token, `gpm_…`."),
        "session": SecurityScheme(
            type="apiKey",
            name=COOKIE,
            security_scheme_in="cookie",
            description="A moderator's sign-in; what changes anything also needs the header `X-Gatepost-CSRF`.",
        ),
    }
)


class LiveEvent(Struct, frozen=True, kw_only=True):
    """One server-sent event: its name, and an object as JSON."""

    event: str
    data: str


class Alive(Struct, frozen=True, kw_only=True):
    """What a process answers that is alive."""

    status: Literal["ok"]


def plain(container: Any, description: str, *, media_type: str = "application/json") -> ResponseSpec:  # noqa: ANN401 - as below
    """Describe an answer that is no problem, whatever its status."""
    return ResponseSpec(
        data_container=container, description=description, media_type=media_type, generate_examples=False
    )


def answers(
    status: int,
    container: Any,  # noqa: ANN401 - any type that the framework can describe
    description: str,
    *problems: str,
    media_type: str = "application/json",
) -> dict[int, ResponseSpec]:
    """Describe the answer that goes well and the problems, by their slugs, that may come instead."""
    described = {
        status: ResponseSpec(
            data_container=container, description=description, media_type=media_type, generate_examples=False
        )
    }
    for code in sorted({STATUS[slug] for slug in problems}):
        described[code] = _problem(slug for slug in dict.fromkeys(problems) if STATUS[slug] == code)
    return described


def _problem(slugs: Iterable[str]) -> ResponseSpec:
    listed = list(slugs)
    return ResponseSpec(
        data_container=Problem,
        description=" / ".join(f"`{slug}`: {SLUGS[slug]}" for slug in listed),
        media_type=MEDIA_TYPE,
        generate_examples=False,
        examples=[
            Example(summary=slug, value={"type": slug, "title": SLUGS[slug], "status": STATUS[slug], "detail": "…"})
            for slug in listed
        ],
    )
