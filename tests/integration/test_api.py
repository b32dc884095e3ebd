"""The API as clients meet it: every refusal clear, every promise kept, nothing stored by mistake."""

import json
import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from service.domain.comment import Comment
from service.domain.errors import SLUGS
from service.domain.ids import mint
from service.domain.orders import Move
from service.domain.site import Thread
from tests.audit import contents
from tests.builders import THREAD
from tests.integration.conftest import MILL, WEIR, Town
from tests.steps import applied, held, published, submitted

COMMENTS = "/v1/sites/mill/comments"


def wire(**changes: Any) -> dict[str, Any]:
    """Make a submission as the embed sends it."""
    return {"thread": THREAD, "author": {"name": "Anna"}, "body": "A fine morning.", **changes}


def problem_of(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Insist that an answer is one particular problem in the form of RFC 9457."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == slug
    assert problem["title"] == SLUGS[slug]
    assert problem["status"] == status
    assert problem["detail"]
    return problem


def stored(town: Town) -> dict[bytes, object]:
    """List what is stored, but for what probes leave."""
    with town.redis.client() as client:
        return {key: value for key, value in contents(client).items() if not key.endswith(b":probe")}


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


async def test_a_submission_is_accepted_and_repeated_byte_for_byte(town: Town) -> None:
    headers = {"idempotency-key": secrets.token_hex(16)}
    with town.http() as http:
        first = http.post(COMMENTS, json=wire(), headers=headers)
        assert first.status_code == 202, first.text
        assert "idempotent-replayed" not in first.headers
        receipt = first.json()
        assert set(receipt) == {"id", "status", "token", "status_url"}
        assert receipt["status"] == "pending"
        assert receipt["token"].startswith(f"gpa_{receipt['id']}.")
        assert receipt["status_url"].endswith(f"{COMMENTS}/{receipt['id']}")
        # The same request in another spelling is the same request.
        spelt = json.dumps(dict(reversed(wire().items())), indent=3).encode()
        for content in (json.dumps(wire()).encode(), spelt):
            again = http.post(COMMENTS, content=content, headers=headers)
            assert (again.status_code, again.content) == (202, first.content)
            assert again.headers["idempotent-replayed"] == "true"
        problem_of(http.post(COMMENTS, json=wire(body="Other."), headers=headers), 422, "idempotency-mismatch")
        own = http.get(f"{COMMENTS}/{receipt['id']}", headers={"authorization": f"Bearer {receipt['token']}"})
        assert own.json()["status"] == "pending"
        assert own.headers["cache-control"] == "private, no-store"
        assert first.headers["cache-control"] == "private, no-store"
    assert town.backend.faults() == []


async def test_the_longest_of_everything_is_accepted(town: Town) -> None:
    author = {"name": "ä" * 80, "email": f"{'a' * 240}@b.example", "website": "https://c.example", "device": "d" * 128}
    longest = wire(thread="x" * 512, body="😀" * 10_000, author=author, title="t" * 300, url=f"{MILL}/y")
    with town.http() as http:
        assert http.post(COMMENTS, json=longest).status_code == 202
        assert http.post(COMMENTS, content=json.dumps(longest).encode()).status_code == 202


async def test_limits_say_when_to_come_back(town: Town) -> None:
    device = {"name": "Anna", "device": "d" * 32}
    with town.http() as http, town.http("key-mill") as trusted:
        answers = [http.post(COMMENTS, json=wire(author=device)) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [202] * 5 + [429]
        problem = problem_of(answers[-1], 429, "rate-limited")
        assert int(answers[-1].headers["retry-after"]) == problem["retry_after"] >= 1
        assert trusted.post(COMMENTS, json=wire(author=device)).status_code == 202


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [(MILL, True), (WEIR, False), ("https://evil.example", False), ("null", False), (f"{MILL}.evil.example", False)],
)
async def test_a_browser_may_write_from_its_site_s_origins_only(town: Town, origin: str, *, allowed: bool) -> None:
    ask = {"origin": origin, "access-control-request-method": "POST"}
    with town.http() as http:
        preflight = http.options(COMMENTS, headers=ask)
        answer = http.post(COMMENTS, json=wire(), headers={"origin": origin})
        for said in (preflight, answer):
            assert "origin" in said.headers["vary"].lower()
            assert said.headers.get("access-control-allow-origin") == (origin if allowed else None)
            assert "access-control-allow-credentials" not in said.headers
        if allowed:
            assert preflight.status_code == 204
            assert "POST" in preflight.headers["access-control-allow-methods"]
            assert {"authorization", "content-type", "idempotency-key"} <= set(
                preflight.headers["access-control-allow-headers"].split(", ")
            )
            assert answer.status_code == 202
        else:
            problem_of(preflight, 403, "origin-not-allowed")
            problem_of(answer, 403, "origin-not-allowed")


async def test_anyone_may_read_from_any_page_and_no_page_with_credentials(town: Town) -> None:
    shown = await published(town.backend, town.writer)
    with town.http() as http:
        for path in (f"{COMMENTS}?thread={THREAD}", f"{COMMENTS}/{shown.id}", f"/v1/sites/mill/counts?thread={THREAD}"):
            answer = http.get(path, headers={"origin": "https://anywhere.example"})
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in answer.headers
            assert answer.headers["cache-control"] == "public, no-cache"
        assert http.post(COMMENTS, json=wire()).status_code == 202


async def test_lists_are_cached_until_they_change(town: Town) -> None:
    comment = await published(town.backend, town.writer)
    with town.http() as http:
        first = http.get(COMMENTS, params={"thread": THREAD})
        tag = first.headers["etag"]
        for known in (tag, f"W/{tag}", f'"x", {tag}'):
            again = http.get(COMMENTS, params={"thread": THREAD}, headers={"if-none-match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        await applied(town.backend, town.writer, town.writer.decide(comment, "held"))
        changed = http.get(COMMENTS, params={"thread": THREAD}, headers={"if-none-match": tag})
        assert (changed.status_code, changed.json()) == (200, {"items": [], "next_cursor": None, "count": 0})
        assert changed.headers["etag"] != tag


async def test_pages_are_walked_by_their_own_cursors(town: Town) -> None:
    made = [await published(town.backend, town.writer) for _ in range(7)]
    with town.http() as http:
        for sort, want in (("oldest", made), ("newest", made[::-1])):
            seen: list[str] = []
            query: dict[str, Any] = {"thread": THREAD, "sort": sort, "limit": 3}
            while True:
                page = http.get(COMMENTS, params=query).json()
                seen += [item["id"] for item in page["items"]]
                assert page["count"] == 7
                if page["next_cursor"] is None:
                    break
                query["cursor"] = page["next_cursor"]
            assert seen == [comment.id for comment in want]
            other = "newest" if sort == "oldest" else "oldest"
            problem_of(http.get(COMMENTS, params={**query, "sort": other}), 400, "invalid-cursor")


async def test_a_place_is_the_same_whatever_became_of_its_comment(town: Town) -> None:
    ways: list[Callable[[Comment], Move]] = [
        town.writer.delete,
        lambda c: town.writer.decide(c, "held"),
        lambda c: town.writer.decide(c, "rejected"),
    ]
    for way in ways:
        parent = await published(town.backend, town.writer)
        await published(town.backend, town.writer, parent=parent.id)
        await applied(town.backend, town.writer, way(parent))
    with town.http() as http:
        page = http.get(COMMENTS, params={"thread": THREAD}).json()
        places = [item for item in page["items"] if item.get("removed")]
        assert page["count"] == 3
        assert [set(place) for place in places] == [{"id", "parent_id", "created_at", "removed"}] * 3
        for place in places:
            problem_of(http.get(f"{COMMENTS}/{place['id']}"), 404, "unknown-comment")
