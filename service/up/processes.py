"""One process that is kept running: started, watched, started again, stopped."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from service.up import tether
from service.up.backoff import Backoff
from service.up.orphans import PidFile
from service.up.output import Output, say

# A process that dies younger than this while everything starts has not begun its work.
QUICK_SECONDS = 2.0
# How processes say that they were told something impossible: no second try helps.
REFUSED_EXIT = 2
_KILLED_SECONDS = 5.0


@dataclass(frozen=True)
class Program:
    """What to run: the command, how long it may take to end, and how many quick deaths at the start are too many."""

    name: str
    command: tuple[str, ...]
    grace_seconds: float
    tries: int = 3


class Keeper:
    """The keeping of one program."""

    def __init__(self, program: Program, env: Mapping[str, str], output: Output, pids: PidFile) -> None:
        """Take the program, its environment, where its output goes and where it is noted."""
        self.program = program
        self.hopeless = asyncio.Event()
        self.output = output
        self.pid: int | None = None
        self._env = env
        self._pids = pids
        self._settled = False
        self._quick_deaths = 0
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self.output.rotate()
        self._task = asyncio.get_running_loop().create_task(self._keep())

    def settle(self) -> None:
        """Say that the start is over: from now on it is started again however often it dies."""
        self._settled = True

    async def _keep(self) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            since = time.monotonic()
            code = await self._run_once()
            alive = time.monotonic() - since
            if self._stopping.is_set() or self._give_up(code, alive):
                return
            wait = backoff.after(alive)
            say(f"{self.program.name} ended ({how(code)}) after {alive:.1f} s; it is started again in {wait:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)

    def _give_up(self, code: int, alive: float) -> bool:
        if self._settled:
            return False
        self._quick_deaths += alive < QUICK_SECONDS
        if self._quick_deaths >= self.program.tries or code == REFUSED_EXIT:
            self.hopeless.set()
        return self.hopeless.is_set()

    async def _run_once(self) -> int:
        tethered = (sys.executable, "-I", "-S", str(Path(tether.__file__)), str(os.getpid()), *self.program.command)
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop the processes in order.
        self._process = await asyncio.create_subprocess_exec(
            *tethered,
            env=self._env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._pids.add(self.program.name, self._process.pid)
        if self._process.stdout is None:
            message = "a pipe was asked for"
            raise RuntimeError(message)
        if self._stopping.is_set():
            self._signal(signal.SIGTERM)
        following = asyncio.get_running_loop().create_task(self.output.follow(self._process.stdout))
        code = await self._process.wait()
        self.pid = None
        self._pids.drop(self.program.name)
        # A child of its own (a rewrite of the append-only file) may hold the pipe open for longer.
        await asyncio.wait((following,), timeout=1.0)
        following.cancel()
        return code

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def stop(self, hurry: asyncio.Event) -> None:
        """End it: asked first, killed when its time is over or somebody is in a hurry."""
        self._stopping.set()
        if self._task is None:
            return
        self._signal(signal.SIGTERM)
        hurried = asyncio.get_running_loop().create_task(hurry.wait())
        await asyncio.wait(
            (self._task, hurried), timeout=self.program.grace_seconds, return_when=asyncio.FIRST_COMPLETED
        )
        hurried.cancel()
        if not self._task.done():
            say(f"{self.program.name} did not end within {self.program.grace_seconds:g} s and is killed")
            self._signal(signal.SIGKILL)
            await asyncio.wait((self._task,), timeout=_KILLED_SECONDS)


def how(code: int) -> str:
    """Say how a process ended."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
