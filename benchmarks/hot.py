"""How many reads of one hot thread an API serves, from what it keeps and without, and where a kept one's time goes.

The same request, as a browser sends it, three ways: nothing kept; kept, and given before the framework; kept, and given
before the parser (what a plain request gets). And once more by a reader who has the page already: a 304.
"""

import http.client
import multiprocessing
import statistics
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

from benchmarks import findings, load, read
from benchmarks.findings import Figure, Findings, Options
from benchmarks.processes import Watched
from benchmarks.stack import NOTHING_KEPT, ORIGIN, SITE, Stack, stack
from benchmarks.submit import CONNECTIONS, Round, measured

PER_SECOND = 30_000.0
_BROWSER = (
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("accept", "*/*"),
    ("accept-language", "en-GB,en;q=0.8"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("origin", ORIGIN),
    ("referer", f"{ORIGIN}/"),
    ("sec-fetch-mode", "cors"),
)
_PATH = f"/v1/sites/{SITE}/comments?thread=read-0"
_PLAIN = (*_BROWSER, ("connection", "keep-alive"))
# Means the same, and is not the form that goes before the parser.
_LONGER = (*_BROWSER, ("connection", "Keep-Alive, close-never"))


def _request(headers: tuple[tuple[str, str], ...]) -> bytes:
    return load.request("GET", _PATH, headers=headers)


def _etag(port: int) -> str:
    """Read the page's entity tag."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", _PATH)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.headers["etag"]


def _rounds(server: Watched, place: Stack, request: bytes, options: Options, *, status: int = 200) -> list[Round]:
    total = options.of(4_000, 60_000)
    load.hammer(server.port, lambda _: request, total=1_000, connections=CONNECTIONS)
    return [
        measured(server, place.redis, lambda _: request, total=total, status=status) for _ in range(options.of(2, 5))
    ]


def _summed(rounds: list[Round]) -> dict[str, float]:
    return {
        name: round(statistics.median(getattr(one, name) for one in rounds), 2)
        for name in ("rate", "cpu_us", "redis_us", "p50", "p99")
    }


def _one_of_several(port: int, total: int) -> load.Outcome:
    request = _request(_PLAIN)
    return load.hammer(port, lambda _: request, total=total, connections=CONNECTIONS // 2).insist(200)


def _several(place: Stack, processes: int, options: Options) -> float:
    """Read from several processes at once, each with a generator of its own; gives reads a second of them all."""
    total = options.of(4_000, 60_000)
    with ExitStack() as running:
        ports = [running.enter_context(place.api()).port for _ in range(processes)]
        pool = running.enter_context(ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")))
        for port in ports:
            # Pages are kept, and the generators' processes are there.
            list(pool.map(_one_of_several, [port] * processes, [500] * processes))
        outcomes = list(pool.map(_one_of_several, ports, [total] * processes))
    return sum(one.rate for one in outcomes)


def measure(options: Options) -> Findings:
    """Measure reads of one hot thread of 20 comments at 64 connections, in each of the ways."""
    with stack() as place:
        read.fill(place)
        with place.api(**NOTHING_KEPT) as api:
            unkept = _rounds(api, place, _request(_PLAIN), options)
        with place.api() as api:
            tag = _etag(api.port)
            framework = _rounds(api, place, _request(_LONGER), options)
            parser = _rounds(api, place, _request(_PLAIN), options)
            unchanged = _rounds(api, place, _request((*_PLAIN, ("if-none-match", tag))), options, status=304)
            memory = api.memory_mb()
        several = _several(place, 2, options)
    ways = {
        "nothing kept": _summed(unkept),
        "kept, before the framework": _summed(framework),
        "kept, before the parser": _summed(parser),
        "kept, a 304": _summed(unchanged),
    }
    kept = ways["kept, before the parser"]
    return Findings(
        name="hot",
        figures=(
            Figure(name="hot thread: reads a second of one process", measured=kept["rate"], target=PER_SECOND),
            Figure(name="hot thread: reads a second of two processes", measured=several),
            Figure(name="hot thread: reads a second of API's CPU", measured=1e6 / kept["cpu_us"], target=PER_SECOND),
            Figure(name="hot thread: API's CPU", measured=kept["cpu_us"], unit="µs", better="less"),
            Figure(
                name="hot thread: API's CPU, given before the framework only",
                measured=ways["kept, before the framework"]["cpu_us"],
                unit="µs",
                better="less",
            ),
            Figure(
                name="hot thread: API's CPU, nothing kept",
                measured=ways["nothing kept"]["cpu_us"],
                unit="µs",
                better="less",
            ),
            Figure(
                name="hot thread: API's CPU of a 304", measured=ways["kept, a 304"]["cpu_us"], unit="µs", better="less"
            ),
            Figure(name="hot thread: p99 at 64 connections", measured=kept["p99"], unit="ms", better="less"),
            Figure(name="API: memory (PSS) with the page kept", measured=memory, unit="MB", better="less"),
        ),
        detail={"ways": ways},
        notes=("the generator takes some 20 µs a read on the same two cores",),
    )


if __name__ == "__main__":
    findings.command(measure)()
