"""The workers that are alive."""

import asyncio

from service.domain.site import Site
from service.domain.work import WorkerInfo
from tests.ports import Backend


def worker(name: str, *, healthy: bool = True) -> WorkerInfo:
    return WorkerInfo(
        name=name,
        classifier="toy",
        version="1",
        hash="00",
        languages=("en",),
        lanes=("main",),
        healthy=healthy,
        per_second=12.5,
        counters={"approved": 3},
    )


async def test_a_worker_is_listed_from_its_beat_until_it_leaves(backend: Backend, site: Site) -> None:
    await backend.fleet.probe()
    assert await backend.fleet.workers() == []
    for name in ("b", "a"):
        await backend.fleet.beat(worker(name), seconds=30)
    await backend.fleet.beat(worker("b", healthy=False), seconds=30)
    assert await backend.fleet.workers() == [worker("a"), worker("b", healthy=False)]
    await backend.fleet.leave("a")
    await backend.fleet.leave("nobody")
    assert await backend.fleet.workers() == [worker("b", healthy=False)]


async def test_a_worker_that_no_longer_beats_is_forgotten(backend: Backend, site: Site) -> None:
    await backend.fleet.beat(worker("a"), seconds=1)
    backend.clock.advance(2)
    async with asyncio.timeout(10):
        while await backend.fleet.workers():
            await asyncio.sleep(0.02)
