"""How fast one `embedded-fast` worker drains a queue of real comments, and where the time goes."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from benchmarks import findings
from benchmarks.filling import await_empty, await_first_batch, comment, queue
from benchmarks.findings import Figure, Findings, Options
from benchmarks.stack import SITE, Stack, stack
from benchmarks.texts import comments
from service.storage.keys import lane_keys

PER_SECOND = 2_500.0
_THREADS = 200
_LANE = "main"
# Which part of the work a place in the code belongs to, by how its name begins; the first that fits.
_GROUPS = (
    ("classifier: normaliser", "service/domain/text.py"),
    ("classifier: n-grams and weights", "workers/classifiers/"),
    ("language check", "service/language.py"),
    ("policy and verdict", "service/domain/"),
    ("policy and verdict", "service/workflow/"),
    ("policy and verdict", "workers/judge.py"),
    ("storage: records", "service/storage/codec.py"),
    ("storage: scripts and pipelines", "service/storage/link.py"),
    ("storage: decision", "service/storage/comments.py"),
    ("storage: queue and context", "service/storage/"),
    ("consumer loop", "workers/"),
    ("redis-py outside a call of ours", "redis"),
    ("event loop", "asyncio"),
)


def grouped(seconds: Mapping[str, float]) -> dict[str, float]:
    """Add up a profile by group, as percentages, the largest first."""
    groups: dict[str, float] = defaultdict(float)
    for place, used in seconds.items():
        groups[next((group for group, start in _GROUPS if place.startswith(start)), "rest")] += used
    whole = sum(groups.values()) or 1.0
    return {group: round(100 * used / whole, 1) for group, used in sorted(groups.items(), key=lambda pair: -pair[1])}


def _fill(place: Stack, texts: list[str]) -> None:
    made = [comment(f"drain-{number % _THREADS}", text, f"author {number}") for number, text in enumerate(texts)]
    queue(place, made)


def drained(place: Stack, texts: list[str]) -> dict[str, Any]:
    """Queue the texts, start a worker and time it from its first batch to its last decision."""
    _fill(place, texts)
    with place.worker() as worker:
        await_first_batch(place)
        began, cpu, redis_cpu = time.perf_counter(), worker.cpu_seconds(), place.redis.cpu_seconds()
        await_empty(place, worker)
        seconds = time.perf_counter() - began
        return {
            "per_second": len(texts) / seconds,
            "worker_cpu_us": (worker.cpu_seconds() - cpu) * 1e6 / len(texts),
            "redis_cpu_us": (place.redis.cpu_seconds() - redis_cpu) * 1e6 / len(texts),
            "worker_pss_mb": worker.memory_mb(),
        }


def profile(place: Stack, texts: list[str]) -> dict[str, float]:
    """Drain the texts once more under the profiler; gives CPU seconds by place in the code."""
    _fill(place, texts)
    output = place.folder / "worker-profile.json"
    with place.worker(profile=output) as worker:
        await_empty(place, worker)
    found: dict[str, float] = json.loads(output.read_text(encoding="utf-8"))
    return found


def measure(options: Options) -> Findings:
    """Measure a drain of 20,000 queued comments by one worker, three times, and profile a fourth."""
    texts, what = comments(options.data, options.of(3000, 20_000))
    with stack() as place:
        runs = [drained(place, texts) for _ in range(options.of(1, 3))]
        seconds = profile(place, texts)
        with place.client() as client:
            keys = lane_keys(_LANE)
            ended = {s: int(client.zcard(keys.status(SITE, s))) for s in ("approved", "held", "rejected", "pending")}
    best = sorted(runs, key=lambda run: float(run["per_second"]))[len(runs) // 2]
    per_text = 1e6 / len(texts)
    return Findings(
        name="drain",
        figures=(
            Figure(name="drain: comments a second", measured=best["per_second"], target=PER_SECOND),
            Figure(name="drain: worker's CPU a comment", measured=best["worker_cpu_us"], unit="µs", better="less"),
            Figure(name="drain: Redis's CPU a comment", measured=best["redis_cpu_us"], unit="µs", better="less"),
        ),
        detail={
            "runs": runs,
            "ended": ended,
            "mean_characters": round(sum(map(len, texts)) / len(texts)),
            "worker_cpu_percent": grouped(seconds),
            "worker_cpu_us_by_place": {place: round(used * per_text, 1) for place, used in list(seconds.items())[:40]},
        },
        notes=(what,),
    )


if __name__ == "__main__":
    findings.command(measure)()
