"""The same users on a Cluster and behind Sentinel: one process's work each, and nothing refused."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from service.storage.acl import ROLES, acl_file, user_of
from service.storage.open import Storage, open_storage
from service.storage.pepper import load_pepper
from tests.builders import THREAD, Writer, policy_of, site_of
from tests.contract.test_topologies import SLOTS, until
from tests.fakes.clock import Clock
from tests.redis_server import SERVERS, RedisServer, SentinelServer, free_port

# Who looks in from outside: these servers listen on loopback only.
_LOOKING_IN = "user default on nopass ~* &* +@all\n"


@pytest.fixture(scope="module")
def modern() -> Path:
    binary = SERVERS["debian-7.0"]
    if binary is None:
        pytest.skip("this machine has no redis-server 7.0")
    return binary


def guarded(binary: Path, folder: Path, *options: str) -> RedisServer:
    """Make a server with the users of `gatepost acl`, whose passwords are their names."""
    folder.mkdir()
    users = acl_file([user_of(role, role) for role in ROLES]).replace("user default off\n", _LOOKING_IN)
    (folder / "users.acl").write_text(users)
    return RedisServer(binary, folder, port=free_port(), options=(*options, "--aclfile", str(folder / "users.acl")))


@pytest.fixture
async def cluster(modern: Path, short_path: Path) -> AsyncIterator[list[RedisServer]]:
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "5000", "--cluster-port")
    buses = [free_port() for _ in range(2)]
    nodes = [guarded(modern, short_path / f"ac{n}", *options, str(bus)) for n, bus in enumerate(buses)]
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
def sentinel(modern: Path, short_path: Path) -> Iterator[tuple[SentinelServer, RedisServer]]:
    master = guarded(modern, short_path / "am")
    (short_path / "aw").mkdir()
    watcher = SentinelServer(modern, short_path / "aw", watches=master, name="gatepost")
    try:
        master.start()
        watcher.start()
        yield watcher, master
    finally:
        watcher.kill()
        master.kill()


async def work(urls: dict[str, str], clock: Clock) -> None:
    """Do what an operator, an API and a worker do, each by their own user."""
    opened: dict[str, Storage] = {
        role: open_storage(url, backlog=1_000, site_backlog=1_000) for role, url in urls.items()
    }
    operator, api, worker = (opened[role] for role in ("operator", "api", "worker"))
    site = site_of(clock)
    writer = Writer(clock, site)
    try:
        await load_pepper(operator.link, ("s" * 32,))
        await operator.directory.add_site(site, policy_of())
        await load_pepper(api.link, ("s" * 32,))
        await api.fleet.probe()
        assert await api.directory.principal("gpm_nobody") is None
        assert await api.directory.count_bad_credential("here") == 0
        for _ in range(3):
            await api.comments.submit(site, writer.order())
        assert await worker.directory.lanes() == [site.lane]
        entries = await worker.queue.take(site.lane, "w", count=10, block_ms=10)
        context = await worker.queue.context({site.id: site}, entries)
        async with api.changes.listen(site, THREAD) as changes:
            for waiting in context.waiting:
                move = writer.judge(waiting.subject.comment, "approved", entry=waiting.entry)
                await worker.comments.move(site, move)
            assert (await anext(changes)).after == "approved"
        page = await api.comments.page(site, THREAD, sort="oldest", limit=5, after=None)
        assert page.count == len(entries) == 3
        assert (await api.queue.backlog([site.lane])).entries == 0
        await worker.queue.leave(site.lane, "w")
        assert await operator.directory.remove_site(site) == 3
    finally:
        for storage in opened.values():
            await storage.close()


def refusals(*servers: RedisServer) -> list[object]:
    found: list[object] = []
    for server in servers:
        with server.client() as client:
            found += [(entry["username"], entry["object"]) for entry in client.acl_log()]
    return found


async def test_a_cluster_refuses_nobody_their_own_work(cluster: list[RedisServer], clock: Clock) -> None:
    hosts = ",".join(f"127.0.0.1:{node.port}" for node in cluster)
    await work({role: f"redis+cluster://{role}:{role}@{hosts}" for role in ROLES}, clock)
    assert refusals(*cluster) == []


async def test_sentinel_leads_each_user_to_the_master(
    sentinel: tuple[SentinelServer, RedisServer], clock: Clock
) -> None:
    watcher, master = sentinel
    where = f"127.0.0.1:{watcher.port}/gatepost"
    await work({role: f"redis+sentinel://{role}:{role}@{where}" for role in ROLES}, clock)
    assert refusals(master) == []
