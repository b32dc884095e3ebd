"""A shadow as a process of its own: it only watches."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.storage.keys import GROUP
from service.storage.shadows import RedisShadows
from tests.integration.choosing import BODIES, KEYS, VERDICTS, Town, town_on
from tests.processes import WorkerProcess, wait_until
from tests.redis_server import RedisServer
from tests.toy_classifier import ToyClassifier
from workers.run import BROKEN_EXIT


@pytest.fixture
async def town(one_redis: RedisServer) -> AsyncIterator[Town]:
    async with town_on(one_redis) as made:
        yield made


def scored(redis: RedisServer) -> int:
    with redis.client() as client:
        raw: Any = client
        return sum(bool(raw.hexists(key, "z")) for key in raw.scan_iter(match=f"{KEYS.comments('mill')}*"))


async def test_a_shadow_follows_scores_and_decides_nothing(town: Town, tmp_path: Path) -> None:
    shadow = WorkerProcess(town.redis.url, tmp_path / "shadow.log", "--shadow", "toy-stricter")
    worker = WorkerProcess(town.redis.url, tmp_path / "worker.log", GATEPOST_LOG="warning")
    try:
        decided = await town.decide(list(BODIES) * 20, ToyClassifier())
        orders = [town.writer.order(town.writer.comment(BODIES[n % 3])) for n in range(60)]
        await asyncio.gather(*(town.backend.comments.submit(town.site, order) for order in orders))
        shadow.start()
        await asyncio.to_thread(wait_until, lambda: scored(town.redis) == 60, "the shadow to catch up")
        # Alone, it takes nothing from the queue and decides nothing.
        with town.redis.client() as client:
            raw: Any = client
            assert raw.xlen(KEYS.live) == 60
            assert raw.xpending(KEYS.live, GROUP)["pending"] == 0
            assert {c["name"] for c in raw.xinfo_consumers(KEYS.live, GROUP)} <= {b"w1"}
            assert raw.xinfo_groups(KEYS.decided) == []
        stored = town.stored()
        assert [stored[comment.id] for comment in decided] == decided
        assert {stored[order.comment.id].status for order in orders} == {"pending"}

        worker.start()
        await asyncio.to_thread(wait_until, lambda: scored(town.redis) == 120, "the shadow to follow")
        stored = town.stored()
        assert {i: c.status for i, c in stored.items()} == {i: VERDICTS[c.body] for i, c in stored.items()}
        assert all([d.actor for d in c.trail] == ["worker"] for c in stored.values())
        assert town.faults() == []
        feed = RedisShadows(town.backend.storage.link)
        position = await feed.position("main", "toy@71f")
        assert (position.number, position.scored, position.missed) == (120, 120, 0)

        # Nobody waits for a shadow, and it goes on where it was.
        assert await asyncio.to_thread(shadow.stop) == 0
        more = [town.writer.order(town.writer.comment(BODIES[0])) for _ in range(30)]
        await asyncio.gather(*(town.backend.comments.submit(town.site, order) for order in more))
        await asyncio.to_thread(wait_until, lambda: town.faults() == [], "the worker to decide")
        assert scored(town.redis) == 120
        shadow.start()
        await asyncio.to_thread(wait_until, lambda: scored(town.redis) == 150, "the shadow to come back")
        assert (await feed.position("main", "toy@71f")).scored == 150

        span = ("--site", "mill", "--until", (town.clock() + timedelta(minutes=1)).isoformat())
        said = await town.command("shadow", "report", *span, "--json")
        assert (said["comments"], said["scored"], said["agreement"]) == (150, 150, round(110 / 150, 4))
        assert said["shadows"] == {"toy@71f": {"scored": 150, "missed": 0}}
        assert said["verdicts"] == {"approved/approved": 70, "held/rejected": 40, "rejected/rejected": 40}
    finally:
        shadow.kill()
        worker.kill()


async def test_a_shadow_that_cannot_be_loaded_says_so(town: Town, tmp_path: Path) -> None:
    await town.decide([BODIES[0]], ToyClassifier())
    before = town.contents()
    shadow = WorkerProcess(town.redis.url, tmp_path / "shadow.log", "--shadow", "nothing")
    shadow.start()
    assert await asyncio.to_thread(shadow.wait) == 2
    assert "There is no classifier nothing" in shadow.output()
    broken = WorkerProcess(town.redis.url, tmp_path / "broken.log", "--shadow", "toy-broken")
    broken.start()
    assert await asyncio.to_thread(broken.wait) == BROKEN_EXIT
    assert town.contents() == before
