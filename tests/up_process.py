"""A real `gatepost up`, as somebody at a terminal runs it."""

import http.client
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from service.up.orphans import started_at

START_SECONDS = 30.0
STOP_SECONDS = 30.0
_COMMAND = (sys.executable, "-W", "error", "-c", "from service.up.command import up; up()")


class Up:
    """One run after another on the same folder."""

    def __init__(self, data: Path, **env: str) -> None:
        """Take the folder, which may not exist yet, and variables of the environment."""
        self.data = data
        self.said: dict[str, Any] = {}
        self._env = {**{k: v for k, v in os.environ.items() if not k.startswith("GATEPOST_")}, **env}
        self._process: subprocess.Popen[str] | None = None

    def start(self, *options: str) -> None:
        """Start on a free port and wait until it says that it is ready."""
        command = [*_COMMAND, "--json", "--port", "0", "--data", str(self.data), *options]
        with (self.data.parent / "up.log").open("a") as log:
            self._process = subprocess.Popen(command, env=self._env, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        assert select.select([self._process.stdout], [], [], START_SECONDS)[0], self.log()
        line = self._process.stdout.readline()
        assert line, self.log()
        self.said = json.loads(line)

    def refused(self, *options: str) -> str:
        """Run it where it must refuse to start, and give what it says."""
        command = [*_COMMAND, "--port", "0", "--data", str(self.data), *options]
        ended = subprocess.run(
            command, env=self._env, capture_output=True, text=True, timeout=START_SECONDS, check=False
        )
        assert ended.returncode == 2
        assert ended.stdout == ""
        assert "Traceback" not in ended.stderr
        return ended.stderr

    @property
    def pid(self) -> int:
        """Give the process id of the running one."""
        assert self._process is not None
        return self._process.pid

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and give its exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(STOP_SECONDS)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return code

    def end(self) -> None:
        """Stop it if it runs."""
        if self._process is not None:
            self.stop()

    def log(self) -> str:
        """Give everything that it said."""
        return (self.data.parent / "up.log").read_text()

    def running(self) -> dict[str, int]:
        """Give the process id of each living process that it started."""
        noted = json.loads((self.data / "pids.json").read_text())
        return {n["name"]: n["pid"] for n in noted if started_at(n["pid"]) == n["started"]}

    def demo(self) -> dict[str, str]:
        """Read the demo site's credentials."""
        return msgspec.json.decode((self.data / "demo.json").read_bytes(), type=dict[str, str])

    def ask(self, method: str, path: str, body: object = None, *, token: str = "", origin: str = "") -> tuple[int, Any]:
        """Send a request; 0 while nobody listens."""
        host = self.said["url"].removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=10)
        given = {"content-type": "application/json", "authorization": f"Bearer {token}" * bool(token), "origin": origin}
        headers = {name: value for name, value in given.items() if value}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except (ConnectionError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()
