"""Whoever stands in line is looked at in order, a little in each turn of the loop."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from service.api.line import TURN_SECONDS, Line


class One:
    """Somebody in the line."""

    def __init__(self, done: Callable[[], object]) -> None:
        self._done = done

    def proceed(self) -> None:
        self._done()


async def test_everyone_is_looked_at_in_order() -> None:
    line, seen = Line(), list[int]()
    for number in range(100):
        line.join(One(partial(seen.append, number)))
    assert seen == [], "nobody is looked at while others are still read"
    while len(seen) < 100:
        await asyncio.sleep(0)
    assert seen == list(range(100))


async def test_others_have_their_turn_in_between() -> None:
    line, seen = Line(), list[str]()

    def slow() -> None:
        until = time.perf_counter() + 2 * TURN_SECONDS
        while time.perf_counter() < until:
            pass
        seen.append("looked at")

    for _ in range(3):
        line.join(One(slow))
    while seen.count("looked at") < 3:
        seen.append("another's turn")
        await asyncio.sleep(0)
    assert seen == ["another's turn", "looked at"] * 3


async def test_who_joins_during_a_turn_is_looked_at_too() -> None:
    line, seen = Line(), list[str]()
    line.join(One(lambda: line.join(One(lambda: seen.append("second")))))
    while not seen:
        await asyncio.sleep(0)
    line.join(One(lambda: seen.append("later")))
    while len(seen) < 2:
        await asyncio.sleep(0)
    assert seen == ["second", "later"]
