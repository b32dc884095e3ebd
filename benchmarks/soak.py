"""Ten minutes at 70 % of what the whole takes: memory and latency at the end beside those at the beginning.

The limit is that of API and one worker together: submissions as fast as answers come, until the last is decided. Redis
keeps what is submitted, so that its memory is counted by comment.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks import findings, load
from benchmarks.drawing import described
from benchmarks.filling import waiting
from benchmarks.findings import Figure, Findings, Options
from benchmarks.phases import ACCEPTED, Answer, accepted, submit_at, windows
from benchmarks.processes import Watched
from benchmarks.stack import LANE, SITE, Stack, stack
from benchmarks.submit import CONNECTIONS, posts
from service.storage.keys import lane_keys

SHARE = 0.7
DRIFT = 1.25
GROWTH = 1.05
_WARM_SECONDS = 0.1
_SAMPLES = 60
# Other work on the machine only ever makes a window slower: what the product does of itself shows in the quiet ones.
_FLOOR = 0.25


@dataclass
class Samples(threading.Thread):
    """Memory of the processes, looked at every so often while the load runs."""

    place: Stack
    watched: dict[str, Watched]
    every: float
    rows: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin the clock."""
        super().__init__(daemon=True)
        self.over = threading.Event()

    def __hash__(self) -> int:
        """Threads are kept in sets."""
        return id(self)

    def run(self) -> None:
        """Look until told to stop."""
        began = time.monotonic()
        keys = lane_keys(LANE)
        with self.place.client() as client:
            while not self.over.wait(self.every):
                stored = sum(
                    int(client.zcard(keys.status(SITE, s))) for s in ("approved", "held", "rejected", "pending")
                )
                self.rows.append(
                    {
                        "at": time.monotonic() - began,
                        "stored": stored,
                        "waiting": waiting(self.place),
                        "redis_mb": int(client.info("memory")["used_memory"]) / 1e6,
                        **{name: one.memory_mb() for name, one in self.watched.items()},
                    }
                )


def _limit(place: Stack, api: Watched, prepared: list[bytes], options: Options) -> float:
    """Measure how many submissions a second API and worker take together, to the last decision."""
    total = options.of(2_000, 20_000)
    began = time.perf_counter()
    load.hammer(api.port, lambda n: prepared[n % len(prepared)], total=total, connections=CONNECTIONS).insist(ACCEPTED)
    while waiting(place):
        time.sleep(0.02)
    return total / (time.perf_counter() - began)


def _thirds(values: list[float], share: float = 0.5) -> tuple[float, float]:
    """Give the medians (or another share) of the first third, after the warm-up, and of the last third."""
    warm = values[int(len(values) * _WARM_SECONDS) :]
    third = max(1, len(warm) // 3)
    return load.percentile(warm[:third], share), load.percentile(warm[-third:], share)


def _by_stored(rows: list[dict[str, float]]) -> float:
    """Give what a comment took of Redis in the last two thirds of the run, by what one took in the first."""
    third = rows[len(rows) // 3]
    first, last = rows[0], rows[-1]

    def each(a: dict[str, float], b: dict[str, float]) -> float:
        return (b["redis_mb"] - a["redis_mb"]) * 1e6 / max(1.0, b["stored"] - a["stored"])

    return each(third, last) / max(each(first, third), 1e-9)


def measure(options: Options) -> Findings:
    """Measure 600 seconds (20 with --quick) of submissions at 70 % of the limit, with one worker."""
    seconds = options.of(20, 600)
    with stack() as place, place.api() as api, place.worker() as worker:
        prepared = posts(place.key, 2_000)
        load.hammer(api.port, lambda n: prepared[n], total=1_000).insist(ACCEPTED)
        while waiting(place):
            time.sleep(0.02)
        limit = _limit(place, api, prepared, options)
        samples = Samples(place, {"api_mb": api, "worker_mb": worker}, seconds / _SAMPLES)
        samples.start()
        answers = submit_at(api.port, prepared, rate=SHARE * limit, seconds=seconds, connections=CONNECTIONS)
        samples.over.set()
        samples.join()
    return _findings(limit, answers, samples.rows, seconds)


def _findings(limit: float, answers: list[Answer], rows: list[dict[str, float]], seconds: int) -> Findings:
    width = seconds / _SAMPLES
    cut = [accepted(window) for window in windows(answers, width)]
    p50, p99 = ([load.percentile(took, share) * 1000 for took in cut] for share in (0.5, 0.99))
    at = [row["at"] for row in rows]
    drift = {name: _thirds(values, _FLOOR) for name, values in (("p50", p50), ("p99", p99))}
    medians = {name: _thirds(values) for name, values in (("p50", p50), ("p99", p99))}
    memory = {name: _thirds([row[name] for row in rows]) for name in ("api_mb", "worker_mb")}
    xs = [number * width for number in range(len(cut))]
    lines: dict[str, Any] = {
        "latency, ms": {"p50": (xs, p50), "p99": (xs, p99)},
        "memory (PSS), MB": {
            "API": (at, [row["api_mb"] for row in rows]),
            "worker": (at, [row["worker_mb"] for row in rows]),
        },
        "Redis, MB": {"used memory": (at, [row["redis_mb"] for row in rows])},
        "waiting": {"queue entries": (at, [row["waiting"] for row in rows])},
    }
    refused = sum(1 for one in answers if one.status != ACCEPTED)
    return Findings(
        name="soak",
        figures=(
            Figure(name="submissions a second that API and one worker take", measured=limit),
            Figure(name=f"of {len(answers):,} at 70 %, refused", measured=refused, target=0.0, better="less"),
            *(
                Figure(
                    name=f"{name} of the quietest quarter of windows at the end by that at the beginning",
                    measured=late / max(early, 1e-9),
                    target=DRIFT,
                    better="less",
                )
                for name, (early, late) in drift.items()
            ),
            *(
                Figure(
                    name=f"{name} of all windows at the end by that at the beginning", measured=late / max(early, 1e-9)
                )
                for name, (early, late) in medians.items()
            ),
            *(
                Figure(
                    name=f"{name}'s memory at the end by that at the beginning",
                    measured=memory[key][1] / memory[key][0],
                    target=GROWTH,
                    better="less",
                )
                for name, key in (("API", "api_mb"), ("worker", "worker_mb"))
            ),
            Figure(
                name="Redis for a comment at the end by that at the beginning",
                measured=_by_stored(rows),
                target=GROWTH,
                better="less",
            ),
        ),
        detail={
            "seconds": seconds,
            "rate": SHARE * limit,
            "p50_ms": drift["p50"],
            "p99_ms": drift["p99"],
            "samples": rows,
            "curves": described(f"{seconds} seconds at 70 % of the limit", "seconds", lines),
        },
    )


if __name__ == "__main__":
    findings.command(measure)()
