"""Whether a neighbour holds up a site's comments: one that floods, and one that imports a hundred thousand.

The neighbour's comments are put into the storage as the API would, past every limit of the API; the site's own go
through the API at a steady rate and are awaited on an open event stream. One worker serves the lane.
"""

import asyncio
import time
from collections.abc import Callable

import uvloop

from benchmarks import findings, load
from benchmarks.drawing import described
from benchmarks.filling import comment, queue, waiting
from benchmarks.findings import Figure, Findings, Options
from benchmarks.listening import listen
from benchmarks.processes import Watched
from benchmarks.stack import CLASSIFIER, LANE, Stack, stack
from benchmarks.submit import posts
from benchmarks.texts import generated
from service.domain.work import StreamName
from service.wiring import open_house
from service.workflow.sites import add_site, default_policy

NEIGHBOUR = "quiet"
P99_MS = 500.0
RATE = 20.0
_THREADS = 10
_WARM = 100
_LATE_SECONDS = 30.0


async def _add_neighbour(place: Stack) -> str:
    async with open_house(place.settings) as house:
        _, key = await add_site(
            house,
            NEIGHBOUR,
            origins=("https://quiet.example",),
            languages=("en",),
            lane=LANE,
            policy=default_policy(CLASSIFIER),
        )
        return key


async def _visible(api: Watched, key: str, total: int, busy: Callable[[], bool]) -> list[float]:
    """Submit the quiet site's comments one by one and give the seconds until each was visible.

    Only what was submitted while the neighbour's work was still waiting counts.
    """
    sent: dict[bytes, tuple[float, bool]] = {}
    seen: dict[bytes, float] = {}

    def approved(one: bytes, now: float) -> None:
        seen.setdefault(one, now)

    listeners = [
        await listen(api.port, f"/v1/sites/{NEIGHBOUR}/stream?thread=article-{number}", approved)
        for number in range(_THREADS)
    ]
    prepared = [post.replace(b"/v1/sites/bench/", f"/v1/sites/{NEIGHBOUR}/".encode()) for post in _posts(key, total)]

    def answered(_number: int, _status: int, body: bytes, began: float) -> None:
        sent[body[7:43]] = (began, busy())

    outcome = await load.send(
        api.port, lambda number: prepared[number], total=total, connections=8, rate=RATE, seen=answered
    )
    outcome.insist(202)
    deadline = time.monotonic() + _LATE_SECONDS
    while len(seen) < total and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    for listener in listeners:
        listener.close()
    late = deadline + _LATE_SECONDS
    return [seen.get(one, late) - began for one, (began, counts) in sent.items() if counts]


def _posts(key: str, total: int) -> list[bytes]:
    # Ten threads are listened to.
    made = [post for post in posts(key, 20 * total) if any(f'"article-{n}"'.encode() in post for n in range(_THREADS))]
    return made[:total]


def _beside(place: Stack, api: Watched, key: str, options: Options, neighbours: tuple[int, StreamName]) -> list[float]:
    """Measure beside a neighbour with so many comments in a stream."""
    count, stream = neighbours
    total = options.of(60, 400)
    texts = list(generated(count or _WARM))
    queue(place, [comment(f"flood-{n % 500}", text, f"author {n}") for n, text in enumerate(texts)], stream=stream)
    with place.worker():
        # Until it decides, it starts: that is not what is measured.
        while waiting(place) > max(0, count - _WARM):
            time.sleep(0.01)
        took = uvloop.run(_visible(api, key, total, lambda: not count or waiting(place) > 0))
        deadline = time.monotonic() + 600
        while waiting(place) and time.monotonic() < deadline:
            time.sleep(0.1)
    return took


def measure(options: Options) -> Findings:
    """Measure submission to visible on one site: alone, beside a flood of 20,000 and beside an import of 100,000."""
    flood, bulk = options.of(3_000, 20_000), options.of(5_000, 100_000)
    found: dict[str, list[float]] = {}
    with stack() as place:
        key = asyncio.run(_add_neighbour(place))
        with place.api() as api:
            found["alone"] = _beside(place, api, key, options, (0, "live"))
            found[f"beside a flood of {flood:,}"] = _beside(place, api, key, options, (flood, "live"))
            found[f"beside an import of {bulk:,}"] = _beside(place, api, key, options, (bulk, "bulk"))
    shares = [share / 100 for share in range(100)]
    return Findings(
        name="fairness",
        figures=tuple(
            Figure(
                name=f"submission to visible, {name}: p99",
                measured=load.percentile(took, 0.99) * 1000,
                unit="ms",
                target=None if name == "alone" else P99_MS,
                better="less",
            )
            for name, took in found.items()
        ),
        detail={
            "p50_ms": {name: load.percentile(took, 0.5) * 1000 for name, took in found.items()},
            "counted": {name: len(took) for name, took in found.items()},
            "curves": described(
                "A site's comments beside a neighbour's",
                "share of the comments",
                {
                    "submission to visible, ms": {
                        name: (shares, [load.percentile(took, share) * 1000 for share in shares])
                        for name, took in found.items()
                    }
                },
            ),
        },
    )


if __name__ == "__main__":
    findings.command(measure)()
