"""Whether reads and submissions depend on how much is stored: ten thousand, a hundred thousand, a million comments.

Comments are stored by the same scripts as by API and worker, in pipelines, past both. One thread of a hundred thousand
is among them: its last page has to come as fast as its first. Nothing is answered from memory.
"""

import asyncio
import multiprocessing
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import uvloop

from benchmarks import findings, load
from benchmarks.drawing import described
from benchmarks.filling import comment
from benchmarks.findings import Figure, Findings, Options
from benchmarks.processes import Watched
from benchmarks.stack import LANE, NOTHING_KEPT, SITE, Stack, stack
from benchmarks.submit import CONNECTIONS, Round, measured, posts
from benchmarks.texts import exactly
from service.api import cursors
from service.domain.comment import Comment
from service.domain.errors import StorageDown
from service.domain.moves import judged
from service.domain.orders import Move, SubmitOrder
from service.domain.policy import Verdict
from service.domain.scores import LABELS, Scores
from service.domain.site import Site
from service.settings import read_settings
from service.storage.keys import lane_keys
from service.wiring import open_house
from service.workflow.house import House, find_site

RATIO = 0.8
_CHARACTERS = 200
_OF_A_THREAD = 20
_LONG = "growth-long"
_TOGETHER = 512
_ENDS = 2_000
_TRIES = 50
_PAUSE_SECONDS = 0.2
_SCORES = Scores(labels=dict.fromkeys(LABELS[:6], 0.0123), classifier="embedded-fast", version="1", hash="0" * 12)
_FINE = Verdict(status="approved", look=False, reasons=())
_PATH = f"/v1/sites/{SITE}/comments?thread="


def _made(first: int, last: int, long: int) -> Iterator[Comment]:
    """Make comments by number; those of the long thread are the last ones."""
    numbers = random.Random(first)
    for number in range(first, last):
        thread = _LONG if number >= last - long else f"growth-{number // _OF_A_THREAD}"
        yield comment(thread, exactly(_CHARACTERS, numbers), f"author {number // 5}")


def fill(place: Stack, first: int, last: int, long: int) -> None:
    """Store approved comments from two processes, each with no more than a few hundred in memory."""
    middle = (first + last - long) // 2
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        halves = [pool.submit(_fill, place.env, first, middle, 0), pool.submit(_fill, place.env, middle, last, long)]
        for half in halves:
            half.result()
    with place.client() as client:
        # They were decided past the queue.
        for stream in lane_keys(LANE).streams:
            client.xtrim(stream, maxlen=0, approximate=False)


def _fill(env: dict[str, str], first: int, last: int, long: int) -> None:
    async def store() -> None:
        async with open_house(read_settings(env)) as house:
            site = await find_site(house, SITE)
            batch: list[Comment] = []
            for one in _made(first, last, long):
                batch.append(one)
                if len(batch) == _TOGETHER:
                    await _publish(house, site, batch)
                    batch = []
            await _publish(house, site, batch)

    uvloop.run(store())


async def _publish(house: House, site: Site, batch: list[Comment]) -> None:
    orders = [SubmitOrder(comment=one, url="https://bench.example/articles/one") for one in batch]
    await asyncio.gather(*(surely(lambda order=order: house.comments.submit(site, order)) for order in orders))  # type: ignore[misc]
    moves = [
        Move(before=one, after=judged(one, _FINE, _SCORES, by="filler", at=house.now(), policy_version=1))
        for one in batch
    ]
    await asyncio.gather(*(surely(lambda move=move: house.comments.move(site, move)) for move in moves))  # type: ignore[misc]


async def surely(write: Callable[[], Awaitable[object]]) -> None:
    """Write again until it is written: whoever writes twice finds their own work."""
    for _ in range(_TRIES):
        try:
            await write()
        except StorageDown:
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return
    raise TimeoutError


def _ends(place: Stack) -> dict[str, list[bytes]]:
    """Write requests for pages at both ends of the long thread, each with another cursor."""
    key = lane_keys(LANE).shown(SITE, _LONG)
    with place.client() as client:
        first = [one.decode() for one in client.zrangebylex(key, "-", "+", 0, _ENDS)]
        last = [one.decode() for one in client.zrevrangebylex(key, "+", "-", 21, _ENDS)]

    def pages(ids: list[str]) -> list[bytes]:
        made = (cursors.write(cursors.ListCursor(sort="oldest", id=one)) for one in ids)
        return [load.request("GET", f"{_PATH}{_LONG}&cursor={cursor}") for cursor in made]

    return {"first": pages(first), "last": pages(last)}


