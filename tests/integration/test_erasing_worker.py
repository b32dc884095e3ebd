"""A worker that starts carries out what the ledger says is not done, as after a restore."""

from pathlib import Path

from msgspec.structs import replace

from service.domain.ids import mint
from service.domain.keeping import LedgerEntry, ledger_name
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.processes import WorkerProcess
from tests.redis_backend import RedisBackend
from tests.redis_server import RedisServer
from tests.steps import approved, submitted
from tests.waiting import until


async def test_an_erasure_that_is_not_done_is_done_by_the_next_worker(own_redis: RedisServer, tmp_path: Path) -> None:
    clock = Clock()
    backend = RedisBackend(own_redis, clock)
    writer = Writer(clock, site_of(clock))
    await backend.directory.add_site(writer.site, policy_of())
    body = "Words that somebody wants gone."
    made = writer.comment(body)
    comment = replace(made, author=replace(made.author, key="a-device", strength="device"))
    await backend.comments.submit(writer.site, writer.order(comment))
    await approved(backend, writer, comment)
    other = await approved(backend, writer, await submitted(backend, writer, "Words that stay.", author="ben"))
    name = ledger_name(writer.site.id, comment.author.key)
    await backend.ledger.put(LedgerEntry(name=name, site=writer.site.id, until=mint(clock()), at=clock()))
    worker = WorkerProcess(own_redis.url, tmp_path / "worker", GATEPOST_CLASSIFIER="toy")
    worker.start()
    with own_redis.client() as client:
        key = f"gp:{{main}}:c:{writer.site.id}:{comment.id}"
        until(lambda: client.hget(key, "s") == b"deleted", why="the erasure")
        assert body.encode() not in (client.hget(key, "r") or b"")
    worker.stop()
    stays = await backend.comments.load(writer.site, other.id)
    assert stays is not None
    assert (stays.status, stays.body) == ("approved", "Words that stay.")
    found = await backend.ledger.find(name)
    assert found is not None
    assert found.done
    await backend.close()
