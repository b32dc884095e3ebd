"""A backup is put back: records first, then everything that is worked out from them."""

import asyncio
from collections.abc import Collection, Iterable
from itertools import islice
from pathlib import Path

import msgspec
from msgspec import Struct, msgpack

from service.domain.keeping import LedgerEntry
from service.domain.queues import risk_scores
from service.domain.status import STATUSES
from service.storage import codec, scripts
from service.storage.directory_keys import FLEETING, LANES, LEDGER, LEDGER_OPEN, PEPPER, SITES
from service.storage.dump_file import Head, Kept, Keyed, read_frames
from service.storage.flights import Command
from service.storage.keys import lane_keys
from service.storage.link import Link

STEP = 200
_entry = msgpack.Decoder(LedgerEntry)
# Merged with what is there, never replaced: an erasure must outlive a restore.
_LEDGERS = (LEDGER, LEDGER_OPEN)


class Contents(Struct, frozen=True, kw_only=True):
    """What a sound backup has: found by reading all of it."""

    head: Head
    comments: int
    ledger: list[LedgerEntry]
    pepper: bytes | None


class Restored(Struct, frozen=True, kw_only=True):
    """What was put back; `unreadable` records are there but stand in no index, as before."""

    comments: int
    queued: int
    unreadable: int


def check_backup(path: Path) -> Contents:
    """Read a backup through and change nothing; raises BadBackup."""
    head: Head | None = None
    ledger: list[LedgerEntry] = []
    pepper: bytes | None = None
    comments = 0
    for frame in read_frames(path):
        match frame:
            case Head():
                head = frame
            case Kept():
                comments += 1
            case Keyed(key=key) if key == LEDGER:
                ledger += [_entry.decode(value) for _, value in frame.rows]
            case Keyed(key=key) if key == PEPPER:
                pepper = frame.rows[0][0]
            case _:
                pass
    assert head is not None  # noqa: S101 - the reader insists on one
    return Contents(head=head, comments=comments, ledger=ledger, pepper=pepper)


