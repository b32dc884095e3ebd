"""Thread controls and blocks over HTTP: in force in two processes at once, seen by readers, taken back."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.builders import THREAD, Writer
from tests.integration.conftest import Town, populate
from tests.integration.test_hot import heat
from tests.integration.wire import COMMENTS, problem_of, wire
from tests.processes import ApiProcess, wait_until
from tests.redis_server import RedisServer
from tests.steps import held, published, submitted

BLOCKS, THREADS = "/v1/sites/mill/blocks", f"/v1/sites/mill/threads?thread={THREAD}"
LIST = f"{COMMENTS}?thread={THREAD}"
DEVICE = {"name": "Anna", "device": "d" * 32}


@pytest.fixture
def pair(own_redis: RedisServer) -> Iterator[tuple[ApiProcess, ApiProcess]]:
    made = (
        ApiProcess(own_redis.url, own_redis.folder / "one.log"),
        ApiProcess(own_redis.url, own_redis.folder / "two.log"),
    )
    for api in made:
        api.start()
    yield made
    for api in made:
        api.kill()


def test_in_force_in_every_process_within_a_second(own_redis: RedisServer, pair: tuple[ApiProcess, ApiProcess]) -> None:
    async def town() -> dict[str, str]:
        backend, mill, _, tokens = await populate(own_redis)
        await published(backend, Writer(backend.clock, mill))
        await backend.close()
        return tokens

    tokens = asyncio.run(town())
    one, two = pair
    moderator = {"authorization": f"Bearer {tokens['moderator-mill']}"}
    heat(two, own_redis)
    changes: dict[str, Any] = {"closed": True, "notice": "We are closed.", "slow_seconds": 9}
    assert httpx.patch(one.url + THREADS, json=changes, headers=moderator).status_code == 200
    changed = time.monotonic()
    problem_of(httpx.post(two.url + COMMENTS, json=wire()), 409, "thread-closed")
    wanted = {"closed": True, "slow_seconds": 9, "notice": "We are closed."}
    wait_until(lambda: httpx.get(two.url + LIST).json()["thread"] == wanted, "the kept page to go")
    assert time.monotonic() - changed < 1
    assert httpx.patch(two.url + THREADS, json={"closed": False}, headers=moderator).status_code == 200
    sent = httpx.post(one.url + COMMENTS, json=wire(author=DEVICE)).json()
    block = httpx.post(one.url + BLOCKS, json={"kind": "author", "comment": sent["id"]}, headers=moderator).json()
    for api in pair:
        problem_of(httpx.post(api.url + COMMENTS, json=wire(author=DEVICE, thread="/weir")), 403, "blocked")
        assert httpx.get(api.url + BLOCKS, headers=moderator).json()["items"][0]["id"] == block["id"]
    assert httpx.delete(f"{two.url}{BLOCKS}?id={block['id']}", headers=moderator).status_code == 200
    for api, page in zip(pair, ("/a", "/b"), strict=True):
        assert httpx.post(api.url + COMMENTS, json=wire(author=DEVICE, thread=page)).status_code == 202


async def test_a_thread_s_controls_are_set_seen_and_taken_back(town: Town) -> None:
    await published(town.backend, town.writer)
    with town.http("moderator-mill") as http, town.http() as reader:
        etags = [reader.get(LIST).headers["etag"]]
        changes = {"slow_seconds": 60, "close_after_days": 30, "notice": "Be kind.", "section": "sports"}
        seen = http.patch(THREADS, json=changes).json()
        assert {name: seen[name] for name in changes} == changes
        assert seen["closes_at"] is not None
        assert seen["before"] == {"slow_seconds": None, "close_after_days": None, "notice": "", "section": ""}
        assert "before" not in http.get(THREADS).json()
        listed = reader.get(LIST)
        assert listed.json()["thread"] == {"closed": False, "slow_seconds": 60, "notice": "Be kind."}
        etags.append(listed.headers["etag"])
        assert reader.get(LIST, headers={"if-none-match": etags[1]}).status_code == 304
        assert reader.get(LIST, headers={"if-none-match": etags[0]}).status_code == 200
        assert reader.post(COMMENTS, json=wire()).status_code == 202
        refused = reader.post(COMMENTS, json=wire(author={"name": "Ben"}))
        assert 50 <= problem_of(refused, 429, "slow-mode")["retry_after"] <= 60
        assert refused.headers["retry-after"] == str(refused.json()["retry_after"])
        # It closes by its age: the version stays, and yet no reader is told that nothing changed.
        town.backend.pass_days(town.mill, THREAD, 30.1)
        aged = reader.get(LIST, headers={"if-none-match": etags[1]})
        assert (aged.status_code, aged.json()["thread"]["closed"]) == (200, True)
        problem_of(reader.post(COMMENTS, json=wire(author=DEVICE)), 409, "thread-closed")
        assert http.get(THREADS).json()["closed"] is True
        back = http.patch(THREADS, json=seen["before"]).json()
        assert (back["closed"], back["slow_seconds"], back["notice"]) == (False, None, "")
        wait_until(lambda: not reader.get(LIST).json()["thread"]["closed"], "the kept page to go")
        etags += [aged.headers["etag"], reader.get(LIST).headers["etag"]]
        assert len(set(etags)) == 4
        for bad in ({"slow_seconds": -1}, {"close_after_days": 4_000}, {"notice": "x" * 501}, {"section": "a\nb"}):
            problem_of(http.patch(THREADS, json=bad), 422, "invalid-field")
        problem_of(http.patch(THREADS, json={"slow_seconds": "5"}), 400, "invalid-request")


async def test_a_block_is_placed_listed_and_lifted_and_what_waits_is_rejected(town: Town) -> None:
    with town.http("moderator-mill") as http, town.http() as reader, town.http("key-mill") as site:
        sent = [reader.post(COMMENTS, json=wire(author=DEVICE)).json() for _ in range(2)]
        wish = {"kind": "author", "comment": sent[0]["id"], "note": "Third warning", "reject_waiting": True}
        problem_of(site.post(BLOCKS, json=wish), 403, "forbidden")
        placed = http.post(BLOCKS, json=wish).json()
        assert (placed["rejected"], placed["left"], placed["complete"], placed["before"]) == (2, 0, True, None)
        assert placed["batch"] == placed["id"]
        items = http.get(BLOCKS).json()["items"]
        assert [(item["id"], item["note"], item["key"]) for item in items] == [
            (placed["id"], "Third warning", placed["key"])
        ]
        refused = problem_of(reader.post(COMMENTS, json=wire(author=DEVICE)), 403, "blocked")
        assert not {"Third", placed["by"], placed["until"]} & set(str(refused).split())
        mine = {"authorization": f"Bearer {sent[0]['token']}"}
        path = f"{COMMENTS}/{sent[0]['id']}"
        problem_of(reader.patch(path, json={"body": "Anew."}, headers=mine), 403, "blocked")
        assert reader.get(path, headers=mine).json()["status"] == "rejected"
        again = site.post(BLOCKS, json={"kind": "author", "key": placed["key"], "until": "2031-01-01T00:00:00Z"}).json()
        assert (again["before"]["id"], again["rejected"]) == (placed["id"], 0)
        assert http.delete(f"{BLOCKS}?id={placed['id']}").json() == {"lifted": None}
        assert http.delete(f"{BLOCKS}?id={again['id']}").json()["lifted"]["until"] == "2031-01-01T00:00:00Z"
        assert http.get(BLOCKS).json() == {"items": []}
        assert reader.delete(path, headers=mine).status_code == 204
        assert reader.post(COMMENTS, json=wire(author=DEVICE)).status_code == 202


async def test_a_block_that_cannot_be_changes_nothing(town: Town) -> None:
    silent = await held(town.backend, town.writer, await submitted(town.backend, town.writer))
    with town.http("moderator-mill") as http:
        for wish, status, slug in (
            ({"kind": "author"}, 422, "invalid-field"),
            ({"kind": "author", "key": "x"}, 422, "invalid-field"),
            ({"kind": "author", "key": "a" * 32, "until": "2020-01-01T00:00:00Z"}, 422, "invalid-field"),
            ({"kind": "author", "key": "a" * 32, "until": "soon"}, 400, "invalid-request"),
            ({"kind": "author", "key": "a" * 32, "reject_waiting": 1}, 400, "invalid-request"),
            ({"kind": "nobody", "key": "a" * 32}, 400, "invalid-request"),
            ({"kind": "author", "key": "a" * 32, "x": 1}, 400, "invalid-request"),
            ({"kind": "author", "comment": "0190c1a0-0000-7000-8000-000000000000"}, 404, "unknown-comment"),
            ({"kind": "address", "comment": silent.id}, 409, "address-unknown"),
        ):
            problem_of(http.post(BLOCKS, json=wish), status, slug)
        assert http.get(BLOCKS).json() == {"items": []}
