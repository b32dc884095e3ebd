"""Processes under measurement: started on ports of the kernel's choice, watched in /proc, ended by their own pid."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from service.up.places import Places, make_socket_folder
from service.up.redis_binary import find_servers
from service.up.redis_config import write_config

ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 30.0
_END_SECONDS = 30.0
_TICKS = os.sysconf("SC_CLK_TCK")


class NotStarted(RuntimeError):
    """A process ended or stayed silent instead of serving; says what it printed."""


@dataclass(frozen=True)
class Watched:
    """A running process with whatever it started."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def pids(self) -> list[int]:
        """List the process and its descendants."""
        found = [self.process.pid]
        for pid in found:
            found += _children(pid)
        return found

    def cpu_seconds(self) -> float:
        """Read the CPU time used so far, in steps of a hundredth of a second."""
        return sum(_cpu_ticks(pid) for pid in self.pids) / _TICKS

    def memory_mb(self) -> float:
        """Read the proportional set size in MB of 10⁶ bytes."""
        return sum(_pss_kb(pid) for pid in self.pids) * 1024 / 1e6

    def wait_for_port(self) -> None:
        """Wait until something listens; raises NotStarted."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NotStarted(self.log.read_text(encoding="utf-8", errors="replace")[-2000:])
            time.sleep(0.05)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _cpu_ticks(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0
    # The name in brackets may hold spaces; utime and stime are the 14th and 15th fields.
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _pss_kb(pid: int) -> int:
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))


def free_port() -> int:
    """Ask the kernel for a loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(
    command: Sequence[str], *, env: Mapping[str, str], folder: Path, port: int = 0, name: str
) -> Iterator[Watched]:
    """Run a command for as long as the context is open."""
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    watched = Watched(process, port, log)
    try:
        if port:
            watched.wait_for_port()
        yield watched
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def python(
    arguments: Sequence[str], *, env: Mapping[str, str], folder: Path, port: int = 0, name: str
) -> Iterator[Watched]:
    """Run this interpreter with some arguments."""
    with started([sys.executable, *arguments], env=env, folder=folder, port=port, name=name) as watched:
        yield watched


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[Watched, str]]:
    """Run a Redis on a socket, set as `gatepost up` sets it; gives it and its URL."""
    places = Places(folder)
    make_socket_folder(places)
    config = write_config(places)
    # A rewrite of the file in the middle of one side's round would be measured as that side's work.
    command = [str(find_servers()[0].path), str(config), "--auto-aof-rewrite-percentage", "0"]
    with started(command, env={}, folder=folder, name="redis") as watched:
        deadline = time.monotonic() + _START_SECONDS
        with redis.Redis(unix_socket_path=str(places.socket)) as client:
            while True:
                try:
                    client.ping()
                    break
                except redis.RedisError as error:
                    if watched.process.poll() is not None or time.monotonic() > deadline:
                        raise NotStarted(watched.log.read_text(encoding="utf-8")[-2000:]) from error
                    time.sleep(0.02)
        yield watched, places.redis_url
