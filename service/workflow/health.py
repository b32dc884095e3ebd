"""How the whole is doing."""

from dataclasses import dataclass
from typing import Literal

from service.domain.errors import StorageDown
from service.domain.work import Backlog, WorkerInfo
from service.workflow.house import House

# A queue that stands still this long without a healthy worker is worth a word, not an alarm.
STALE_SECONDS = 60.0


@dataclass(frozen=True)
class Health:
    """What a probe is told; `degraded` still serves: comments are accepted and wait, in `paused` lanes by order."""

    status: Literal["ok", "degraded", "down"]
    redis: bool
    workers: int
    backlog: int
    oldest_s: float
    paused: tuple[str, ...] = ()


async def check_health(house: House) -> Health:
    """Look at storage, workers and queue; never raises for a storage that is away."""
    try:
        await house.fleet.probe()
        backlog, workers = await measure(house)
    except StorageDown:
        return Health(status="down", redis=False, workers=0, backlog=0, oldest_s=0.0)
    healthy = sum(1 for worker in workers if worker.healthy)
    late = backlog.oldest_seconds > STALE_SECONDS
    return Health(
        status="ok" if healthy and not late and not backlog.paused else "degraded",
        redis=True,
        workers=healthy,
        backlog=backlog.entries,
        oldest_s=round(backlog.oldest_seconds, 3),
        paused=backlog.paused,
    )


async def measure(house: House) -> tuple[Backlog, list[WorkerInfo]]:
    """Read the backlog over all lanes, and the workers' heartbeats."""
    return await house.queue.backlog(await house.directory.lanes()), await house.fleet.workers()
