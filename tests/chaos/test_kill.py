"""Kill everything in the middle of 2,000 submissions: nothing is lost, doubled or shown before it was judged."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.domain.site import Site
from service.settings import read_settings
from service.storage.keys import lane_keys, thread_hash
from service.wiring import open_house
from service.workflow.sites import add_principal
from tests.audit import audit, read_lane
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.ports import RedisBackend
from tests.processes import ApiProcess, WorkerProcess, environment, wait_until
from tests.redis_server import RedisServer, any_server, free_port
from tests.steps import applied, held, published, submitted

SUBMISSIONS = 2_000
CLIENTS = 24
THREADS = ("/a", "/b", "/c")
BODIES = ("A fine morning at the mill.", "You fool, the weir is closed.", "What an idiot wrote this.")
VERDICTS = {BODIES[0]: "approved", BODIES[1]: "held", BODIES[2]: "rejected"}


class Town:
    """A Redis, two API processes and two workers, any of which may be killed."""

    def __init__(self, folder: Path) -> None:
        home = folder / "k"
        home.mkdir()
        self.redis = RedisServer(any_server(), home)
        fast = {"GATEPOST_CLAIM_SECONDS": "1", "GATEPOST_LOG": "warning"}
        loud = {"GATEPOST_CLAIM_SECONDS": "1"}
        # Fixed ports: who comes back must be found again.
        self.apis = [ApiProcess(self.redis.url, home / f"api-{n}", port=free_port(), **loud) for n in range(2)]
        self.workers = [WorkerProcess(self.redis.url, home / f"worker-{n}", **fast) for n in range(2)]

    async def start(self) -> tuple[Site, str]:
        self.redis.start()
        site = site_of(Clock(), "mill")
        settings = read_settings(environment(self.redis.url))
        async with open_house(settings) as house:
            await house.directory.add_site(site, policy_of())
            _, key = await add_principal(house, role="site", sites=(site.id,))
        for process in (*self.apis, *self.workers):
            process.start()
        return site, key

    def kill(self) -> None:
        for process in (*self.workers, *self.apis):
            process.kill()
        self.redis.kill()


@pytest.fixture
async def town(short_path: Path) -> AsyncIterator[Town]:
    made = Town(short_path)
    yield made
    made.kill()


class Crowd:
    """Clients that repeat a submission with its key until it is accepted."""

    def __init__(self, town: Town, key: str) -> None:
        self.town = town
        self.headers = {"authorization": f"Bearer {key}"}
        self.receipts: dict[str, set[str]] = {}
        self.bodies: dict[str, str] = {}
        self.done = 0
        self._numbers = iter(range(SUBMISSIONS))

    async def client(self) -> None:
        async with httpx.AsyncClient(timeout=3.0) as http:
            for number in self._numbers:
                await self._submit(http, number)

    async def _submit(self, http: httpx.AsyncClient, number: int) -> None:
        key = secrets.token_hex(16)
        body = BODIES[number % len(BODIES)]
        wire = {"thread": THREADS[number % 2], "author": {"name": "Anna"}, "body": body}
        answers = 0
        while answers < (2 if number % 20 == 0 else 1):
            api = random.choice(self.town.apis)
            try:
                answer = await http.post(
                    f"{api.url}/v1/sites/mill/comments",
                    json=wire,
                    headers={**self.headers, "idempotency-key": key},
                )
            except httpx.HTTPError:
                await asyncio.sleep(0.02)
                continue
            if answer.status_code == 202:
                answers += 1
                receipt = answer.json()["id"]
                self.receipts.setdefault(key, set()).add(receipt)
                self.bodies[receipt] = body
            else:
                assert answer.status_code == 503, answer.text
                assert "retry-after" in answer.headers
                await asyncio.sleep(0.02)
        self.done += 1


async def read_all(crowd: Crowd, stop: asyncio.Event) -> int:
    """Poll what readers see; anything that is not fit to be seen is an error."""
    looked = 0
    async with httpx.AsyncClient(timeout=3.0) as http:
        while not stop.is_set():
            for thread in THREADS:
                api = random.choice(crowd.town.apis)
                try:
                    answer = await http.get(
                        f"{api.url}/v1/sites/mill/comments",
                        params={"thread": thread, "sort": "newest", "limit": 100},
                    )
                except httpx.HTTPError:
                    continue
                if answer.status_code == 200:
                    assert {item["body"] for item in answer.json()["items"]} <= {BODIES[0]}
                    looked += 1
            await asyncio.sleep(0.05)
    return looked


async def rampage(crowd: Crowd) -> None:
    """Kill one after another while submissions go on, each at another point of the way."""
    town = crowd.town

    def restart(process: Any) -> Callable[[], None]:
        def again() -> None:
            process.kill()
            process.start()

        return again

    victims = [*town.workers, town.redis, town.apis[0], town.workers[0], town.redis, town.apis[1], town.workers[1]]
    for number, victim in enumerate(victims, start=1):
        mark = SUBMISSIONS * number // (len(victims) + 2)
        async with asyncio.timeout(60):
            while crowd.done < mark:
                await asyncio.sleep(0.005)
        await asyncio.to_thread(restart(victim))


async def test_nothing_is_lost_or_doubled_through_kill_9(town: Town) -> None:
    site, key = await town.start()
    crowd, stop = Crowd(town, key), asyncio.Event()
    reader = asyncio.create_task(read_all(crowd, stop))
    async with asyncio.timeout(100):
        await asyncio.gather(rampage(crowd), *(crowd.client() for _ in range(CLIENTS)))
    keys = lane_keys(site.lane)
    with town.redis.client() as client:
        await asyncio.to_thread(
            wait_until, lambda: sum(map(client.xlen, keys.streams)) == 0, "the queue to be empty", seconds=40
        )
        stop.set()
        assert await reader > 0
        assert audit(client, quiet=True) == []
        lane = read_lane(client, site.lane)
    ids = {comment_id for _, comment_id in lane.comments}
    # One key, one comment, however often it was sent; and nothing that nobody was told of.
    assert {len(receipts) for receipts in crowd.receipts.values()} == {1}
    assert ids == set(crowd.bodies)
    assert len(crowd.receipts) == len(ids) == SUBMISSIONS
    for comment in lane.comments.values():
        assert [decision.actor for decision in comment.trail] == ["worker"], comment.id
        assert comment.status == VERDICTS[comment.body]
        assert comment.body == crowd.bodies[comment.id]


async def test_the_audit_sees_each_planted_fault(one_redis: RedisServer) -> None:
    clock = Clock()
    backend, site = RedisBackend(one_redis, clock), site_of(clock)
    writer, keys = Writer(clock, site), lane_keys(site.lane)
    await backend.directory.add_site(site, policy_of())
    parent = await published(backend, writer)
    reply = await published(backend, writer, parent=parent.id)
    await applied(backend, writer, writer.decide(parent, "rejected"))
    waits = await held(backend, writer, await submitted(backend, writer))
    pending = await submitted(backend, writer)
    hashed = thread_hash(parent.thread)
    faults: dict[str, Callable[[Any], object]] = {
        "a comment deleted": lambda c: c.delete(keys.comment(site.id, waits.id)),
        "an index entry doubled": lambda c: c.zadd(keys.status(site.id, "approved"), {waits.id: 0}),
        "an index entry lost": lambda c: c.zrem(keys.status(site.id, "held"), waits.id),
        "an unapproved comment listed": lambda c: c.zadd(keys.shown(site.id, parent.thread), {waits.id: 0}),
        "an approved comment not listed": lambda c: c.zrem(keys.shown(site.id, parent.thread), reply.id),
        "a risk changed": lambda c: c.zadd(keys.risk(site.id, "max"), {waits.id: 0.5}),
        "a count off by one": lambda c: c.hincrby(f"{keys.prefix}t:{site.id}:{hashed}", "n", 1),
        "a reply miscounted": lambda c: c.hincrby(keys.comment(site.id, parent.id), "n", 1),
        "a record and its fields apart": lambda c: c.hset(keys.comment(site.id, waits.id), "s", "approved"),
        "an entry lost": lambda c: c.delete(keys.live),
        "an entry doubled": lambda c: c.xadd(keys.live, {"s": site.id, "i": pending.id, "v": 1}),
        "an author's index entry lost": lambda c: c.zrem(keys.author(site.id, "anna"), waits.id),
    }
    with one_redis.client() as client:
        raw: Any = client
        assert audit(client) == []
        assert audit(client, quiet=True) != []
        for name, plant in faults.items():
            kept = {key: raw.dump(key) for key in raw.keys("*")}
            plant(raw)
            assert audit(client) != [], name
            raw.flushall()
            for key, value in kept.items():
                raw.restore(key, 0, value)
            assert audit(client) == [], name
    await backend.close()
