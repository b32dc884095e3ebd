"""Processes as they run in production: started, awaited by what they do, ended by their own pid."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
SECRET = "a-secret-for-tests-that-is-long-enough-to-sign"
START_SECONDS = 30.0
_LISTENING = re.compile(r"running on (http://127\.0\.0\.1:\d+)")


def wait_until(condition: Callable[[], object], what: str, *, seconds: float = START_SECONDS) -> None:
    """Wait for a condition; fails with what it was after far longer than it should take."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            message = f"waited {seconds:.0f} s for: {what}"
            raise TimeoutError(message)
        time.sleep(0.02)


class Service:
    """One process with its log; after `kill` or `stop` it can be started again."""

    def __init__(self, command: Sequence[str], log: Path, env: Mapping[str, str]) -> None:
        """Take the command, the file for its output and what its environment has beside PATH."""
        self._command = [sys.executable, *command]
        self._log = log
        self._env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(log.parent), **env}
        self._process: subprocess.Popen[bytes] | None = None
        self._from = 0

    def start(self) -> None:
        """Start; returns at once."""
        self._from = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=self._env
            )

    @property
    def pid(self) -> int:
        """Give the id of the running process."""
        assert self._process is not None
        return self._process.pid

    def output(self) -> str:
        """Read what the process has said since it was started."""
        return self._log.read_bytes()[self._from :].decode(errors="replace")

    def alive(self) -> bool:
        """Tell whether it runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """End it in good order; returns its exit code."""
        return self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self.alive():
            self._process.send_signal(number)
        code = self._process.wait(START_SECONDS)
        self._process = None
        return code

    def wait(self) -> int:
        """Wait for its own end; returns its exit code."""
        assert self._process is not None
        return self._process.wait(START_SECONDS)


def environment(redis_url: str, **more: str) -> dict[str, str]:
    """Make the environment of a process."""
    return {"GATEPOST_REDIS_URL": redis_url, "GATEPOST_SECRET": SECRET, "GATEPOST_CLASSIFIER": "toy", **more}


class ApiProcess(Service):
    """`python -m service.api`."""

    def __init__(self, redis_url: str, log: Path, *, port: int = 0, **env: str) -> None:
        """Take the Redis, the log and the port: 0 takes a free one."""
        super().__init__(["-m", "service.api", "--port", str(port)], log, environment(redis_url, **env))
        self.url = ""

    def start(self) -> None:
        """Start and wait until it answers."""
        super().start()

        def listens() -> bool:
            if not self.alive():
                message = f"the API ended: {self.output()[-2000:]}"
                raise RuntimeError(message)
            found = _LISTENING.search(self.output())
            self.url = found[1] if found else ""
            return found is not None

        wait_until(listens, "the API to listen")
        wait_until(lambda: httpx.get(f"{self.url}/health/live").is_success, "the API to answer")


class WorkerProcess(Service):
    """A worker with the toy classifier."""

    def __init__(self, redis_url: str, log: Path, *arguments: str, **env: str) -> None:
        """Take the Redis, the log and the command's arguments."""
        command = [str(ROOT / "tests" / "toy_worker.py"), *arguments]
        super().__init__(command, log, environment(redis_url, **env))


class ToyGatepost(Service):
    """One of `gatepost`'s commands that need a classifier, with toys among the classifiers."""

    def __init__(self, redis_url: str, log: Path, *arguments: str, **env: str) -> None:
        """Take the Redis, the log and the command with its arguments."""
        command = [str(ROOT / "tests" / "toy_gatepost.py"), *arguments]
        super().__init__(command, log, environment(redis_url, GATEPOST_LOG="warning", **env))