class Restorer:
    """Puts one backup, or some sites of it, into a Redis."""

    def __init__(self, link: Link, path: Path, head: Head, sites: Collection[str] | None) -> None:
        """Take the link, a backup that was checked, and the sites to restore; None stands for everything."""
        self._link = link
        self._path = path
        self._lane_of = {site: lane for site, lane in head.sites.items() if sites is None or site in sites}
        self._whole = sites is None

    async def occupied(self) -> bool:
        """Tell whether something is there that would be replaced."""
        stored = await self._link.read("HGETALL", SITES)
        if not self._whole:
            return any(site.encode() in stored for site in self._lane_of)
        lanes = {lane.decode() for lane in await self._link.read("SMEMBERS", LANES)} | set(self._lane_of.values())
        for lane in lanes:
            async for _ in self._link.scan(lane_keys(lane).live, _pattern(lane_keys(lane).prefix)):
                return True
        return bool(stored)

    async def clear(self) -> None:
        """Remove what would be replaced, 200 keys at a time; the ledger of erasures stays."""
        stored = {site.decode(): lane.decode() for site, lane in (await self._link.read("HGETALL", SITES)).items()}
        lanes = {lane.decode() for lane in await self._link.read("SMEMBERS", LANES)}
        if self._whole:
            for lane in lanes | set(self._lane_of.values()):
                await self._unlink(lane_keys(lane).live, lane_keys(lane).prefix, None)
            await self._unlink(SITES, "gp:{dir}:", None)
            return
        for site in self._lane_of:
            if site in stored:
                await self._link.write("HDEL", SITES, site)
                await self._unlink(lane_keys(stored[site]).live, lane_keys(stored[site]).prefix, site)

    async def _unlink(self, near: str, prefix: str, site: str | None) -> None:
        found = [key async for key in self._link.scan(near, _pattern(prefix)) if key not in _LEDGERS]
        if site is not None:
            keys = lane_keys(prefix[len("gp:{") : -len("}:")])
            found = [key for key in found if keys.owner(key) == site]
        for start in range(0, len(found), STEP):
            await self._link.write("UNLINK", *found[start : start + STEP])

    async def load(self) -> Restored:
        """Put the records back, then work out indexes, counts and the queue."""
        seconds, _ = await self._link.read("TIME")
        frames = (frame for frame in read_frames(self._path) if isinstance(frame, Keyed | Kept))
        while step := list(islice(frames, STEP)):
            # The commands of one frame stay together and in order; frames may be put in twice.
            await self._link.pipeline([command for frame in step for command in self._commands(frame, int(seconds))])
        chosen = [part for pair in self._lane_of.items() for part in pair]
        if chosen:
            await self._link.pipeline([("SADD", LANES, *set(self._lane_of.values())), ("HSET", SITES, *chosen)])
        comments = queued = unreadable = 0
        for site, lane in self._lane_of.items():
            keys = lane_keys(lane)
            names: list[str] = []
            async for name in self._link.scan(keys.live, _pattern(keys.comments(site))):
                names.append(name)
                if len(names) == STEP:
                    unreadable += await self._index(lane, site, names)
                    names = []
            unreadable += await self._index(lane, site, names)
            counts = await self._link.pipeline([("ZCARD", keys.status(site, status)) for status in STATUSES])
            comments += sum(counts)
            queued += counts[STATUSES.index("pending")]
        return Restored(comments=comments, queued=queued, unreadable=unreadable)

    def _commands(self, frame: Keyed | Kept, now: int) -> Iterable[Command]:
        if isinstance(frame, Kept):
            if frame.site in self._lane_of:
                key = lane_keys(self._lane_of[frame.site]).comment(frame.site, frame.id)
                yield ("DEL", key)
                yield ("HSET", key, *(part for pair in frame.fields.items() for part in pair))
            return
        if not frame.rows or not self._wanted(frame.key):
            return
        if frame.expires_at is not None and frame.expires_at <= now * 1000:
            return
        yield from _writes(frame)
        if frame.expires_at is not None:
            yield ("PEXPIREAT", frame.key, frame.expires_at)
        if any(lane_keys(lane).is_thread(frame.key) for lane in set(self._lane_of.values())):
            # Counted anew below; and from the time, so that no reader is told that what they have is still right.
            yield ("HSET", frame.key, "n", "0", "v", f"{now}000")

    def _wanted(self, key: str) -> bool:
        # The directory of sites is written whole, from the head.
        if key in (*_LEDGERS, SITES, LANES) or key.startswith(FLEETING):
            return False
        if self._whole:
            return True
        return key == PEPPER or any(lane_keys(lane).owner(key) == site for site, lane in self._lane_of.items())

    async def _index(self, lane: str, site: str, names: list[str]) -> int:
        """Give some comments their index entries; returns how many cannot be read."""
        rows = await self._link.pipeline([("HMGET", name, "v", "s", "r") for name in names])
        unreadable, running = 0, []
        for version, status, record in rows:
            try:
                comment = codec.comment(record, version=version, status=status)
            except (msgspec.MsgspecError, ValueError, TypeError, AttributeError):
                unreadable += 1
                continue
            keys = lane_keys(lane)
            risks = risk_scores(comment) if comment.status == "held" else {}
            deleted = comment.status == "deleted"
            running.append(
                self._link.script(
                    scripts.REINDEX,
                    [
                        keys.comment(site, comment.id),
                        keys.thread(site, comment.thread),
                        keys.shown(site, comment.thread),
                        keys.status(site, comment.status),
                        keys.author(site, comment.author.key or "-"),
                        keys.look(site),
                        keys.live,
                        *(keys.risk(site, label) for label in risks),
                    ],
                    [
                        comment.id,
                        comment.version,
                        comment.status,
                        int(comment.look),
                        site,
                        keys.comments(site),
                        comment.thread,
                        int(not deleted),
                        *risks.values(),
                    ],
                )
            )
        await asyncio.gather(*running)
        return unreadable


def _writes(frame: Keyed) -> Iterable[Command]:
    flat = [part for row in frame.rows for part in row]
    match frame.kind:
        case "string":
            yield ("SET", frame.key, *flat)
        case "hash":
            yield ("HSET", frame.key, *flat)
        case "set":
            yield ("SADD", frame.key, *flat)
        case "zset":
            yield ("ZADD", frame.key, *(part for member, score in frame.rows for part in (score, member)))
        case "stream":
            yield from (("XADD", frame.key, *row) for row in frame.rows)


def _pattern(prefix: str) -> str:
    return f"{prefix}*"
