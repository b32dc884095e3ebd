"""The two threads of a worker's classifier: one decides, one explains; neither may hang unseen."""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TypeVar

from service.domain.runbook import named
from workers.pace import Pace

_log = logging.getLogger(__name__)

# Work that takes this many claim times has hung: its claims would be renewed for ever.
HUNG_CLAIMS = 4
HUNG_EXIT = 70
_NICE = 10

Found = TypeVar("Found")


def _step_back() -> None:
    """Give a thread that nobody waits for the lower priority that Linux keeps per thread; elsewhere it has none."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


class Threads:
    """What runs in a thread runs in turn, in the order in which it came."""

    def __init__(self, claim_seconds: float) -> None:
        """Take how long a claim holds without renewal."""
        self._hung_seconds = HUNG_CLAIMS * claim_seconds
        self.pace = Pace()
        self._deciding = ThreadPoolExecutor(1, thread_name_prefix="classify")
        self._explaining = ThreadPoolExecutor(1, thread_name_prefix="explain", initializer=_step_back)

    async def decide(self, work: Callable[..., Found], *arguments: object) -> Found:
        """Run what somebody waits for."""
        return await self._run(self._deciding, work, arguments)

    async def timed(self, work: Callable[..., Found], *arguments: object) -> tuple[Found, float]:
        """Run what somebody waits for; says how many seconds it took, without those in which it waited for its turn."""

        def run() -> tuple[Found, float]:
            began = time.perf_counter()
            found = work(*arguments)
            return found, time.perf_counter() - began

        return await self.decide(run)

    async def explain(self, work: Callable[..., Found], *arguments: object) -> Found:
        """Run what may take long, beside what somebody waits for."""
        return await self._run(self._explaining, work, arguments)

    async def _run(self, thread: Executor, work: Callable[..., Found], arguments: tuple[object, ...]) -> Found:
        try:
            async with asyncio.timeout(self._hung_seconds):
                return await asyncio.get_running_loop().run_in_executor(thread, work, *arguments)
        except TimeoutError:
            # The thread cannot be ended, and while this process lives its claims would be renewed.
            _log.critical("the classifier hangs: this worker ends; see %s", named("worker-exits-70"))
            os._exit(HUNG_EXIT)
