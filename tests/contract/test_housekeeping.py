"""Leases and chores: one housekeeper a lane, and what it does in small steps."""

import asyncio
from typing import Any

import pytest

from service.domain.chores import STEP, Chore
from service.domain.site import Site
from service.storage.chores import IdleConsumers, Leftovers, Recounts
from service.storage.keys import GROUP, lane_keys, thread_hash
from tests.builders import THREAD, Writer
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.redis_backend import RedisBackend
from tests.steps import applied, entry_of, published, submitted


async def finished(chore: Chore, lane: str = "main") -> list[int]:
    """Step until a round is over; gives what each step said."""
    steps: list[int] = []
    while not steps or steps[-1] >= STEP:
        steps.append(await chore.step(lane))
    return steps


async def test_a_lease_is_one_owner_s_until_it_is_given_back_or_runs_out(backend: Backend, site: Site) -> None:
    keeping = backend.housekeeping
    assert await keeping.hold("main", "a", seconds=60)
    assert await keeping.hold("main", "a", seconds=60)
    assert not await keeping.hold("main", "b", seconds=60)
    assert await keeping.hold("other", "b", seconds=60)
    await keeping.let_go("main", "b")
    assert not await keeping.hold("main", "b", seconds=60)
    await keeping.let_go("main", "a")
    assert await keeping.hold("main", "b", seconds=0.3)
    async with asyncio.timeout(10):
        while not await keeping.hold("main", "a", seconds=60):
            backend.clock.advance(0.1)
            await asyncio.sleep(0.02)
    assert not await keeping.hold("main", "b", seconds=60)


async def test_a_finished_round_is_remembered_for_whoever_keeps_house_next(backend: Backend, site: Site) -> None:
    assert await backend.housekeeping.runs("main") == {}
    at = await backend.housekeeping.done("main", "recounts", touched=7)
    run = (await backend.housekeeping.runs("main"))["recounts"]
    assert (round(run.at, 2), run.touched) == (round(at, 2), 7)
    assert 0 <= run.age < 30
    assert await backend.housekeeping.runs("other") == {}


async def test_idle_consumers_go_and_those_that_hold_something_stay(
    redis_backend: RedisBackend, redis_site: Site, clock: Clock
) -> None:
    writer, queue = Writer(clock, redis_site), redis_backend.queue
    chore = IdleConsumers(redis_backend.storage.link, idle_ms=0)
    assert await chore.step("main") == 0
    await submitted(redis_backend, writer)
    await queue.take("main", "holder", count=10, block_ms=1)
    with redis_backend.server.client() as client:
        raw: Any = client
        raw.xgroup_createconsumer(lane_keys("main").live, GROUP, "idle")

        def consumers() -> set[str]:
            return {consumer["name"].decode() for consumer in raw.xinfo_consumers(lane_keys("main").live, GROUP)}

        assert await IdleConsumers(redis_backend.storage.link).step("main") == 0
        assert consumers() == {"holder", "idle"}
        assert await chore.step("main") >= 1
        assert consumers() == {"holder"}
    assert len(await queue.own("main", "holder")) == 1


async def test_leftovers_of_finished_work_are_cleared_and_nothing_else(
    redis_backend: RedisBackend, redis_site: Site, clock: Clock
) -> None:
    backend, writer, keys = redis_backend, Writer(clock, redis_site), lane_keys("main")
    sent = [await submitted(backend, writer) for _ in range(4)]
    entries = [await entry_of(backend, comment) for comment in sent]
    held = [await applied(backend, writer, writer.bury(c, e)) for c, e in zip(sent[:3], entries[:3], strict=True)]
    await applied(backend, writer, writer.decide(held[0], "approved"))
    backend.erase(redis_site, held[1].id)
    for entry in (entries[0], entries[3]):
        await backend.queue.attempt(entry)
    steps = await finished(Leftovers(backend.storage.link))
    assert steps[-1] == 0
    assert [b.id for b in await backend.controls.buried("main", after="", limit=9)] == [held[2].id]
    with backend.server.client() as client:
        raw: Any = client
        assert list(raw.hgetall(keys.attempts)) == [entries[3].entry_id.encode()]


async def test_counts_are_put_right_in_steps_and_ancestors_with_them(
    redis_backend: RedisBackend, redis_site: Site, clock: Clock
) -> None:
    backend, writer = redis_backend, Writer(clock, redis_site)
    root = await published(backend, writer)
    middle = await published(backend, writer, parent=root.id)
    leaf = await published(backend, writer, parent=middle.id)
    for comment in (root, middle):
        await applied(backend, writer, writer.decide(comment, "rejected"))
    for _ in range(STEP + 5):
        await published(backend, writer, thread="/weir")
    assert backend.faults() == []
    keys, link = lane_keys("main"), backend.storage.link
    quiet = backend.server
    with quiet.client() as client:
        raw: Any = client
        before = {key: raw.hget(key, "v") for key in raw.keys(f"{keys.prefix}t:*")}
        await finished(Recounts(link))
        # Nothing was wrong: nobody's ETag changes.
        assert {key: raw.hget(key, "v") for key in before} == before
        thread = keys.thread(redis_site.id, THREAD)
        shown = keys.shown(redis_site.id, THREAD)
        plants: list[Any] = [
            lambda: raw.hincrby(thread, "n", 5),
            lambda: raw.hset(thread, "n", "many"),
            lambda: raw.hset(keys.comment(redis_site.id, middle.id), "n", 3),
            lambda: raw.hset(keys.comment(redis_site.id, leaf.id), "n", 1),
            lambda: raw.zrem(shown, root.id, middle.id),
            lambda: raw.hdel(keys.comment(redis_site.id, root.id), "n"),
            lambda: raw.hincrby(keys.thread(redis_site.id, "/weir"), "n", -3),
        ]
        for number, plant in enumerate(plants):
            plant()
            version = raw.hget(thread, "v")
            assert number == 1 or backend.faults() != [], number
            steps = await finished(Recounts(link))
            assert backend.faults() == [], number
            assert len(steps) > 3
            if number < len(plants) - 1:
                assert raw.hget(thread, "v") != version
    page = await backend.comments.page(redis_site, THREAD, sort="oldest", limit=9, after=None)
    assert [comment.id for comment in page.comments] == [root.id, middle.id, leaf.id]


async def test_what_changes_while_it_is_counted_is_not_undone(
    redis_backend: RedisBackend, redis_site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, writer = redis_backend, Writer(clock, redis_site)
    first = await published(backend, writer)
    chore, link = Recounts(backend.storage.link), backend.storage.link
    with backend.server.client() as client:
        raw: Any = client
        raw.hincrby(lane_keys("main").thread(redis_site.id, first.thread), "n", 1)
    works, moved = link.script, 0

    async def after_a_move(script: Any, keys: Any, args: Any) -> Any:
        nonlocal moved
        if moved == 0:
            moved += 1
            await published(backend, writer)
        return await works(script, keys, args)

    monkeypatch.setattr(link, "script", after_a_move)
    await finished(chore)
    monkeypatch.undo()
    assert moved == 1
    # Counted as it was no longer: left for the next round, which finds it.
    await finished(chore)
    assert backend.faults() == []


async def test_a_thread_s_hash_is_what_its_keys_carry() -> None:
    keys = lane_keys("main")
    assert keys.thread("mill", THREAD) == f"{keys.prefix}t:mill:{thread_hash(THREAD)}"
