"""How `gatepost up` configures its Redis."""

from pathlib import Path

from service.up.durable import write_private
from service.up.places import Places


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def config_text(places: Places) -> str:
    """Write the configuration; every name is known to Redis 6.2 and 7 and to Valkey.

    A script's arguments carry comments: the slow log and the crash report, which would keep them, are off. A stored
    comment is a small hash, and one of up to 2,048 bytes a field costs half as much in the compact form.
    """
    lines = (
        "port 0",
        f"unixsocket {_quoted(places.socket)}",
        "unixsocketperm 700",
        "protected-mode yes",
        f"dir {_quoted(places.data)}",
        "appendonly yes",
        "appendfsync always",
        "no-appendfsync-on-rewrite no",
        "aof-load-truncated yes",
        'save ""',
        "maxmemory-policy noeviction",
        "slowlog-log-slower-than -1",
        "crash-log-enabled no",
        "hash-max-ziplist-value 2048",
        "hash-max-ziplist-entries 32",
        "daemonize no",
        "loglevel notice",
        'logfile ""',
    )
    return "\n".join(lines) + "\n"


def write_config(places: Places) -> Path:
    """Put the configuration where the server is told to read it."""
    write_private(places.redis_config, config_text(places))
    return places.redis_config
