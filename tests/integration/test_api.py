"""The API as clients meet it: every refusal clear, every promise kept, nothing stored by mistake."""

import json
from typing import Any

import pytest

from service.domain.ids import mint
from service.domain.site import Thread
from tests.builders import THREAD
from tests.integration.conftest import MILL, Town
from tests.integration.wire import COMMENTS, problem_of, stored, wire
from tests.steps import applied, held, published, submitted

RAW_CASES: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", 400, "invalid-request"),
    "one byte": (b"{", 400, "malformed-request"),
    "malformed": (b'{"thread": "x",}', 400, "malformed-request"),
    "not UTF-8": (b'{"thread": "x", "author": {"name": "A"}, "body": "\xff\xfe"}', 400, "malformed-request"),
    "brackets": (b"[" * 100_000, 400, "malformed-request"),
    "nested objects": (b'{"a":' * 20_000, 400, "malformed-request"),
    "lone surrogate": (b'{"thread": "x", "author": {"name": "A"}, "body": "\\ud800"}', 400, "malformed-request"),
    "a megabyte": (b'{"body": "' + b"x" * 1_000_000 + b'"}', 413, "body-too-large"),
    "an array": (b"[]", 400, "invalid-request"),
    "a string": (b'"hello"', 400, "invalid-request"),
    "null": (b"null", 400, "invalid-request"),
}
FORM_CASES: dict[str, dict[str, Any]] = {
    "no body": {"thread": THREAD, "author": {"name": "Anna"}},
    "no author": {"thread": THREAD, "body": "x"},
    "no name": wire(author={}),
    "body a number": wire(body=7),
    "body null": wire(body=None),
    "thread a list": wire(thread=["x"]),
    "author a string": wire(author="Anna"),
    "unknown field": wire(extra=1),
    "unknown author field": wire(author={"name": "Anna", "admin": True}),
    "an id of its own": wire(id="01a20c46-23d2-7000-8016-70ad5b379ad1"),
    "a status of its own": wire(status="approved"),
    "scores of its own": wire(scores={"toxicity": 0}),
}
FIELD_CASES: dict[str, tuple[dict[str, Any], str]] = {
    "empty body": (wire(body=""), "$.body"),
    "white body": (wire(body=" \n\t "), "$.body"),
    "invisible body": (wire(body="\u200b\u2060\ufeff"), "$.body"),
    "long body": (wire(body="x" * 10_001), "$.body"),
    "NUL in body": (wire(body="a\x00b"), "$.body"),
    "escape in body": (wire(body="a\x1b[31mb"), "$.body"),
    "C1 in body": (wire(body="a\x9bb"), "$.body"),
    "empty thread": (wire(thread=""), "$.thread"),
    "long thread": (wire(thread="x" * 513), "$.thread"),
    "thread long in bytes": (wire(thread="ä" * 257), "$.thread"),
    "control in thread": (wire(thread="a\nb"), "$.thread"),
    "empty name": (wire(author={"name": ""}), "$.author.name"),
    "white name": (wire(author={"name": " \u3164"}), "$.author.name"),
    "long name": (wire(author={"name": "x" * 81}), "$.author.name"),
    "newline in name": (wire(author={"name": "A\nB"}), "$.author.name"),
    "bad e-mail": (wire(author={"name": "A", "email": "nobody"}), "$.author.email"),
    "script website": (wire(author={"name": "A", "website": "javascript:alert(1)"}), "$.author.website"),
    "login in website": (wire(author={"name": "A", "website": "https://a:b@c.example"}), "$.author.website"),
    "short device": (wire(author={"name": "A", "device": "x" * 21}), "$.author.device"),
    "odd device": (wire(author={"name": "A", "device": "*" * 30}), "$.author.device"),
    "foreign url": (wire(url="https://evil.example/x"), "$.url"),
    "url that begins like ours": (wire(url=f"{MILL}.evil.example/"), "$.url"),
    "url with our name as login": (wire(url=f"{MILL}@evil.example/"), "$.url"),
    "url of another scheme": (wire(url="http://mill.example/"), "$.url"),
    "long title": (wire(title="x" * 301), "$.title"),
    "forged parent": (wire(parent_id="../../etc"), "$.parent_id"),
    "parent in capitals": (wire(parent_id="01A20C46-23D2-7000-8016-70AD5B379AD1"), "$.parent_id"),
}


@pytest.mark.parametrize("case", RAW_CASES)
async def test_bytes_that_are_no_submission(town: Town, case: str) -> None:
    content, status, slug = RAW_CASES[case]
    before = stored(town)
    with town.http() as http:
        answer = http.post(COMMENTS, content=content, headers={"content-type": "application/json"})
        problem_of(answer, status, slug)
        # The process is as well as before.
        assert http.get("/health/ready").status_code == 200
    assert stored(town) == before


