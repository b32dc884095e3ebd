"""Where submissions stand while there is a crowd, so that refusing them does not hold up those who were let in.

Reading a request and refusing it takes some 40 µs: a loop that finds a thousand of them readable at once is away
for 40 ms, three times for everyone inside: until a script leaves, until its answer is read, until that is written.
So what comes is only set aside, and a little of it is looked at in each turn of the loop.
"""

import asyncio
import time
from collections import deque
from typing import Protocol

TURN_SECONDS = 0.001


class Standing(Protocol):
    """Who stands in the line."""

    def proceed(self) -> None:
        """Have what was set aside refused or let in."""
        ...


class Line:
    """First come, first looked at."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._standing: deque[Standing] = deque()

    def join(self, who: Standing) -> None:
        """Stand at the end."""
        self._standing.append(who)
        if len(self._standing) == 1:
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        until = time.perf_counter() + TURN_SECONDS
        while self._standing:
            # Left in the line meanwhile, so that whoever joins during it makes no second turn.
            self._standing[0].proceed()
            self._standing.popleft()
            if time.perf_counter() >= until and self._standing:
                asyncio.get_running_loop().call_soon(self._turn)
                return
