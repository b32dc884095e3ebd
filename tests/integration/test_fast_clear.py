"""A worker that comes late: the fast classifier clears what waited, and says so; the rest is read."""

from pathlib import Path

from msgspec.structs import replace

from service.domain.policy import FastClear
from service.domain.scores import Scores
from service.workflow.sites import default_policy
from tests.builders import Writer, site_of
from tests.fakes.clock import Clock
from tests.processes import WorkerProcess
from tests.redis_backend import RedisBackend
from tests.redis_server import RedisServer
from tests.steps import submitted
from tests.waiting import until

FINE = "Thanks for fixing the citation in the infobox."
FOUL = "You are a fucking idiot and I hope you die."


async def test_a_late_worker_clears_by_the_fast_classifier_and_reads_the_rest(
    own_redis: RedisServer, tmp_path: Path
) -> None:
    clock = Clock()
    backend = RedisBackend(own_redis, clock)
    writer = Writer(clock, site_of(clock))
    policy = replace(default_policy("embedded"), fast_clear=FastClear(after_seconds=1))
    await backend.directory.add_site(writer.site, policy)
    fine, foul = await submitted(backend, writer, body=FINE), await submitted(backend, writer, body=FOUL)
    with own_redis.client() as client:
        sent = client.time()[0]
        until(lambda: client.time()[0] >= sent + 2, why="two seconds by Redis's clock")
    worker = WorkerProcess(own_redis.url, tmp_path / "worker", GATEPOST_CLASSIFIER="embedded")
    worker.start()

    async def scores(comment_id: str) -> tuple[str, Scores | None]:
        found = await backend.comments.load(writer.site, comment_id)
        assert found is not None
        return found.status, found.scores

    try:
        while "pending" in ((await scores(fine.id))[0], (await scores(foul.id))[0]):
            assert worker.alive()
        status, given = await scores(fine.id)
        assert (status, given and given.classifier) == ("approved", "embedded-fast")
        status, given = await scores(foul.id)
        assert (status, given and given.classifier) == ("held", "embedded")
    finally:
        worker.stop()
        await backend.close()
