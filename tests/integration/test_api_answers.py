"""What goes well: receipts, limits, origins, caching, pages and places."""

import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from service.domain.comment import Comment
from service.domain.orders import Move
from tests.builders import THREAD
from tests.integration.conftest import MILL, WEIR, Town
from tests.integration.wire import COMMENTS, problem_of, wire
from tests.steps import applied, published


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
        said = changed.json()
        assert (changed.status_code, said["items"], said["next_cursor"], said["count"]) == (200, [], None, 0)
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
