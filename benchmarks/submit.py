"""How many submissions the API accepts beside the bare handler, and what one costs."""

import random
import statistics
import time
from collections.abc import Sequence

import msgspec

from benchmarks import findings, load
from benchmarks.findings import Figure, Findings, Options
from benchmarks.processes import Watched
from benchmarks.stack import SITE, Stack, stack
from benchmarks.texts import exactly

CONNECTIONS = 64
RATIO = 0.80
P99_MS = 60.0
_PATH = f"/v1/sites/{SITE}/comments"
THREADS = 200


class Round(msgspec.Struct, frozen=True):
    """One side's share of a round: requests a second, the server's and Redis's CPU µs a request, latencies in ms."""

    rate: float
    cpu_us: float
    redis_us: float
    p50: float
    p99: float


def measured(server: Watched, redis: Watched, make: load.Make, *, total: int, status: int) -> Round:
    """Send requests to one side as fast as it answers; any other status than the expected one is an error."""
    cpu, redis_cpu = server.cpu_seconds(), redis.cpu_seconds()
    outcome = load.hammer(server.port, make, total=total, connections=CONNECTIONS).insist(status)
    return Round(
        rate=outcome.rate,
        cpu_us=(server.cpu_seconds() - cpu) * 1e6 / total,
        redis_us=(redis.cpu_seconds() - redis_cpu) * 1e6 / total,
        p50=outcome.percentile_ms(0.50),
        p99=outcome.percentile_ms(0.99),
    )


def summary(rounds: Sequence[Round]) -> dict[str, float]:
    """Give the median of each column."""
    rows = [msgspec.structs.asdict(one) for one in rounds]
    return {name: round(statistics.median(row[name] for row in rows), 2) for name in rows[0]}


def ratio(product: Sequence[Round], bare: Sequence[Round]) -> float:
    """Give the median over the rounds of one side's rate by the other's in the same round."""
    return statistics.median(ours.rate / theirs.rate for ours, theirs in zip(product, bare, strict=True))


def posts(key: str, count: int) -> list[bytes]:
    """Write submissions of 200 characters with the site's key, over 200 threads."""
    numbers = random.Random(2)
    bodies = [
        {
            "thread": f"article-{number % THREADS}",
            "author": {"name": "Robin Reader", "device": f"{numbers.getrandbits(128):032x}"},
            "body": exactly(200, numbers),
        }
        for number in range(count)
    ]
    headers = [("authorization", f"Bearer {key}")]
    return [load.request("POST", _PATH, body=msgspec.json.encode(body), headers=headers) for body in bodies]


def _with_key(post: bytes, number: int) -> bytes:
    head, _, rest = post.partition(b"\r\n")
    return head + b"\r\nidempotency-key: %032x\r\n" % (number + time.time_ns()) + rest


def interleaved(place: Stack, options: Options) -> tuple[list[Round], list[Round], Round]:
    """Measure both sides in turns, then the product with an Idempotency-Key on each request."""
    total, rounds = options.of(1500, 6000), options.of(3, 7)
    prepared = posts(place.key, 2000)
    ours: list[Round] = []
    theirs: list[Round] = []

    def make(number: int) -> bytes:
        return prepared[number % len(prepared)]

    with place.api() as api, place.bare() as bare:
        for server in (bare, api):
            load.hammer(server.port, make, total=1000, connections=CONNECTIONS).insist(202)
        for turn in range(rounds):
            sides = [(bare, theirs), (api, ours)]
            for server, found in sides if turn % 2 else reversed(sides):
                found.append(measured(server, place.redis, make, total=total, status=202))
        keyed = measured(api, place.redis, lambda number: _with_key(make(number), number), total=total, status=202)
    return ours, theirs, keyed


def measure(options: Options) -> Findings:
    """Measure accepted submissions at 64 connections, the bare handler and the product in turns."""
    with stack() as place:
        ours, theirs, keyed = interleaved(place, options)
    product, bare = summary(ours), summary(theirs)
    return Findings(
        name="submit",
        figures=(
            Figure(name="submissions: throughput by the bare handler's", measured=ratio(ours, theirs), target=RATIO),
            Figure(name="submissions: bare handler's CPU by the API's", measured=bare["cpu_us"] / product["cpu_us"]),
            Figure(name="submissions a second", measured=product["rate"]),
            Figure(name="submissions: API's CPU", measured=product["cpu_us"], unit="µs", better="less"),
            Figure(name="submissions: p50 at 64 connections", measured=product["p50"], unit="ms", better="less"),
            Figure(
                name="submissions: p99 at 64 connections",
                measured=product["p99"],
                unit="ms",
                target=P99_MS,
                better="less",
            ),
        ),
        detail={
            "product": product,
            "bare": bare,
            "product_with_idempotency_key": msgspec.structs.asdict(keyed),
            "rounds": {
                "product": [msgspec.structs.asdict(one) for one in ours],
                "bare": [msgspec.structs.asdict(one) for one in theirs],
            },
        },
    )


if __name__ == "__main__":
    findings.command(measure)()
