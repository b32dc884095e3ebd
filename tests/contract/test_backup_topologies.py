"""From one node to a Cluster and back, and behind Sentinel: a backup moves between them."""

from pathlib import Path

from redis.crc import key_slot

from service.domain.ids import first_id
from service.domain.keeping import LedgerEntry, Trace, ledger_name
from service.domain.site import Site
from service.storage.backup import write_backup
from service.storage.dump_file import BackupWriter
from service.storage.open import Storage, open_storage
from service.storage.restore import Restorer, check_backup
from service.wiring import archive_of
from service.workflow.erase import erase
from service.workflow.reapply import reapply
from service.workflow.retention import STEP, RetentionChore
from tests.builders import Writer, policy_of, site_of
from tests.contract.test_backup import saved
from tests.contract.test_topologies import SLOTS, cluster, modern, sentinel  # noqa: F401 - fixtures
from tests.fakes.clock import Clock
from tests.redis_backend import RedisBackend
from tests.redis_server import RedisServer, SentinelServer
from tests.unit.workflow.test_erase import ANNA, by_anna


async def filled(storage: Storage, sites: list[Site], clock: Clock) -> None:
    for site in sites:
        await storage.directory.add_site(site, policy_of())
        writer = Writer(clock, site)
        for comment in (*(writer.comment() for _ in range(30)), *(by_anna(writer) for _ in range(5))):
            await storage.comments.submit(site, writer.order(comment))
            if comment.id[-1] in "02468ace":
                await storage.comments.move(site, writer.judge(comment, "approved"))


async def stored(storage: Storage, sites: list[Site]) -> list[object]:
    """Read what each site has, by author; who was erased is nobody's."""
    return [
        (site.id, [t.comment for who in ("anna", ANNA) for t in await traces_of(storage, site, who)]) for site in sites
    ]


async def traces_of(storage: Storage, site: Site, author: str) -> list[Trace]:
    return list((await storage.traces.of_author(site, author, after="", limit=100)).traces)


async def there_and_back(first: Storage, second: Storage, sites: list[Site], path: Path, clock: Clock) -> None:
    await filled(first, sites, clock)
    with BackupWriter(path) as writer:
        await write_backup(first.link, writer, version="0.1.0")
    assert writer.comments == 35 * len(sites)
    before = await stored(first, sites)
    restorer = Restorer(second.link, path, check_backup(path).head, None)
    assert not await restorer.occupied()
    restored = await restorer.load()
    assert restored.comments == 35 * len(sites)
    assert await stored(second, sites) == before
    archive = archive_of(second)
    for site in sites:
        done = await erase(archive, site, ANNA)
        assert (done.done, done.removed["comments"]) == (True, 5)
        while await RetentionChore(archive).step(site.lane) >= STEP:
            pass
    # Put back over itself: the ledger erases anew.
    await restorer.clear()
    await restorer.load()
    assert len(await traces_of(second, sites[0], ANNA)) == 5
    await archive.ledger.take_in([], anew=True)
    for site in sites:
        await reapply(archive, site)
        assert await traces_of(second, site, ANNA) == []
        assert len(await traces_of(second, site, "anna")) == 30


async def test_a_backup_of_one_node_goes_into_a_cluster(
    redis_backend: RedisBackend,
    cluster: list[RedisServer],  # noqa: F811 - the fixture
    tmp_path: Path,
    clock: Clock,
) -> None:
    names = [f"lane-{n}" for n in range(20)]
    low = next(name for name in names if key_slot(name.encode()) < SLOTS // 2)
    high = next(name for name in names if key_slot(name.encode()) >= SLOTS // 2)
    sites = [site_of(clock, "mill", lane=low), site_of(clock, "weir", lane=high), site_of(clock, "dam", lane=low)]
    url = "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in cluster)
    storage = open_storage(url, backlog=1_000, site_backlog=1_000)
    try:
        await there_and_back(redis_backend.storage, storage, sites, tmp_path / "there", clock)
        with BackupWriter(tmp_path / "back") as writer:
            await write_backup(storage.link, writer, version="0.1.0")
    finally:
        await storage.close()
    with redis_backend.server.client() as client:
        client.flushall()
    path = tmp_path / "back"
    restored = await Restorer(redis_backend.storage.link, path, check_backup(path).head, None).load()
    assert restored.comments == 105


async def test_a_backup_goes_behind_sentinel(
    redis_backend: RedisBackend,
    sentinel: SentinelServer,  # noqa: F811 - the fixture
    tmp_path: Path,
    clock: Clock,
) -> None:
    storage = open_storage(f"redis+sentinel://127.0.0.1:{sentinel.port}/gatepost", backlog=1_000, site_backlog=1_000)
    try:
        await there_and_back(redis_backend.storage, storage, [site_of(clock, "mill")], tmp_path / "there", clock)
    finally:
        await storage.close()


async def test_erasures_are_known_by_a_file_as_well(redis_backend: RedisBackend, tmp_path: Path, clock: Clock) -> None:
    """The files of Redis are put back as they were, ledger and all: the ledger's own file knows more."""
    site, path = site_of(clock), tmp_path / "ledger"
    url = redis_backend.server.url
    storage = open_storage(url, backlog=1_000, site_backlog=1_000, ledger=path)
    try:
        await filled(storage, [site], clock)
        backup = await saved(redis_backend, tmp_path / "backup")
        await erase(archive_of(storage), site, ANNA)
        assert ANNA not in path.read_text()
        with redis_backend.server.client() as client:
            client.flushall()
        await Restorer(storage.link, backup, check_backup(backup).head, None).load()
        assert len(await traces_of(storage, site, ANNA)) == 5
        # Half a line, as a power cut leaves it, stood for nothing yet.
        with path.open("a") as file:
            file.write('{"name":"ab')
        await reapply(archive_of(storage), site)
        assert await traces_of(storage, site, ANNA) == []
        entry = LedgerEntry(name=ledger_name("mill", "b"), site="mill", until=first_id(clock()), at=clock(), author="b")
        await storage.ledger.put(entry)
        assert [e.name for e in await storage.ledger.open()] == [entry.name]
        with redis_backend.server.client() as client:
            client.flushall()
        assert await storage.ledger.take_in([], anew=False) == 2
    finally:
        await storage.close()
