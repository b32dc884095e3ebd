"""What waits against the queue: comments without an entry, entries that nobody will be given, and stuck ones."""

import secrets
from collections.abc import AsyncIterator, Mapping

from service.domain.checkup import Fault
from service.domain.chores import STEP
from service.storage import scripts
from service.storage.keys import GROUP, LaneKeys
from service.storage.link import Link

# An entry that one worker has had for so many claim times, renewing it all the while, will not be finished by it.
STUCK_CLAIMS = 10
_STREAM_STEP = 1_000


async def stuck(link: Link, keys: LaneKeys, lane: str, *, claim_seconds: int) -> AsyncIterator[Fault]:
    """Find entries that were taken long ago and whose claim nobody renews or takes over."""
    for stream in keys.streams:
        if not await _has_group(link, stream):
            continue
        idle = STUCK_CLAIMS * claim_seconds * 1000
        rows = await link.read("XPENDING", stream, GROUP, "IDLE", idle, "-", "+", STEP)
        for row in rows:
            entry = row["message_id"].decode()
            (found,) = await link.read("XRANGE", stream, entry, entry) or [(None, None)]
            fields = found[1] if found else None
            if fields:
                yield Fault(kind="stuck", lane=lane, site=fields[b"s"].decode(), id=fields[b"i"].decode(), what=entry)


async def undelivered(link: Link, keys: LaneKeys, lane: str, *, mend: bool) -> AsyncIterator[Fault]:
    """Find entries that the group has behind it and that are pending with nobody: they count and never come."""
    for stream in keys.streams:
        if not await _has_group(link, stream):
            continue
        edge = "-"
        last = await _last_delivered(link, stream)
        while rows := await link.read("XRANGE", stream, edge, last, "COUNT", STEP):
            ids = [entry.decode() for entry, _ in rows]
            pending = await link.pipeline([("XPENDING", stream, GROUP, entry, entry, 1) for entry in ids])
            for (entry, fields), owner in zip(rows, pending, strict=True):
                if owner:
                    continue
                answer = await link.script(scripts.REDELIVER, [stream], [GROUP, entry, int(mend)])
                if answer == b"wrong":
                    site, comment_id = fields[b"s"].decode(), fields[b"i"].decode()
                    yield Fault(
                        kind="undelivered", lane=lane, site=site, id=comment_id, what=entry.decode(), mended=mend
                    )
            edge = f"({ids[-1]}"


async def unqueued(
    link: Link, keys: LaneKeys, lane: str, waiting: Mapping[tuple[str, str], str], *, mend: bool
) -> AsyncIterator[Fault]:
    """Find comments that were pending before the queue was read, are pending still, and have no entry in it.

    An entry leaves the queue only with the script that decides its comment.
    """
    missing = dict(waiting)
    for stream in keys.streams:
        edge = "-"
        while rows := await link.read("XRANGE", stream, edge, "+", "COUNT", _STREAM_STEP):
            for _, fields in rows:
                name = fields[b"s"].decode(), fields[b"i"].decode()
                if missing.get(name) == fields[b"v"].decode():
                    del missing[name]
            edge = f"({rows[-1][0].decode()}"
    names = list(missing)
    for at in range(0, len(names), STEP):
        step = names[at : at + STEP]
        rows = await link.pipeline([("HMGET", keys.comment(site, i), "v", "s") for site, i in step])
        for (site, comment_id), (version, status) in zip(step, rows, strict=True):
            if status != b"pending" or version.decode() != missing[site, comment_id]:
                continue
            if mend:
                await link.script(
                    scripts.REQUEUE,
                    [keys.comment(site, comment_id), keys.live],
                    [secrets.token_hex(8), version, site, comment_id],
                )
            yield Fault(kind="unqueued", lane=lane, site=site, id=comment_id, mended=mend)


async def _has_group(link: Link, stream: str) -> bool:
    if not await link.read("EXISTS", stream):
        return False
    groups = await link.read("XINFO GROUPS", stream)
    return any(_named(group) for group in groups)


async def _last_delivered(link: Link, stream: str) -> str:
    for group in await link.read("XINFO GROUPS", stream):
        if _named(group):
            last = group["last-delivered-id"]
            return last.decode() if isinstance(last, bytes) else str(last)
    return "0-0"


def _named(group: Mapping[str, object]) -> bool:
    return group["name"] in (GROUP, GROUP.encode())
