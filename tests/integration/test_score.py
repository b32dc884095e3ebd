"""POST /v1/score by real processes: scores without a trace of the text."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import read_settings
from service.wiring import open_house
from service.workflow.sites import add_site, default_policy
from tests.processes import ApiProcess, WorkerProcess, environment, wait_until
from tests.redis_server import RedisServer, any_server

CANARY = "canarybird-7f3a"
FOUL = "You are a fucking idiot."


class Scored:
    """An API with a worker, and a site's key."""

    def __init__(self, redis: RedisServer, api: ApiProcess, worker: WorkerProcess, key: str) -> None:
        self.redis, self.api, self.worker, self.key = redis, api, worker, key

    def post(self, body: Any, *, key: str | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {key or self.key}"}
        return httpx.post(f"{self.api.url}/v1/score", json=body, headers=headers, timeout=20)

    def start_worker(self) -> None:
        if not self.worker.alive():
            self.worker.start()
        wait_until(lambda: self.post({"texts": ["ready?"]}).status_code == 200, "the worker to answer")


async def _key_of_a_site(redis_url: str) -> str:
    async with open_house(read_settings(environment(redis_url))) as house:
        policy = default_policy("embedded-fast")
        origins = ("https://mill.example",)
        _, key = await add_site(house, "mill", origins=origins, languages=("en",), lane="main", policy=policy)
        return key


@pytest.fixture(scope="module")
def scored(short_path: Path) -> Iterator[Scored]:
    folder = short_path / "score"
    folder.mkdir()
    redis = RedisServer(any_server(), folder)
    redis.start()
    key = asyncio.run(_key_of_a_site(redis.url))
    api = ApiProcess(redis.url, folder / "api.log")
    api.start()
    worker = WorkerProcess(redis.url, folder / "worker", GATEPOST_CLASSIFIER="embedded-fast")
    yield Scored(redis, api, worker, key)
    for process in (worker, api, redis):
        process.kill()


def test_a_site_has_its_texts_scored(scored: Scored) -> None:
    nobody = scored.post({"texts": ["fine"]})
    assert (nobody.status_code, nobody.json()["type"]) == (503, "no-worker")
    assert int(nobody.headers["retry-after"]) >= 1
    scored.start_worker()
    answer = scored.post({"texts": ["The museum opens at nine.", FOUL], "spans": True, "site": "mill"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    fine, foul = answer.json()["results"]
    assert fine["scores"]["toxicity"] < 0.2
    assert foul["scores"]["toxicity"] > 0.9
    assert foul["classifier"]["name"] == "embedded-fast"
    assert "idiot" in {FOUL[start:end] for start, end in foul["spans"]["toxicity"]}
    assert answer.json()["languages"] == ["en"]
    one = scored.post({"texts": [FOUL], "labels": ["insult"]}).json()["results"][0]
    assert set(one) == {"scores", "classifier"}
    assert set(one["scores"]) == {"insult"}


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"texts": []}, 422, "$.texts"),
        ({"texts": ["x"] * 65}, 422, "$.texts"),
        ({"texts": ["fine", "\u2603" * 6_827]}, 422, "$.texts[1]"),
        ({"texts": ["x"], "labels": ["rudeness"]}, 422, "$.labels[0]"),
        ({"texts": ["x"], "deadline_ms": 49}, 422, "$.deadline_ms"),
        ({"texts": ["x"], "deadline_ms": 30_001}, 422, "$.deadline_ms"),
        ({"texts": ["x"], "spans": "true"}, 400, "$.spans"),
        ({"texts": "x"}, 400, "$.texts"),
        ({}, 400, "$"),
    ],
)
def test_what_cannot_be_scored_is_said(scored: Scored, body: Any, status: int, path: str) -> None:
    answer = scored.post(body)
    assert answer.status_code == status
    assert path in {fault["path"] for fault in answer.json().get("errors", [])}


def test_only_the_site_s_key_may_ask_and_only_for_its_site(scored: Scored) -> None:
    assert scored.post({"texts": ["x"]}, key="gps_wrong").status_code == 401
    assert scored.post({"texts": ["x"], "site": "weir"}).status_code == 403


def test_64_long_texts_are_one_question(scored: Scored) -> None:
    scored.start_worker()
    texts = [f"{number} {'word ' * 400}" for number in range(64)]
    answer = scored.post({"texts": texts, "deadline_ms": 20_000})
    assert len(answer.json()["results"]) == 64
    late = scored.post({"texts": [f"again {text}" * 5 for text in texts], "deadline_ms": 50})
    assert (late.status_code, late.json()["type"]) == (504, "scoring-late")
    assert scored.post({"texts": ["fine"]}).status_code == 200


def test_no_text_is_left_anywhere(scored: Scored) -> None:
    with scored.redis.client() as client:
        client.config_set("slowlog-log-slower-than", 0)
        client.config_set("slowlog-max-len", 10_000)
        scored.start_worker()
        before = set(client.keys("*"))
        for number in range(20):
            assert scored.post({"texts": [f"{CANARY} {number} {FOUL}"] * 3, "spans": True}).status_code == 200
        # A worker that dies with a question in hand leaves nothing of it either.
        scored.worker.kill()
        scored.post({"texts": [f"{CANARY} in hand"], "deadline_ms": 100})
        kept = _everything(client)
        new = {key.decode() for key in set(client.keys("*")) - before}
        assert {key for key in new if ":worker:" not in key and ":hk:" not in key} == set()
        assert client.slowlog_len() > 20
    for name, content in kept.items():
        assert CANARY.encode() not in content, name
    for file in (found for found in scored.redis.folder.rglob("*") if found.is_file()):
        assert CANARY.encode() not in file.read_bytes(), file


def _everything(client: Any) -> dict[str, bytes]:
    found = {key.decode(): client.dump(key) or b"" for key in client.scan_iter("*")}
    rows = client.execute_command("SLOWLOG", "GET", 10_000)
    return {**found, "slow log": repr(rows).encode()}
