"""Where canaries are looked for: every byte that Redis keeps and every line that a process says."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from service.up.places import Places
from service.up.redis_config import config_text
from tests.audit import contents
from tests.processes import ROOT, environment, wait_until
from tests.redis_server import RedisServer, any_server

# What the production configuration says of logs that would keep arguments.
_SILENCE = ("slowlog-log-slower-than", "crash-log-enabled")


def silent_server(folder: Path) -> RedisServer:
    """Make a server as `gatepost up` configures it, but with files that can be read as they are: nothing packed."""
    said = dict(line.split(" ", 1) for line in config_text(Places(folder)).splitlines())
    options = [part for name in _SILENCE for part in (f"--{name}", said[name])]
    # Were the slow log on after all, nothing would fall out of it before it is looked at.
    options += ["--slowlog-max-len", "1000000"]
    options += ["--rdbcompression", "no", "--aof-use-rdb-preamble", "no"]
    version = subprocess.run([any_server(), "--version"], capture_output=True, text=True, check=True).stdout
    if "v=7" in version:
        options += ["--enable-debug-command", "yes"]
    return RedisServer(any_server(), folder, options=options)


def in_redis(server: RedisServer, canaries: Iterable[bytes]) -> list[str]:
    """Name what is found in any key or value."""
    with server.client() as client:
        rows = [(key.decode(), key + repr(value).encode()) for key, value in contents(client).items()]
    # A string's repr is its own bytes as long as a canary is plain ASCII.
    return [f"{canary.decode()} in {key}" for canary in canaries for key, row in rows if canary in row]


def in_files(server: RedisServer, canaries: Iterable[bytes]) -> list[str]:
    """Name what is found in the append-only file after a rewrite, and in everything else of the folder."""
    with server.client() as client:
        raw: Any = client
        raw.bgrewriteaof()

        def rewritten() -> bool:
            info = raw.info("persistence")
            return not info["aof_rewrite_in_progress"] and not info["aof_rewrite_scheduled"]

        wait_until(rewritten, "the append-only file to be rewritten")
        assert raw.info("persistence")["aof_last_bgrewrite_status"] == "ok"
    files = [path for path in server.folder.rglob("*") if path.is_file() and not path.is_socket()]
    assert any("appendonly" in path.name for path in files)
    return [f"{canary.decode()} in {path.name}" for canary in canaries for path in files if canary in path.read_bytes()]


def gatepost(server: RedisServer, *words: str, code: int = 0, **env: str) -> str:
    """Type a command as an operator does; gives all that it said."""
    done = subprocess.run(
        [sys.executable, "-c", "from service.cli import main; main()", *words],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(server.folder), "LOGNAME": "nora"}
        | environment(server.url, GATEPOST_CLASSIFIER="embedded-fast", **env),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr
