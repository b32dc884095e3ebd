"""What a comment costs in Redis with every index, and what the processes cost."""

import random
import time
from collections import Counter
from typing import Any

from benchmarks import findings, load
from benchmarks.filling import approved, await_empty, comment, publish
from benchmarks.findings import Figure, Findings, Options
from benchmarks.read import request_for
from benchmarks.stack import LANE, SITE, Stack, stack
from benchmarks.submit import CONNECTIONS, posts
from benchmarks.texts import exactly
from service.storage.keys import lane_keys

BYTES = 1_500.0
API_MB = 120.0
WORKER_MB = 150.0
_THREADS = 200
_CHARACTERS = 200
_SETTLE_SECONDS = 1.0


def _used(place: Stack) -> int:
    with place.client() as client:
        client.memory_purge()
        time.sleep(_SETTLE_SECONDS)
        return int(client.info("memory")["used_memory"])


def _expire_idempotency(place: Stack) -> None:
    """Do at once what 24 hours do."""
    with place.client() as client:
        for key in client.scan_iter(lane_keys(LANE).idempotency(SITE, "*"), count=1000):
            client.unlink(key)


def bytes_each(count: int, *, per_author: int) -> dict[str, Any]:
    """Publish comments through a worker and see what Redis grew by; also what each kind of key takes."""
    numbers = random.Random(4)
    with stack() as place:
        # The site, the groups and the scripts are there before and after.
        publish(place, [comment(f"t-{number}", exactly(_CHARACTERS, numbers), "first") for number in range(_THREADS)])
        _expire_idempotency(place)
        before, known = _used(place), approved(place)
        made = [
            comment(f"t-{number % _THREADS}", exactly(_CHARACTERS, numbers), f"author {number // per_author}")
            for number in range(count)
        ]
        publish(place, made)
        _expire_idempotency(place)
        grown, shown = _used(place) - before, approved(place) - known
        if shown != count:
            message = f"the worker approved {shown} of {count} harmless comments"
            raise RuntimeError(message)
        return {"bytes": grown / count, "by_kind": _by_kind(place, count + _THREADS)}


def _by_kind(place: Stack, count: int) -> dict[str, float]:
    """Add up MEMORY USAGE by the kind of key; the rest of a comment's bytes is the dictionary of all keys."""
    kinds: Counter[str] = Counter()
    prefix = lane_keys(LANE).prefix
    with place.client() as client:
        for key in client.scan_iter(count=1000):
            kind = key.decode().removeprefix(prefix).partition(":")[0]
            kinds[kind] += int(client.memory_usage(key, samples=0) or 0)
    return {kind: round(size / count, 1) for kind, size in kinds.most_common(8)}


def processes(options: Options) -> dict[str, float]:
    """Work the API and a worker hard and read their proportional set sizes, before and after."""
    total = options.of(2000, 10_000)
    with stack() as place, place.api() as api, place.worker() as worker:
        prepared = posts(place.key, 1000)
        idle = {"api_idle_mb": api.memory_mb()}
        load.hammer(api.port, lambda number: prepared[number % 1000], total=total, connections=CONNECTIONS).insist(202)
        load.hammer(api.port, request_for, total=total, connections=CONNECTIONS).insist(200)
        await_empty(place, worker)
        return {**idle, "api_mb": api.memory_mb(), "worker_mb": worker.memory_mb()}


def measure(options: Options) -> Findings:
    """Measure Redis's bytes for an approved 200-character comment, and the processes' memory after work."""
    count = options.of(4000, 20_000)
    one, five = bytes_each(count, per_author=1), bytes_each(count, per_author=5)
    sizes = processes(options)
    return Findings(
        name="memory",
        figures=(
            Figure(
                name="Redis for an approved comment, each of another author",
                measured=one["bytes"],
                unit="bytes",
                target=BYTES,
                better="less",
            ),
            Figure(
                name="Redis for an approved comment, five of each author",
                measured=five["bytes"],
                unit="bytes",
                better="less",
            ),
            Figure(name="API: memory (PSS)", measured=sizes["api_mb"], unit="MB", target=API_MB, better="less"),
            Figure(
                name="worker: memory (PSS)", measured=sizes["worker_mb"], unit="MB", target=WORKER_MB, better="less"
            ),
        ),
        detail={"one_comment_an_author": one, "five_comments_an_author": five, "processes": sizes, "comments": count},
    )


if __name__ == "__main__":
    findings.command(measure)()
