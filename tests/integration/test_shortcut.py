"""The short way of submissions gives what the framework gives, to the byte, and leads past nothing."""

import json
import re
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request

from service.api.app import create_app
from service.api.provided import Desk
from service.api.shortcut import Shortcut, submit_handler
from service.api.streaming import Streams
from service.domain.site import Thread
from service.settings import read_settings
from tests.builders import THREAD
from tests.integration.conftest import MILL, Town
from tests.integration.wire import COMMENTS, wire
from tests.processes import environment

# What differs between two submissions: ids, and what is derived from them.
_OWN = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|gpa_[^\"]+")
# Read the same by the framework; the short way takes only the first.
SHORT, LONG = "application/json", "application/json; charset=utf-8"
BODY = wire()
CASES: dict[str, tuple[bytes, dict[str, str]]] = {
    "accepted": (json.dumps(BODY).encode(), {}),
    "a browser's": (json.dumps(BODY).encode(), {"origin": MILL}),
    "a foreign page's": (json.dumps(BODY).encode(), {"origin": "https://elsewhere.example"}),
    "everything": (
        json.dumps(
            wire(
                author={
                    "name": "Anna",
                    "email": "anna@mill.example",
                    "website": "https://anna.example",
                    "device": "d" * 22,
                },
                url=f"{MILL}/1",
                title="The mill",
            )
        ).encode(),
        {},
    ),
    "a form": (json.dumps(wire(form={"trap": "", "seconds": 3.5})).encode(), {}),
    "an unknown member of a form": (json.dumps(wire(form={"honey": ""})).encode(), {}),
    "a forged author": (json.dumps(wire(author={"name": "Anna", "jwt": "a.b.c"})).encode(), {}),
    "a token that is none": (json.dumps(wire(author={"name": "Anna", "jwt": 7})).encode(), {}),
    "no token": (json.dumps(wire(author={"name": "Anna", "jwt": None}, form=None)).encode(), {}),
    "members twice": (b'{"thread":"/a","thread":"/mill","author":{"name":"Anna"},"body":"Fine."}', {}),
    "an empty body": (json.dumps(wire(body="")).encode(), {}),
    "a control character": (json.dumps(wire(body="a\u0000b")).encode(), {}),
    "a lone surrogate": (b'{"thread":"/mill","author":{"name":"Anna"},"body":"\\ud800"}', {}),
    "an unknown parent": (json.dumps(wire(parent_id="018f6d5e-0000-7000-8000-000000000000")).encode(), {}),
    "a closed thread": (json.dumps(wire(thread="/closed")).encode(), {}),
    "a bad key": (json.dumps(BODY).encode(), {"idempotency-key": "short"}),
    "an empty key": (json.dumps(BODY).encode(), {"idempotency-key": ""}),
    "a wrong token": (json.dumps(BODY).encode(), {"authorization": "Bearer gps_nobody"}),
    "no bearer": (json.dumps(BODY).encode(), {"authorization": "Basic YTpi"}),
    "no json": (b"{", {}),
    "nothing": (b"", {}),
    "another form": (b"[1, 2]", {}),
    "an unknown member": (json.dumps(wire(colour="blue")).encode(), {}),
    "a wrong type": (json.dumps(wire(body=5)).encode(), {}),
    "a missing member": (b'{"thread":"/mill","body":"Fine."}', {}),
    "no utf-8": (b'{"thread":"/mill","author":{"name":"Anna"},"body":"\xff"}', {}),
    "too deep": (b"[" * 100_000, {}),
    "too large": (json.dumps(wire(body="a" * 170_000)).encode(), {}),
}


async def answered(town: Town, content_type: str, body: bytes, headers: dict[str, str], path: str) -> tuple[Any, ...]:
    async with httpx.AsyncClient(base_url=town.url, timeout=10, verify=False) as http:  # noqa: S501 - plain HTTP
        answer = await http.post(path, content=body, headers={"content-type": content_type, **headers})
    said = [(name, value) for name, value in answer.headers.raw if name != b"date"]
    return answer.status_code, said, _OWN.sub(b"", answer.content)


@pytest.mark.parametrize("name", list(CASES))
async def test_both_ways_give_the_same_bytes(town: Town, name: str) -> None:
    closed = Thread(key="/closed", closed=True)
    await town.backend.comments.patch_thread(town.mill, "/closed", changes=closed, fields=frozenset({"closed"}))
    body, headers = CASES[name]
    for path in (COMMENTS, "/v1/sites/nowhere/comments"):
        answers = [await answered(town, kind, body, headers, path) for kind in (SHORT, LONG)]
        assert answers[0] == answers[1]


async def test_a_replay_is_one_on_both_ways(town: Town) -> None:
    headers = {"idempotency-key": "k" * 16}
    body = json.dumps(wire(thread=THREAD)).encode()
    first, again, across = [await answered(town, kind, body, headers, COMMENTS) for kind in (SHORT, SHORT, LONG)]
    assert first[0] == again[0] == 202
    assert again == across
    assert (b"idempotent-replayed", b"true") in again[1]


def desk() -> Desk:
    anything: Any = None
    settings = read_settings(environment("redis://127.0.0.1:1"))
    return Desk(house=anything, settings=settings, streams=Streams())


def test_the_way_is_there_and_leads_to_the_route_s_own_handler() -> None:
    app = create_app(desk().house, desk().settings)
    found = submit_handler(app)
    assert found is not None
    assert found[0].__name__ == "submit_comment"
    assert found[1] == "/v1/sites/{site}/comments"


@pytest.mark.parametrize("what", ["guard", "before", "after", "middleware"])
def test_there_is_no_short_way_past_what_stands_around_a_route(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def guard(*_: Any) -> None:
        raise AssertionError

    async def hook(_: Any) -> None:
        raise AssertionError

    def middleware(app: Any) -> Any:
        return app

    added: dict[str, dict[str, Any]] = {
        "guard": {"guards": [guard]},
        "before": {"before_request": hook},
        "after": {"after_request": hook},
        "middleware": {"middleware": [middleware]},
    }
    made: Any = Litestar.__init__

    def with_it(self: Litestar, *args: Any, **given: Any) -> None:
        made(self, *args, **given, **added[what])

    monkeypatch.setattr(Litestar, "__init__", with_it)
    app = create_app(desk().house, desk().settings)
    assert submit_handler(app) is None
    assert Shortcut(app, desk(), body_bytes=1000)._found is None


async def test_a_plain_submission_goes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or all of the above would hold for a way that nobody goes."""
    shortcut = Shortcut(create_app(desk().house, desk().settings), desk(), body_bytes=160_000)
    went: list[str] = []

    async def handle(*, site: str, data: Any, request: Request[Any, Any, Any], desk: Desk, idempotency_key: str) -> Any:
        went.append(f"{site} {data.thread} {request.headers['idempotency-key']} {idempotency_key}")
        raise ZeroDivisionError

    monkeypatch.setattr(shortcut, "_found", (handle, "/template"))
    body = json.dumps(BODY).encode()
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": COMMENTS,
        "raw_path": COMMENTS.encode(),
        "query_string": b"",
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"idempotency-key", b"k" * 16),
        ],
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "root_path": "",
    }
    await shortcut(scope, receive, send)
    assert went == ["mill /mill kkkkkkkkkkkkkkkk kkkkkkkkkkkkkkkk"]
    assert sent[0]["status"] == 500
    assert json.loads(sent[1]["body"])["type"] == "internal-error"
    assert scope["path_template"] == "/template"
