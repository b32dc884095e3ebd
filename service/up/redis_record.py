"""Which server wrote the data: an older one would start empty, without an error, or not at all."""

import json
from collections.abc import Sequence

from service.up.durable import write_private
from service.up.places import Places
from service.up.redis_binary import Server, Version, dotted
from service.up.trouble import CannotStart

# From 7.4 on, Redis and Valkey write files that the other cannot read.
_PARTED: Version = (7, 4)
# The first version that keeps its append-only file in a folder.
_FOLDER: Version = (7, 0)


def read_record(places: Places) -> Server | None:
    """Read who wrote the data; nothing for a new folder. Raises CannotStart for a record that cannot be read."""
    if not places.redis_record.exists():
        written = (places.data / "appendonlydir").exists()
        return Server(places.data, "redis", _FOLDER) if written else None
    try:
        known = json.loads(places.redis_record.read_text(encoding="utf-8"))
        version = tuple(int(part) for part in known["version"].split("."))
        return Server(places.redis_record, "valkey" if known["server"] == "valkey" else "redis", version)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = (
            f"{places.redis_record} cannot be read ({type(error).__name__}); it says which Redis wrote the data. "
            'Put it right, for example {"server": "redis", "version": "7.0.15"}.'
        )
        raise CannotStart(message) from error


def reads(server: Server, written_by: Server) -> bool:
    """Tell whether a server can read what another one wrote."""
    if server.kind == written_by.kind:
        return server.version[:2] >= written_by.version[:2]
    return server.kind == "valkey" and written_by.version < _PARTED


def choose_server(places: Places, servers: Sequence[Server]) -> Server:
    """Take the first server that can read the data; raises CannotStart when none can."""
    written_by = read_record(places)
    if written_by is None:
        return servers[0]
    for server in servers:
        if reads(server, written_by):
            return server
    message = (
        f"The data in {places.data} was written by {written_by.kind} {dotted(written_by.version)}, and this machine "
        f"has only {', '.join(map(str, servers))}, which would not find what is there. Install "
        f"{written_by.kind} {dotted(written_by.version[:2])} or newer, or choose another folder with --data."
    )
    raise CannotStart(message)


def remember(places: Places, server: Server) -> None:
    """Note who writes from now on; before it starts, for it converts the files at once."""
    record = {"server": server.kind, "version": dotted(server.version)}
    write_private(places.redis_record, json.dumps(record) + "\n")
