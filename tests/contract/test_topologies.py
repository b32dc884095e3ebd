"""Sentinel and Cluster: the same walk as over one node."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.crc import key_slot

from service.domain.operating import Act, Freeze
from service.domain.status import Status
from service.domain.views import ReviewQuery
from service.domain.work import ShadowPosition
from service.storage.chores import IdleConsumers, Leftovers, Recounts
from service.storage.open import Storage, open_storage
from service.storage.pepper import load_pepper
from tests.builders import THREAD, Writer, policy_of, scores_of, site_of
from tests.contract.test_fleet import worker
from tests.contract.test_submit import key_of, limits_of
from tests.fakes.clock import Clock
from tests.redis_server import SERVERS, RedisServer, SentinelServer, free_port

SLOTS = 16_384
WAIT = 20.0


@pytest.fixture(scope="module")
def modern() -> Path:
    binary = SERVERS["debian-7.0"]
    if binary is None:
        pytest.skip("this machine has no redis-server 7.0, which alone takes a cluster port of the kernel's choice")
    return binary


async def until(condition: object, server: RedisServer) -> None:
    async with asyncio.timeout(WAIT):
        with server.client() as client:
            while str(condition).encode() not in client.execute_command("CLUSTER", "INFO"):
                await asyncio.sleep(0.02)


@pytest.fixture
async def cluster(modern: Path, short_path: Path) -> AsyncIterator[list[RedisServer]]:
    nodes, buses = [], []
    for _ in range(2):
        folder = Path(tempfile.mkdtemp(dir=short_path))
        buses.append(free_port())
        options = ("--cluster-enabled", "yes", "--cluster-port", str(buses[-1]), "--cluster-node-timeout", "5000")
        nodes.append(RedisServer(modern, folder, port=free_port(), options=options))
    try:
        for node in nodes:
            node.start()
        for node, (first, last) in zip(nodes, ((0, SLOTS // 2 - 1), (SLOTS // 2, SLOTS - 1)), strict=True):
            with node.client() as client:
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
        with nodes[0].client() as client:
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", nodes[1].port, buses[1])
        for node in nodes:
            await until("cluster_state:ok", node)
            await until("cluster_known_nodes:2", node)
        yield nodes
    finally:
        for node in nodes:
            node.kill()


@pytest.fixture
def sentinel(modern: Path, short_path: Path) -> Iterator[SentinelServer]:
    homes = [Path(tempfile.mkdtemp(dir=short_path)) for _ in range(2)]
    master = RedisServer(modern, homes[0], port=free_port())
    watcher = SentinelServer(modern, homes[1], watches=master, name="gatepost")
    try:
        master.start()
        watcher.start()
        yield watcher
    finally:
        watcher.kill()
        master.kill()


async def walk(storage: Storage, clock: Clock, lane: str) -> None:
    """Do what the service does: submit, take, decide, page, listen, count, remove."""
    site = site_of(clock, f"site-{lane}", lane=lane)
    writer = Writer(clock, site)
    await storage.directory.add_site(site, policy_of())
    orders = [writer.order(idempotency=key_of(f"{n:032}"), limits=limits_of()) for n in range(20)]
    await asyncio.gather(*(storage.comments.submit(site, order) for order in orders))
    again = await storage.comments.submit(site, writer.order(idempotency=key_of(f"{3:032}")))
    assert (again.id, again.replayed) == (orders[3].comment.id, True)
    entries = await storage.queue.take(lane, "w", count=100, block_ms=10)
    await storage.queue.renew(lane, "w", entries)
    await storage.queue.release(lane, entries)
    entries = await storage.queue.reclaim(lane, "w", idle_ms=60_000, count=100)
    assert {entry.id for entry in entries} == {order.comment.id for order in orders}
    assert await storage.queue.attempt(entries[0]) == 1
    context = await storage.queue.context({site.id: site}, entries)
    assert len(context.waiting) == 20
    async with storage.changes.listen(site, THREAD) as changes:
        for number, waiting in enumerate(context.waiting):
            status: Status = "held" if number % 4 == 0 else "approved"
            await storage.comments.move(
                site, writer.judge(waiting.subject.comment, status, entry=waiting.entry, scores=scores_of(number / 20))
            )
        async with asyncio.timeout(WAIT):
            told = [await anext(changes) for _ in context.waiting]
    assert {change.id for change in told} == {order.comment.id for order in orders}
    page = await storage.comments.page(site, THREAD, sort="newest", limit=10, after=None)
    assert (len(page.comments), page.count, page.more) == (10, 15, True)
    riskiest = await storage.comments.review(site, ReviewQuery(status="held", sort="riskiest"))
    assert len(riskiest.comments) == 5
    assert await storage.comments.counts(site, [THREAD, "/none"]) == [15, 0]
    assert (await storage.queue.backlog([lane])).entries == 0
    decided = await storage.shadows.read(lane, "0-0", count=100, block_ms=10)
    assert [item.number for item in decided] == list(range(1, 21))
    assert await storage.shadows.read(lane, decided[-1].entry_id, count=100, block_ms=10) == []
    comments = [kept.comment for kept in (await storage.comments.between(site, first="", last="g", limit=100)).kept]
    assert {subject.comment.id for subject in await storage.comments.subjects(site, comments)} == {
        e.id for e in entries
    }
    at = ShadowPosition(entry_id=decided[-1].entry_id, number=20, scored=20)
    await storage.shadows.store(lane, "toy", at, [(comment, scores_of(0.4)) for comment in comments])
    assert await storage.shadows.position(lane, "toy") == at
    beside = await storage.comments.between(site, first="", last="g", limit=100, shadow="toy")
    assert [kept.shadow for kept in beside.kept] == [scores_of(0.4)] * 20
    await storage.queue.leave(lane, "w")
    assert await storage.directory.remove_site(site) == 20


async def checked(storage: Storage, clock: Clock, lanes: list[str]) -> None:
    """Do what operators and housekeepers do, in every lane."""
    for lane in lanes:
        site = site_of(clock, f"kept-{lane}", lane=lane)
        await storage.directory.add_site(site, policy_of())
        await storage.comments.submit(site, Writer(clock, site).order())
        await storage.controls.pause(lane, Act(by="anna"))
        assert await storage.queue.take(lane, "w", count=1, block_ms=1) == []
        await storage.controls.resume(lane, Act(by="anna"))
        await storage.controls.freeze(site, Freeze(mode="closed"), Act(by="anna"))
        assert await storage.controls.frozen(site) == Freeze(mode="closed")
        assert await storage.housekeeping.hold(lane, "w", seconds=9)
        for chore in (IdleConsumers(storage.link), Leftovers(storage.link), Recounts(storage.link)):
            while await chore.step(lane):
                pass
    sites = await storage.directory.sites()
    servers = await storage.inspection.servers()
    assert all(server.append_only and server.append_sync == "always" for server in servers)
    # In a cluster one node alone was written to.
    assert [server.appended for server in servers if server.appended is not None] == [True]
    assert await storage.inspection.settle({"slowlog-log-slower-than": "-1"}, clear_slow_log=True) == []
    assert {server.slow_from for server in await storage.inspection.servers()} == {-1}
    assert await storage.inspection.strays(sites) == []
    assert {stray.lane for stray in await storage.inspection.strays([])} == set(lanes)
    for lane in lanes:
        found = storage.inspection.faults(lane, sites, claim_seconds=30, mend=False)
        assert [fault async for fault in found] == []


async def everything(url: str, clock: Clock, lanes: list[str]) -> None:
    storage = open_storage(url, backlog=1_000, site_backlog=1_000)
    try:
        pepper = await load_pepper(storage.link, ("s" * 32,))
        assert await load_pepper(storage.link, ("s" * 32,)) == pepper
        await storage.fleet.probe()
        await storage.fleet.beat(worker("w"), seconds=30)
        assert [info.name for info in await storage.fleet.workers()] == ["w"]
        for lane in lanes:
            await walk(storage, clock, lane)
        assert await storage.directory.lanes() == sorted(lanes)
        assert (await storage.queue.backlog(lanes)).entries == 0
        await checked(storage, clock, lanes)
    finally:
        await storage.close()


async def test_a_cluster_carries_lanes_on_each_of_its_nodes(cluster: list[RedisServer], clock: Clock) -> None:
    names = [f"lane-{n}" for n in range(20)]
    low = next(name for name in names if key_slot(name.encode()) < SLOTS // 2)
    high = next(name for name in names if key_slot(name.encode()) >= SLOTS // 2)
    url = "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in cluster)
    await everything(url, clock, [low, high])
    for node, lane in zip(cluster, (low, high), strict=True):
        with node.client() as client:
            assert client.exists(f"gp:{{{lane}}}:q:live")


async def test_sentinel_leads_to_its_master(sentinel: SentinelServer, clock: Clock) -> None:
    await everything(f"redis+sentinel://127.0.0.1:{sentinel.port}/gatepost", clock, ["main", "second"])