@pytest.mark.parametrize("case", FORM_CASES)
async def test_a_form_that_is_not_expected(town: Town, case: str) -> None:
    before = stored(town)
    with town.http() as http:
        problem = problem_of(http.post(COMMENTS, json=FORM_CASES[case]), 400, "invalid-request")
    assert problem["errors"]
    assert stored(town) == before


@pytest.mark.parametrize("case", FIELD_CASES)
async def test_a_field_that_cannot_be_accepted(town: Town, case: str) -> None:
    sent, path = FIELD_CASES[case]
    before = stored(town)
    with town.http() as http:
        problem = problem_of(http.post(COMMENTS, content=json.dumps(sent).encode()), 422, "invalid-field")
    assert path in {error["path"] for error in problem["errors"]}
    assert stored(town) == before


async def test_parents_and_threads_that_take_no_answer(town: Town) -> None:
    elsewhere = await published(town.backend, town.writer, thread="/elsewhere")
    waits = await held(town.backend, town.writer, await submitted(town.backend, town.writer))
    gone = await published(town.backend, town.writer)
    await applied(town.backend, town.writer, town.writer.delete(gone))
    closed = Thread(key="/closed", closed=True)
    await town.backend.comments.patch_thread(town.mill, "/closed", changes=closed, fields=frozenset({"closed"}))
    before = stored(town)
    with town.http() as http:
        answers = [
            problem_of(http.post(COMMENTS, json=wire(parent_id=parent)), 404, "unknown-parent")
            for parent in (elsewhere.id, waits.id, mint(town.backend.clock()))
        ]
        assert answers[0] == answers[1] == answers[2]
        problem_of(http.post(COMMENTS, json=wire(parent_id=gone.id)), 409, "parent-withdrawn")
        problem_of(http.post(COMMENTS, json=wire(thread="/closed")), 409, "thread-closed")
        problem_of(http.post("/v1/sites/nobody/comments", json=wire()), 404, "unknown-site")
        problem_of(http.post("/v1/sites/%00%F0%9F%92%A9/comments", json=wire()), 404, "unknown-site")
        problem_of(http.post(COMMENTS, content=b"a=b", headers={"content-type": "text/csv"}), 400, "malformed-request")
        for key in ("short", "x" * 129, "with spaces in between it"):
            refused = http.post(COMMENTS, json=wire(), headers={"idempotency-key": key})
            problem_of(refused, 400, "invalid-idempotency-key")
    assert stored(town) == before


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        ("/nowhere", 404, "not-found"),
        ("/v1/sites/nobody/comments?thread=x", 404, "unknown-site"),
        (COMMENTS, 400, "invalid-request"),
        (f"{COMMENTS}?thread=", 422, "invalid-field"),
        (f"{COMMENTS}?thread={'x' * 513}", 422, "invalid-field"),
        (f"{COMMENTS}?thread=a%00b", 422, "invalid-field"),
        (f"{COMMENTS}?thread=x&limit=0", 400, "invalid-request"),
        (f"{COMMENTS}?thread=x&limit=101", 400, "invalid-request"),
        (f"{COMMENTS}?thread=x&limit=many", 400, "invalid-request"),
        (f"{COMMENTS}?thread=x&sort=random", 400, "invalid-request"),
        (f"{COMMENTS}?thread=x&cursor=", 400, "invalid-cursor"),
        (f"{COMMENTS}?thread=x&cursor=%F0%9F%92%A9", 400, "invalid-cursor"),
        (f"{COMMENTS}?thread=x&cursor=W10", 400, "invalid-cursor"),
        (f"{COMMENTS}?thread=x&cursor=WyJvbGRlc3QiLCJ4Il0", 400, "invalid-cursor"),
        (f"{COMMENTS}/not-an-id", 404, "unknown-comment"),
        (f"{COMMENTS}/%2e%2e%2f", 404, "unknown-comment"),
        ("/v1/sites/mill/counts", 400, "invalid-request"),
        ("/v1/sites/mill/counts?" + "&".join(f"thread={n}" for n in range(101)), 400, "invalid-request"),
        ("/v1/sites/mill/stream?thread=", 422, "invalid-field"),
    ],
)
async def test_reads_that_cannot_be_answered(town: Town, path: str, status: int, slug: str) -> None:
    with town.http() as http:
        problem_of(http.get(path), status, slug)


async def test_a_method_that_is_not_allowed_names_those_that_are(town: Town) -> None:
    with town.http() as http:
        answer = http.put(COMMENTS, json={})
        problem_of(answer, 405, "method-not-allowed")
        assert {"GET", "POST"} <= set(answer.headers["allow"].replace(" ", "").split(","))
