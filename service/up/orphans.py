"""The processes of a `gatepost up` that was killed: found by id and start time, and stopped."""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from service.up.durable import write_private
from service.up.places import Places

_GRACE_SECONDS = 10.0
_LOOK_SECONDS = 0.05
# Field 22 of /proc/PID/stat, counted after the name, which may itself hold spaces and brackets.
_STARTED = 19


def started_at(pid: int) -> str | None:
    """Tell when a process was started, in some unit that only this machine compares; nothing when it has ended.

    Process ids come round again: the two together name one process.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _asked(pid)
    # A zombie holds nothing any more: no port, no file.
    return None if fields[0] in "ZX" else f"{boot}/{fields[_STARTED]}"


def _asked(pid: int) -> str | None:
    command = ["/bin/ps", "-o", "lstart=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a number
    return answer.stdout.strip() or None


class PidFile:
    """The running processes, by name, written down at every change."""

    def __init__(self, path: Path) -> None:
        """Take the file; what it holds is not read."""
        self._path = path
        self._running: dict[str, tuple[int, str]] = {}

    def add(self, name: str, pid: int) -> None:
        """Note a process that was just started."""
        started = started_at(pid)
        if started is not None:
            self._running[name] = (pid, started)
            self._write()

    def drop(self, name: str) -> None:
        """Forget a process that has ended."""
        if self._running.pop(name, None) is not None:
            self._write()

    def _write(self) -> None:
        noted = [{"name": name, "pid": pid, "started": started} for name, (pid, started) in self._running.items()]
        write_private(self._path, json.dumps(noted) + "\n")


def stop_orphans(places: Places) -> list[str]:
    """Stop what an earlier `gatepost up` in this folder left running; returns the names."""
    try:
        noted = json.loads(places.pids.read_text(encoding="utf-8"))
        orphans = [(str(n["name"]), int(n["pid"]), str(n["started"])) for n in noted]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    orphans = [orphan for orphan in orphans if started_at(orphan[1]) == orphan[2]]
    deadline = time.monotonic() + _GRACE_SECONDS
    _signal(orphans, signal.SIGTERM)
    while _alive(orphans):
        if time.monotonic() > deadline:
            _signal(_alive(orphans), signal.SIGKILL)
        time.sleep(_LOOK_SECONDS)
    return [name for name, _, _ in orphans]


def _alive(orphans: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    return [orphan for orphan in orphans if started_at(orphan[1]) == orphan[2]]


def _signal(orphans: list[tuple[str, int, str]], number: signal.Signals) -> None:
    for _, pid, _ in orphans:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
