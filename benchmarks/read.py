"""How many lists of 20 comments the API reads beside bare `ZRANGE` and `MGET`, and what one costs; nothing is kept."""

import random

import msgspec
import redis

from benchmarks import findings, load
from benchmarks.filling import approved, comment, publish
from benchmarks.findings import Figure, Findings, Options
from benchmarks.stack import NOTHING_KEPT, SITE, Stack, stack
from benchmarks.submit import CONNECTIONS, Round, measured, ratio, summary
from benchmarks.texts import exactly

RATIO = 0.8
LISTED = 20
_THREADS = 10
_PATH = f"/v1/sites/{SITE}/comments?thread="


def _thread(number: int) -> str:
    return f"read-{number % _THREADS}"


def fill(place: Stack) -> None:
    """Publish 20 comments of 200 characters in each of ten threads, through a worker."""
    numbers = random.Random(3)
    publish(
        place,
        [comment(_thread(number), exactly(200, numbers), f"author {number}") for number in range(LISTED * _THREADS)],
    )
    if approved(place) != LISTED * _THREADS:
        message = f"the worker approved {approved(place)} of {LISTED * _THREADS} harmless comments"
        raise RuntimeError(message)


def copy_for_bare(place: Stack, port: int) -> None:
    """Give the baseline the same items, as the API shows them."""
    got: dict[int, bytes] = {}

    def keep(number: int, _status: int, body: bytes, _began: float) -> None:
        got[number] = body

    load.collect(port, [request_for(number) for number in range(_THREADS)], keep)
    with redis.Redis.from_url(place.redis_url) as client:
        for number, body in got.items():
            for item in msgspec.json.decode(body)["items"]:
                client.zadd(f"bare:{{{SITE}}}:t:{_thread(number)}", {item["id"]: 0})
                client.set(f"bare:{{{SITE}}}:c:{item['id']}", msgspec.json.encode(item))


def request_for(number: int) -> bytes:
    """Write a reader's request for a thread's first page."""
    return load.request("GET", _PATH + _thread(number))


def interleaved(place: Stack, options: Options) -> tuple[list[Round], list[Round]]:
    """Measure both sides in turns."""
    total, rounds = options.of(2000, 8000), options.of(3, 7)
    ours: list[Round] = []
    theirs: list[Round] = []
    with place.api(**NOTHING_KEPT) as api, place.bare() as bare:
        copy_for_bare(place, api.port)
        for server in (bare, api):
            load.hammer(server.port, request_for, total=1000, connections=CONNECTIONS).insist(200)
        for turn in range(rounds):
            sides = [(bare, theirs), (api, ours)]
            for server, found in sides if turn % 2 else reversed(sides):
                found.append(measured(server, place.redis, request_for, total=total, status=200))
    return ours, theirs


def measure(options: Options) -> Findings:
    """Measure reads of 20 comments at 64 connections, the bare handler and the product in turns."""
    with stack() as place:
        fill(place)
        ours, theirs = interleaved(place, options)
    product, bare = summary(ours), summary(theirs)
    return Findings(
        name="read",
        figures=(
            Figure(name="reads: throughput by the bare handler's", measured=ratio(ours, theirs), target=RATIO),
            Figure(name="reads: bare handler's CPU by the API's", measured=bare["cpu_us"] / product["cpu_us"]),
            Figure(name="reads a second", measured=product["rate"]),
            Figure(name="reads: API's CPU", measured=product["cpu_us"], unit="µs", better="less"),
            Figure(name="reads: p99 at 64 connections", measured=product["p99"], unit="ms", better="less"),
        ),
        detail={
            "product": product,
            "bare": bare,
            "rounds": {
                "product": [msgspec.structs.asdict(one) for one in ours],
                "bare": [msgspec.structs.asdict(one) for one in theirs],
            },
        },
    )


if __name__ == "__main__":
    findings.command(measure)()
