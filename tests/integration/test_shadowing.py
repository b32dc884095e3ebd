"""A shadow as a process of its own: it only watches."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from service.storage.keys import GROUP, lane_keys
from service.storage.shadows import RedisShadows
from tests.builders import Writer, policy_of, site_of
from tests.integration.choosing import BODIES, KEYS, VERDICTS, Town, town_on
from tests.processes import WorkerProcess, wait_until
from tests.redis_server import RedisServer
from tests.steps import published
from tests.toy_classifier import PlantedToy, StricterToy, ToyClassifier
from workers.run import BROKEN_EXIT
from workers.scoring import Scorer
from workers.shadow import Shadow


@pytest.fixture
async def town(one_redis: RedisServer) -> AsyncIterator[Town]:
    async with town_on(one_redis) as made:
        yield made


def scored(redis: RedisServer) -> int:
    with redis.client() as client:
        raw: Any = client
        return sum(
            bool(any(f.startswith(b"z:") for f in raw.hkeys(key)))
            for key in raw.scan_iter(match=f"{KEYS.comments('mill')}*")
        )


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

        said = await town.command("shadow", "report", *town.span, "--json")
        assert (said["comments"], said["scored"], said["agreement"]) == (150, 150, round(110 / 150, 4))
        assert (said["classifier"], said["unreadable"]) == ("toy@71f", 0)
        assert said["shadows"] == {"toy@71f": {"scored": 150, "missed": 0}}
        assert said["verdicts"] == {"approved/approved": 70, "held/rejected": 40, "rejected/rejected": 40}
    finally:
        shadow.kill()
        worker.kill()


class Held(StricterToy):
    """A classifier that takes as long as a test likes over its first batch."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.go = threading.Event(), threading.Event()

    def score(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Score texts, once it may."""
        self.began.set()
        assert self.go.wait(60)
        return super().score(texts)


async def test_a_slow_shadow_slows_nobody_and_misses(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.storage.comments.DECIDED", 100)
    backend, toy = town.backend, Held()
    shadow = Shadow(feed=backend.shadows, comments=backend.comments, directory=backend.directory, scorer=Scorer(toy))
    await town.decide(list(BODIES), ToyClassifier())
    stuck = asyncio.create_task(shadow.step("main", block_ms=1))
    try:
        await asyncio.to_thread(wait_until, toy.began.is_set, "the shadow to begin")
        # While it is at its first three, 900 are admitted and decided, of which no more than a few hundred are kept.
        bounded = backend.bounded(backlog=300, site_backlog=300)
        monkeypatch.setattr(backend, "comments", bounded)
        decided = await town.decide(list(BODIES) * 300, ToyClassifier())
        assert not stuck.done()
        assert {c.status for c in decided} == {"approved", "held", "rejected"}
        assert (await backend.queue.backlog(["main"])).entries == 0
        assert town.faults() == []
        with town.redis.client() as client:
            raw: Any = client
            left = raw.xlen(KEYS.decided)
            assert 100 <= left <= 300
    finally:
        toy.go.set()
        position = await stuck
    assert (position.scored, position.missed) == (3, 0)
    while position.number < 903:
        position = await shadow.step("main", block_ms=1)
    assert (position.scored, position.missed) == (3 + left, 900 - left)
    said = await town.command("shadow", "report", *town.span, "--json")
    assert (said["comments"], said["scored"]) == (903, 3 + left)
    assert said["shadows"] == {"toy@71f": {"scored": 3 + left, "missed": 900 - left}}


async def test_two_shadows_are_told_apart(town: Town) -> None:
    await town.decide(list(BODIES), ToyClassifier())
    backend = town.backend
    report = ("shadow", "report", *town.span)
    for toy in (StricterToy(), PlantedToy()):
        shadow = Shadow(
            feed=backend.shadows, comments=backend.comments, directory=backend.directory, scorer=Scorer(toy)
        )
        assert (await shadow.step("main", block_ms=1)).scored == 3
    for form in ((), ("--json",)):
        said = await town.command(*report, *form, code=1)
        assert "choose one with --classifier NAME|HASH: toy@71f, toy@bad." in said
        assert "Traceback" not in said
    assert "No shadow 70f has followed" in await town.command(*report, "--classifier", "70f", code=1)
    strict = await town.command(*report, "--classifier", "71f", "--json")
    planted = await town.command(*report, "--classifier", "toy@bad")
    assert (strict["classifier"], strict["agreement"]) == ("toy@71f", round(2 / 3, 4))
    assert (planted["classifier"], planted["agreement"]) == ("toy@bad", round(1 / 3, 4))
    assert planted["shadows"] == {name: {"scored": 3, "missed": 0} for name in ("toy@71f", "toy@bad")}


async def test_a_shadow_keeps_to_the_lanes_of_its_settings(town: Town, tmp_path: Path) -> None:
    weir = site_of(town.clock, "weir", lane="second")
    await town.backend.directory.add_site(weir, policy_of())
    for writer in (town.writer, Writer(town.clock, weir)):
        await published(town.backend, writer)
    feed = RedisShadows(town.backend.storage.link)
    shadow = WorkerProcess(town.redis.url, tmp_path / "shadow.log", "--shadow", "toy-stricter", GATEPOST_LANES="second")
    shadow.start()
    try:
        with town.redis.client() as client:
            raw: Any = client
            followed = lane_keys("second").shadows
            await asyncio.to_thread(wait_until, lambda: raw.hexists(followed, "toy@71f"), "the shadow to catch up")
            # `main` comes first among all lanes: a shadow of both would have read it before.
            assert await town.backend.directory.lanes() == ["main", "second"]
            assert await asyncio.to_thread(shadow.stop) == 0
        assert await feed.positions("main") == {}
        assert (await feed.position("second", "toy@71f")).scored == 1
    finally:
        shadow.kill()


async def test_unreadable_records_end_no_report(town: Town) -> None:
    decided = await town.decide(list(BODIES), ToyClassifier())
    town.backend.garble(town.site, decided[0].id)
    with town.redis.client() as client:
        key = KEYS.comment("mill", decided[1].id)
        client.delete(key)
        client.rpush(key, "planted")
    said = await town.command("shadow", "report", *town.span)
    assert (said["comments"], said["unreadable"]) == (1, 2)


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
