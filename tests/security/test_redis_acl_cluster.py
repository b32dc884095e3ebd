"""The same users on a Cluster and behind Sentinel: one process's work each, and nothing refused."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from service.storage.acl import ROLES, acl_file, user_of
from service.storage.connect import BadUrl, connect
from service.storage.open import Storage, open_storage
from service.storage.pepper import load_pepper
from tests.builders import THREAD, Writer, policy_of, site_of
from tests.contract.test_topologies import SLOTS, until
from tests.fakes.clock import Clock
from tests.redis_server import SERVERS, RedisServer, SentinelServer, free_port
from tests.security.keeping import keep

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


@pytest.fixture(scope="module")
def certificate(short_path: Path) -> Path:
    """Make a certificate that vouches for itself, for servers and between them."""
    if shutil.which("openssl") is None:
        pytest.skip("this machine has no openssl")
    folder = short_path / "certificate"
    folder.mkdir()
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-keyout", "key", "-out", "crt", "-subj", "/CN=redis"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder / "crt"


def tls(certificate: Path, port: int) -> tuple[str, ...]:
    """Give the options of a server that speaks TLS on a port."""
    key = certificate.with_name("key")
    files = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate))
    return ("--tls-port", str(port), *files, "--tls-auth-clients", "no")


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


async def work(urls: dict[str, str], clock: Clock, folder: Path) -> None:
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
        await keep(operator, api, worker, site, folder / f"{uuid4()}.backup")
        await worker.queue.leave(site.lane, "w")
        assert await operator.directory.remove_site(site) > 0
    finally:
        for storage in opened.values():
            await storage.close()


def refusals(*servers: RedisServer) -> list[object]:
    found: list[object] = []
    for server in servers:
        with server.client() as client:
            found += [(entry["username"], entry["object"]) for entry in client.acl_log()]
    return found


async def test_a_cluster_and_sentinel_are_reached_by_tls(
    modern: Path, short_path: Path, certificate: Path, clock: Clock
) -> None:
    port, watched = free_port(), free_port()
    node = guarded(
        modern,
        short_path / "tc",
        *("--cluster-enabled", "yes", "--cluster-port", str(free_port()), "--tls-cluster", "yes"),
        *tls(certificate, port),
    )
    (short_path / "tw").mkdir()
    master = guarded(modern, short_path / "tm", *tls(certificate, watched), "--tls-replication", "yes")
    watcher = SentinelServer(modern, short_path / "tw", watches=master, name="gatepost")
    config = short_path / "tw" / "sentinel.conf"
    told = config.read_text().replace(f"127.0.0.1 {master.port} 1", f"127.0.0.1 {watched} 1")
    secured = free_port()
    words = (*tls(certificate, secured), "--tls-replication", "yes")
    lines = [f"{words[n][2:]} {words[n + 1]}" for n in range(0, len(words), 2)]
    config.write_text(told + "\n".join(lines) + "\n")
    try:
        for server in (node, master, watcher):
            server.start()
        with node.client() as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, SLOTS - 1)
        await until("cluster_state:ok", node)
        ca = f"?ssl_ca_certs={certificate}"
        await work({role: f"redis+cluster://{role}:{role}@127.0.0.1:{port}{ca}" for role in ROLES}, clock, short_path)
        where = f"127.0.0.1:{secured}/gatepost{ca}"
        await work({role: f"redis+sentinel://{role}:{role}@{where}" for role in ROLES}, clock, short_path)
        assert refusals(node, master) == []
    finally:
        for server in (watcher, node, master):
            server.kill()


@pytest.mark.parametrize("url", ["redis+cluster://h:1", "redis+sentinel://h:1/n"])
@pytest.mark.parametrize("query", ["?ssl=true", "?ssl_ca_certs=a&ssl_cert_reqs=none", "?ssl_ca_certs", "?x=1"])
def test_an_option_that_is_not_known_is_not_passed_over(url: str, query: str) -> None:
    with pytest.raises(BadUrl):
        connect(url + query)


async def test_a_cluster_refuses_nobody_their_own_work(
    cluster: list[RedisServer], short_path: Path, clock: Clock
) -> None:
    hosts = ",".join(f"127.0.0.1:{node.port}" for node in cluster)
    await work({role: f"redis+cluster://{role}:{role}@{hosts}" for role in ROLES}, clock, short_path)
    assert refusals(*cluster) == []


async def test_sentinel_leads_each_user_to_the_master(
    sentinel: tuple[SentinelServer, RedisServer], short_path: Path, clock: Clock
) -> None:
    watcher, master = sentinel
    where = f"127.0.0.1:{watcher.port}/gatepost"
    await work({role: f"redis+sentinel://{role}:{role}@{where}" for role in ROLES}, clock, short_path)
    assert refusals(master) == []
