"""The same application under uvicorn and under granian."""

import asyncio
from contextlib import AbstractContextManager

import uvloop

from benchmarks import findings, load, read, submit
from benchmarks.findings import Figure, Findings, Options
from benchmarks.listening import listen
from benchmarks.processes import Watched
from benchmarks.stack import NOTHING_KEPT, SITE, Stack, stack

_STREAM = f"/v1/sites/{SITE}/stream?thread=idle"


async def _beside_idle_streams(port: int, streams: int, total: int) -> load.Outcome:
    """Open idle event streams, then read beside them."""
    open_streams = [await listen(port, _STREAM) for _ in range(streams)]
    outcome = await load.send(port, read.request_for, total=total)
    for one in open_streams:
        one.close()
    await asyncio.sleep(0)
    return outcome


def _figures(name: str, running: AbstractContextManager[Watched], place: Stack, options: Options) -> list[Figure]:
    posts, total, streams = submit.posts(place.key, 1000), options.of(1500, 6000), options.of(200, 500)
    with running as server:
        load.hammer(server.port, lambda n: posts[n % 1000], total=1000).insist(202)
        taken = submit.measured(server, place.redis, lambda n: posts[n % 1000], total=total, status=202)
        lists = submit.measured(server, place.redis, read.request_for, total=total, status=200)
        beside = uvloop.run(_beside_idle_streams(server.port, streams, total)).insist(200)
        memory = server.memory_mb()
    return [
        Figure(name=f"{name}: CPU a submission", measured=taken.cpu_us, unit="µs", better="less"),
        Figure(name=f"{name}: CPU a read", measured=lists.cpu_us, unit="µs", better="less"),
        Figure(name=f"{name}: p99 of a submission", measured=taken.p99, unit="ms", better="less"),
        Figure(
            name=f"{name}: p99 of a read beside {streams} idle streams",
            measured=beside.percentile_ms(0.99),
            unit="ms",
            better="less",
        ),
        Figure(name=f"{name}: memory (PSS) with {streams} streams", measured=memory, unit="MB", better="less"),
    ]


def measure(options: Options) -> Findings:
    """Measure submissions, reads and reads beside idle event streams under both servers."""
    with stack(**NOTHING_KEPT) as place:
        read.fill(place)
        figures = _figures("uvicorn", place.api(), place, options)
        figures += _figures("granian", place.granian(), place, options)
    return Findings(name="servers", figures=tuple(figures))


if __name__ == "__main__":
    findings.command(measure)()
