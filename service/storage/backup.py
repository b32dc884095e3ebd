"""Everything that is stored, read out while the service runs.

What can be worked out from the records is left out: indexes, counts and the queue. So each comment is whole although
others move meanwhile, and what waits is queued anew by the restore.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from service.domain.ids import first_id
from service.domain.site import Site
from service.storage.directory import RedisDirectory
from service.storage.directory_keys import FLEETING, SITES
from service.storage.dump_file import BackupWriter, BadBackup, Head, Kept, Keyed, Kind
from service.storage.keys import LaneKeys, lane_keys
from service.storage.link import Link

STEP = 200
# Clocks of the processes that mint ids may go apart by this much.
_SKEW = timedelta(minutes=1)


async def write_backup(link: Link, writer: BackupWriter, *, version: str) -> None:
    """Write a backup; raises BadBackup, StorageDown. `version` is Gatepost's own."""
    seconds, micros = await link.read("TIME")
    began = datetime.fromtimestamp(int(seconds) + int(micros) / 1e6, UTC)
    sites = await RedisDirectory(link).sites()
    writer.write(
        Head(
            gatepost=version,
            redis=await _server(link),
            made_at=began,
            sites={site.id: site.lane for site in sites},
        )
    )
    async for keys in _steps(link, SITES, "gp:{dir}:"):
        await _write_keys(link, writer, [key for key in keys if not key.startswith(FLEETING)])
    for lane in sorted({site.lane for site in sites}):
        await _write_lane(link, writer, lane, {site.id: site for site in sites if site.lane == lane}, began)


async def _server(link: Link) -> str:
    info: Any = await link.read("INFO", "server")
    # A cluster answers for each of its nodes.
    one = info if "redis_version" in info else next(iter(info.values()))
    return str(one["redis_version"])


async def _steps(link: Link, near: str, prefix: str) -> AsyncIterator[list[str]]:
    """List keys by what they begin with, about 200 at a time."""
    found: list[str] = []
    async for key in link.scan(near, f"{prefix}*"):
        found.append(key)
        if len(found) >= STEP:
            yield found
            found = []
    if found:
        yield found


async def _write_lane(link: Link, writer: BackupWriter, lane: str, sites: dict[str, Site], began: datetime) -> None:
    keys = lane_keys(lane)
    # An Idempotency-Key stands for a comment that is there: so these are read before the comments. A comment has a
    # thread that is there: so threads, and all the rest, are read after them.
    for site in sites:
        async for step in _steps(link, keys.live, keys.idempotency(site, "")):
            await _write_keys(link, writer, step)
    for site in sites:
        async for step in _steps(link, keys.live, keys.comments(site)):
            await _write_comments(link, writer, keys, site, step, began)
    async for step in _steps(link, keys.live, keys.prefix):
        wanted = [key for key in step if keys.is_kept(key) and keys.owner(key) in (None, *sites)]
        await _write_keys(link, writer, wanted)


async def _write_comments(
    link: Link, writer: BackupWriter, keys: LaneKeys, site: str, names: Sequence[str], began: datetime
) -> None:
    recent = first_id(began - _SKEW)
    rows = await link.pipeline([("HGETALL", name) for name in names])
    for name, row in zip(names, rows, strict=True):
        comment_id = name.removeprefix(keys.comments(site))
        _write_comment(writer, site, comment_id, row)
        # What came while this runs may answer what came while this runs, which a scan may miss.
        parent = row.get(b"u")
        while comment_id >= recent and parent is not None:
            comment_id = parent.decode()
            row = await link.read("HGETALL", keys.comment(site, comment_id))  # noqa: PLW2901 - up the line
            _write_comment(writer, site, comment_id, row)
            parent = row.get(b"u")


def _write_comment(writer: BackupWriter, site: str, comment_id: str, row: dict[bytes, bytes]) -> None:
    # An empty one went between being listed and being read.
    if b"r" in row:
        fields = {field.decode(): value for field, value in row.items() if field != b"n"}
        writer.write(Kept(site=site, id=comment_id, fields=fields))


async def _write_keys(link: Link, writer: BackupWriter, names: Sequence[str]) -> None:
    if not names:
        return
    seconds, _ = await link.read("TIME")
    kinds = await link.pipeline([("TYPE", name) for name in names])
    left = await link.pipeline([("PTTL", name) for name in names])
    for name, kind, millis in zip(names, kinds, left, strict=True):
        kind = kind.decode() if isinstance(kind, bytes) else kind  # noqa: PLW2901 - as Redis says it
        if kind == "none" or millis == -2:  # noqa: PLR2004 - ran out meanwhile
            continue
        if kind not in ("string", "hash", "set", "zset", "stream"):
            message = f"The key {name} is a {kind}, which no key of Gatepost is; nothing was written."
            raise BadBackup(message)
        expires = int(seconds) * 1000 + millis if millis >= 0 else None
        async for rows in _rows(link, name, kind):
            writer.write(Keyed(key=name, kind=cast("Kind", kind), rows=rows, expires_at=expires))


async def _rows(link: Link, name: str, kind: str) -> AsyncIterator[list[list[bytes]]]:
    """Read a key's rows in steps; one may come twice while others are added."""
    if kind == "string":
        value = await link.read("GET", name)
        if value is not None:
            yield [[value]]
    elif kind == "stream":
        start = "-"
        while entries := await link.read("XRANGE", name, start, "+", "COUNT", STEP):
            yield [[entry, *(part for pair in fields.items() for part in pair)] for entry, fields in entries]
            start = f"({entries[-1][0].decode()}"
    else:
        command, cursor = {"hash": "HSCAN", "set": "SSCAN", "zset": "ZSCAN"}[kind], 0
        while True:
            cursor, found = await link.read(command, name, cursor, "COUNT", STEP)
            if kind == "hash":
                yield [[field, value] for field, value in found.items()]
            elif kind == "set":
                yield [[member] for member in found]
            else:
                yield [[member, repr(score).encode()] for member, score in found]
            if not cursor:
                return
