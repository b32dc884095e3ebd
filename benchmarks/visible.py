"""How long a comment takes from its submission to an open page, with one worker at a steady 500 a second."""

import asyncio
import time

import uvloop

from benchmarks import findings, load
from benchmarks.findings import Figure, Findings, Options
from benchmarks.listening import listen
from benchmarks.processes import Watched
from benchmarks.stack import SITE, Stack, stack
from benchmarks.submit import THREADS, posts

RATE = 500.0
P99_MS = 500.0
_LATE_SECONDS = 10.0


async def _watch(place: Stack, api: Watched, total: int) -> tuple[list[float], load.Outcome]:
    sent: dict[bytes, float] = {}
    seen: dict[bytes, float] = {}

    def approved(comment: bytes, now: float) -> None:
        seen.setdefault(comment, now)

    def answered(_number: int, _status: int, body: bytes, began: float) -> None:
        sent[body[7:43]] = began

    listeners = [
        await listen(api.port, f"/v1/sites/{SITE}/stream?thread=article-{number}", approved)
        for number in range(THREADS)
    ]
    prepared = posts(place.key, total)
    outcome = await load.send(
        api.port, lambda number: prepared[number], total=total, connections=64, rate=RATE, seen=answered
    )
    deadline = time.monotonic() + _LATE_SECONDS
    while len(seen) < total and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    for listener in listeners:
        listener.close()
    return [seen[comment] - began for comment, began in sent.items() if comment in seen], outcome


def measure(options: Options) -> Findings:
    """Measure submission to visible on an open event stream of each thread, at 500 a second with one worker."""
    total = options.of(1500, 10_000)
    with stack() as place, place.worker() as worker, place.api() as api:
        # The first comments pay for connections and caches.
        prepared = posts(place.key, 500)
        load.hammer(api.port, lambda number: prepared[number], total=500, rate=RATE).insist(202)
        before = [watched.cpu_seconds() for watched in (api, worker, place.redis)]
        took, outcome = uvloop.run(_watch(place, api, total))
        after = [watched.cpu_seconds() for watched in (api, worker, place.redis)]
    outcome.insist(202)
    cpu = [round((late - early) * 1e6 / total) for early, late in zip(before, after, strict=True)]
    return Findings(
        name="visible",
        figures=(
            Figure(
                name="submission to visible: p50", measured=load.percentile(took, 0.50) * 1000, unit="ms", better="less"
            ),
            Figure(
                name="submission to visible: p99",
                measured=load.percentile(took, 0.99) * 1000,
                unit="ms",
                target=P99_MS,
                better="less",
            ),
            Figure(name="of the submitted, became visible", measured=100 * len(took) / total, unit="%"),
        ),
        detail={
            "milliseconds": [round(load.percentile(took, share / 1000) * 1000, 2) for share in range(0, 1000, 5)],
            "submitted": total,
            "rate": outcome.rate,
            "accepted_p99_ms": outcome.percentile_ms(0.99),
            "cpu_us_per_comment": dict(zip(("api", "worker", "redis"), cpu, strict=True)),
        },
    )


if __name__ == "__main__":
    findings.command(measure)()