def _measured_at(place: Stack, api: Watched, stored: int, options: Options) -> dict[str, Round]:
    reads, writes = options.of(1_000, 6_000), options.of(1_000, 6_000)
    numbers = random.Random(stored)
    threads = [numbers.randrange(stored // _OF_A_THREAD) for _ in range(reads)]
    prepared = posts(place.key, 2_000)
    load.hammer(api.port, lambda n: prepared[n], total=500, connections=CONNECTIONS).insist(202)
    return {
        "read": measured(
            api,
            place.redis,
            lambda n: load.request("GET", f"{_PATH}growth-{threads[n]}"),
            total=reads,
            status=200,
        ),
        "submit": measured(api, place.redis, lambda n: prepared[n % 2_000], total=writes, status=202),
    }


def _paged(place: Stack, api: Watched, options: Options) -> dict[str, list[Round]]:
    """Read pages at both ends of the long thread, in turns."""
    ends, total = _ends(place), options.of(500, 3_000)
    found: dict[str, list[Round]] = {"first": [], "last": []}
    for turn in range(options.of(2, 5)):
        for end in ("first", "last") if turn % 2 else ("last", "first"):
            made = ends[end]
            found[end].append(
                measured(api, place.redis, lambda n, made=made: made[n % len(made)], total=total, status=200)  # type: ignore[misc]
            )
    return found


def _memory(place: Stack) -> int:
    with place.client() as client:
        return int(client.info("memory")["used_memory"])


def measure(options: Options) -> Findings:
    """Measure reads and submissions at three sizes, each ten times the last, and both ends of a long thread."""
    sizes = (500, 2_000, 8_000) if options.quick else (10_000, 100_000, 1_000_000)
    long = sizes[-1] // 10
    rows: list[dict[str, Any]] = []
    with stack(**NOTHING_KEPT) as place:
        empty, stored = _memory(place), 0
        for size in sizes:
            began = time.perf_counter()
            fill(place, stored, size, long if size == sizes[-1] else 0)
            seconds = time.perf_counter() - began
            used = (_memory(place) - empty) / size
            with place.api() as api:
                found = _measured_at(place, api, size, options)
            rows.append(
                {
                    "stored": size,
                    "filled_per_second": round((size - stored) / seconds),
                    "redis_bytes_each": round(used),
                    **{kind: _row(one) for kind, one in found.items()},
                }
            )
            stored = size
        with place.api() as api:
            ends = _paged(place, api, options)
    return _findings(rows, ends, sizes, long)


def _row(one: Round) -> dict[str, float]:
    return {"rate": one.rate, "cpu_us": one.cpu_us, "redis_us": one.redis_us, "p50_ms": one.p50, "p99_ms": one.p99}


def _work(row: dict[str, float]) -> float:
    return row["cpu_us"] + row["redis_us"]


def _findings(rows: list[dict[str, Any]], ends: dict[str, list[Round]], sizes: tuple[int, ...], long: int) -> Findings:
    smallest, largest = rows[0], rows[-1]
    cpu = {end: sum(one.cpu_us + one.redis_us for one in found) for end, found in ends.items()}
    words = {"read": "reads", "submit": "submissions"}
    panels = {
        "requests a second": {
            words[kind]: ([float(s) for s in sizes], [row[kind]["rate"] for row in rows]) for kind in words
        },
        "CPU of API and Redis, µs": {
            words[kind]: ([float(s) for s in sizes], [_work(row[kind]) for row in rows]) for kind in words
        },
        "p99, ms": {words[kind]: ([float(s) for s in sizes], [row[kind]["p99_ms"] for row in rows]) for kind in words},
    }
    return Findings(
        name="growth",
        figures=(
            *(
                Figure(
                    name=f"{words[kind]}: CPU at {sizes[0]:,} stored by that at {sizes[-1]:,}",
                    measured=_work(smallest[kind]) / _work(largest[kind]),
                    target=RATIO,
                )
                for kind in words
            ),
            Figure(
                name=f"first page by last page of {long:,} comments: CPU",
                measured=cpu["first"] / cpu["last"],
                target=RATIO,
            ),
            Figure(
                name=f"Redis for each of {sizes[-1]:,} comments",
                measured=largest["redis_bytes_each"],
                unit="bytes",
                better="less",
            ),
        ),
        detail={
            "sizes": rows,
            "ends": {end: [_row(one) for one in found] for end, found in ends.items()},
            "curves": described("As more is stored", "comments stored", panels, logarithmic=True),
        },
    )


if __name__ == "__main__":
    findings.command(measure)()
