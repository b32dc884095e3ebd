"""How long a text that is not stored takes from the question to its scores, past the queue."""

import json
import math
import random
import time
from collections.abc import Sequence

from benchmarks import findings, load
from benchmarks.filling import comment, queue, waiting
from benchmarks.findings import Figure, Findings, Options
from benchmarks.stack import Stack, stack
from benchmarks.texts import comments, exactly
from workers.classifiers.embedded import Embedded
from workers.classifiers.embedded_fast import EmbeddedFast

P99_MS = 100.0
SHARE = 0.6
FAST_RATE = 200.0
# The last is the most that a question may have.
_LENGTHS = (100, 378, 2_000, 10_000, 20_480)
_TOGETHER = 4
# Few enough that none stays idle until the API closes it.
_OPEN = 16


def _questions(place: Stack, texts: Sequence[str]) -> list[bytes]:
    # No two alike: what was just scored would be answered from memory.
    headers = [("authorization", f"Bearer {place.key}")]
    bodies = [json.dumps({"texts": [f"{number} {text}"], "deadline_ms": 5000}) for number, text in enumerate(texts)]
    return [load.request("POST", "/v1/score", body=body.encode(), headers=headers) for body in bodies]


def _asked(port: int, questions: Sequence[bytes], *, rate: float | None = None) -> load.Outcome:
    connections = _TOGETHER if rate is None else _OPEN
    return load.hammer(
        port, lambda number: questions[number], total=len(questions), connections=connections, rate=rate
    ).insist(200)


def _measured(classifier: str, texts: Sequence[str], rate: float | None, *, behind: bool = False) -> dict[str, float]:
    """Ask at a rate, or at a share of what is found to be the capacity; `behind` with a queue that never empties."""
    third = len(texts) // 3
    with stack(classifier) as place, place.api() as api:
        questions = _questions(place, texts)
        if behind:
            queue(place, [comment(f"full-{n % 50}", text, f"author {n}") for n, text in enumerate([*texts] * 3)])
        with place.worker():
            _await_worker(api.port, place)
            capacity = _asked(api.port, questions[:third]).rate
            outcome = _asked(api.port, questions[third:], rate=rate or SHARE * capacity)
            return {
                "capacity": capacity,
                "rate": outcome.rate,
                "p50_ms": outcome.percentile_ms(0.50),
                "p99_ms": outcome.percentile_ms(0.99),
                "left_in_queue": waiting(place) if behind else 0,
            }


def _await_worker(port: int, place: Stack) -> None:
    (ready,) = _questions(place, ["Is anybody there?"])
    while load.hammer(port, lambda _number: ready, total=1, connections=1).statuses[200] == 0:
        pass


def lengths() -> dict[str, dict[str, float]]:
    """Measure the CPU milliseconds that one text costs by its length in characters, the best of five."""
    numbers = random.Random(3)
    found: dict[str, dict[str, float]] = {}
    for classifier in (Embedded.load(), EmbeddedFast.load()):
        classifier.score(["Warm up."])
        found[classifier.name] = {}
        for length in _LENGTHS:
            text, best = exactly(length, numbers), math.inf
            for _ in range(5):
                began = time.process_time()
                classifier.score([text])
                best = min(best, time.process_time() - began)
            found[classifier.name][str(length)] = round(best * 1000, 1)
    return found


def measure(options: Options) -> Findings:
    """Measure `embedded` at 60 % of capacity, alone and beside a full queue, and `embedded-fast` at 200 a second."""
    texts, what = comments(options.data, options.of(150, 900))
    many, _ = comments(options.data, options.of(900, 6000))
    runs = {
        "embedded": _measured("embedded", texts, None),
        "embedded, queue full": _measured("embedded", texts, None, behind=True),
        "embedded-fast": _measured("embedded-fast", many, FAST_RATE),
    }
    return Findings(
        name="express",
        figures=tuple(
            Figure(
                name=f"score without storing, {name}: p99",
                measured=run["p99_ms"],
                unit="ms",
                target=P99_MS,
                better="less",
            )
            for name, run in runs.items()
        ),
        detail={"runs": runs, "cpu_ms_by_length": lengths()},
        notes=(what,),
    )


if __name__ == "__main__":
    findings.command(measure)()
