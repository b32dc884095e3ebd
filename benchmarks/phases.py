"""Submissions at a rate for a while, with each answer's moment, status and time, and when it says to come back."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import uvloop

from benchmarks import load

_RETRY = re.compile(rb'"retry_after":(\d+)')
ACCEPTED = 202
CONNECTIONS = 1_500


@dataclass(frozen=True)
class Answer:
    """One answer: seconds since the phase began and since its request was due, and what a refusal says."""

    at: float
    status: int
    seconds: float
    retry_after: int | None


def submit_at(
    port: int, prepared: Sequence[bytes], *, rate: float, seconds: float, connections: int = CONNECTIONS
) -> list[Answer]:
    """Send submissions at a rate, whether or not the answers come; raises TimeoutError when they stay away."""
    answers: list[Answer] = []
    moments: list[tuple[float, float]] = []

    def seen(_number: int, status: int, body: bytes, due: float) -> None:
        now = time.perf_counter()
        said = _RETRY.search(body) if status != ACCEPTED else None
        moments.append((now, due))
        answers.append(Answer(0.0, status, now - due, int(said[1]) if said else None))

    uvloop.run(
        load.send(
            port,
            lambda number: prepared[number % len(prepared)],
            total=int(rate * seconds),
            connections=connections,
            rate=rate,
            seen=seen,
        )
    )
    # From the first request, not from the first connection.
    began = min((due for _, due in moments), default=0.0)
    return [replace(one, at=now - began) for one, (now, _) in zip(answers, moments, strict=True)]


def accepted(answers: Sequence[Answer]) -> list[float]:
    """Give the seconds that accepted ones took."""
    return [one.seconds for one in answers if one.status == ACCEPTED]


def windows(answers: Sequence[Answer], width: float) -> list[list[Answer]]:
    """Cut a phase into windows of some seconds each."""
    last = max((one.at for one in answers), default=0.0)
    cut: list[list[Answer]] = [[] for _ in range(int(last / width) + 1)]
    for one in answers:
        cut[int(one.at / width)].append(one)
    return cut
