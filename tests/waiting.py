"""Waiting on conditions, never on durations."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(condition: Callable[[], Found], *, seconds: float = 20.0, why: str = "the condition") -> Found:
    """Ask until the answer is true, and give it; fails when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"{why} did not come true within {seconds:g} s"
        time.sleep(0.02)
