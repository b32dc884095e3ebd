"""Refusals before the parser: the same bytes as behind it, and only while there is a crowd."""

import json
import re
from collections.abc import Iterator

import pytest

from service.api.crowd import Crowd
from tests.integration.conftest import MILL, ServedApi, Town
from tests.integration.wire import COMMENTS, wire
from tests.processes import wait_until
from tests.raw_http import Wire

_SECONDS = re.compile(rb'(retry-after: |"retry_after":)\d+')
BODY = json.dumps(wire()).encode()


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Take everyone for one too many."""
    with monkeypatch.context() as patch:
        patch.setattr("service.api.crowd.STEADY", 0)
        patch.setattr("service.api.crowd.MOMENT_SECONDS", -1.0)
        patch.setattr("service.api.crowd._KEPT_SECONDS", 60.0)
        yield patch


@pytest.fixture
def kept(served: ServedApi, town: Town) -> Iterator[Crowd]:
    """Give the crowd of the running API, with nothing kept before and after."""
    assert served.app is not None
    assert served.app.crowd is not None
    crowd = served.app.crowd
    crowd._refusals.clear()
    yield crowd
    crowd._refusals.clear()
    crowd._crowded_last = float("-inf")


def post(*lines: str, path: str = COMMENTS, body: bytes = BODY) -> bytes:
    head = [f"POST {path} HTTP/1.1", "host: mill", "content-type: application/json", *lines]
    return "\r\n".join([*head, f"content-length: {len(body)}", "", ""]).encode() + body


REQUESTS = {
    "plain": post(),
    "its own page": post(f"origin: {MILL}"),
    "a foreign page": post("Origin: https://elsewhere.example"),
    "with a key": post("authorization: Bearer gps_x"),
    "a scheme": post("x-forwarded-proto: https"),
    "another site": post(path="/v1/sites/weir/comments"),
    "no site": post(path="/v1/sites/nowhere/comments"),
}


@pytest.mark.parametrize("name", list(REQUESTS))
async def test_a_kept_refusal_has_the_bytes_of_a_fresh_one(
    town: Town, kept: Crowd, crowded: pytest.MonkeyPatch, name: str
) -> None:
    connection = Wire(town.url)
    answers = []
    for _ in range(3):
        connection.send(REQUESTS[name])
        answers.append(_SECONDS.sub(b"", connection.answer()))
    assert answers[0].startswith(b"HTTP/1.1 503 ")
    assert b'"type":"overloaded"' in answers[0]
    assert len(set(answers)) == 1
    assert (f"access-control-allow-origin: {MILL}".encode() in answers[0]) is (name == "its own page")
    assert len(kept._refusals) == 1, "the later ones were given what was kept"
    connection.close()


async def test_whoever_differs_is_not_given_another_s(town: Town, kept: Crowd, crowded: pytest.MonkeyPatch) -> None:
    connection = Wire(town.url)
    for turn in (1, 2):
        for request in REQUESTS.values():
            connection.send(request)
            connection.answer()
        # The key makes no difference to a refusal; the last one is kept a moment after it was sent.
        wait_until(lambda: len(kept._refusals) == len(REQUESTS) - 1, f"turn {turn} to be kept")
    connection.close()


@pytest.mark.parametrize(
    "odd",
    [
        post("transfer-encoding: chunked"),
        post("content-length: 3"),
        post("origin: https://a.example", f"origin: {MILL}"),
        post().replace(b"content-length", b"content-length "),
        post(path=f"{COMMENTS}?x=1"),
        post("connection: close"),
        post("expect: 100-continue"),
    ],
    ids=["chunked", "two lengths", "two origins", "a space", "a query", "close", "expect"],
)
async def test_what_is_not_of_the_plainest_form_is_read_by_the_server(
    town: Town, kept: Crowd, crowded: pytest.MonkeyPatch, odd: bytes
) -> None:
    asked: list[object] = []
    crowded.setattr(Crowd, "refusal", lambda _, asker: asked.append(asker))
    connection = Wire(town.url)
    connection.send(odd)
    assert connection.answer().startswith(b"HTTP/1.1 ")
    connection.close()
    assert asked == []


async def test_bodies_in_pieces_and_several_at_once_are_read_to_their_end(
    town: Town, kept: Crowd, crowded: pytest.MonkeyPatch
) -> None:
    connection, request = Wire(town.url), post()
    connection.send(request)
    connection.answer()
    for parts in ((request[:-5], request[-5:]), (request[:20], request[20:]), (request + request,)):
        for part in parts:
            connection.send(part)
        for _ in range(b"".join(parts).count(b"POST ")):
            assert connection.answer().startswith(b"HTTP/1.1 503 ")
    connection.close()


async def test_once_the_crowd_is_gone_nobody_is_refused(town: Town, kept: Crowd, crowded: pytest.MonkeyPatch) -> None:
    connection = Wire(town.url)
    connection.send(post())
    assert connection.answer().startswith(b"HTTP/1.1 503 ")
    crowded.undo()
    connection.send(post())
    assert connection.answer().startswith(b"HTTP/1.1 202 ")
    connection.close()
