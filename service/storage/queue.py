"""The lane's three streams: taking, reclaiming, renewing and giving back work."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from redis.exceptions import ResponseError

from service.domain.site import Site
from service.domain.work import Backlog, Context, Entry, Late, StreamName
from service.storage import scripts
from service.storage.contexts import read_context
from service.storage.keys import GROUP, lane_keys
from service.storage.link import Link

# Bulk work gets one turn in twenty while other work is waiting, and every turn when it is not; what sites have waiting
# beyond their share gets one in four while live work is waiting.
BULK_TURN = 20
SURPLUS_TURN = 4
# A consumer that never reads: what is given back to it is taken over at once.
RELEASED = "released"
_STREAMS: tuple[StreamName, ...] = ("live", "surplus", "bulk")
_RECLAIM_ROUNDS = 100


class RedisQueue:
    """The WorkQueue over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link
        self._turn = 0
        self._made: set[str] = set()

    async def _make_groups(self, lane: str) -> None:
        if lane in self._made:
            return
        for name in _STREAMS:
            try:
                # From 0, not $: what was submitted before the first worker came is work too.
                await self._link.read("XGROUP CREATE", lane_keys(lane).stream(name), GROUP, "0", "MKSTREAM")
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise
        self._made.add(lane)

    async def take(
        self, lane: str, consumer: str, *, count: int, block_ms: int, behind: int | None = None
    ) -> list[Entry]:
        """Take new entries: `count` of `live`, or `behind` (none: as many) of `surplus` or `bulk` in their turns.

        With `behind` 0 only `live` is read, and no turn is used up. Nothing is taken of a paused lane.
        """
        if await self._link.read("EXISTS", lane_keys(lane).paused):
            await asyncio.sleep(block_ms / 1000)
            return []
        await self._make_groups(lane)
        found: list[Entry] = []
        with self._groups_may_be_gone(lane):
            found += await self._taken(lane, consumer, (count, count if behind is None else behind), block_ms)
        return found

    async def _taken(self, lane: str, consumer: str, counts: tuple[int, int], block_ms: int) -> list[Entry]:
        keys, (count, behind) = lane_keys(lane), counts
        if behind == 0:
            read = ("XREADGROUP", "GROUP", GROUP, consumer, "COUNT", count, "BLOCK", block_ms)
            return _entries(lane, await self._link.block(*read, "STREAMS", keys.live, ">", seconds=block_ms / 1000))
        self._turn += 1
        order = [(keys.live, count), (keys.surplus, behind)]
        if self._turn % BULK_TURN == 0:
            order.insert(0, (keys.bulk, behind))
        elif self._turn % SURPLUS_TURN == 0:
            order.reverse()
        first = ("XREADGROUP", "GROUP", GROUP, consumer, "COUNT")
        for key, most in order:
            if found := await self._link.write(*first, most, "STREAMS", key, ">"):
                return _entries(lane, found)
        streams = ("STREAMS", *keys.streams, ">", ">", ">")
        found = await self._link.block(*first, behind, "BLOCK", block_ms, *streams, seconds=block_ms / 1000)
        return _entries(lane, found)

    @contextmanager
    def _groups_may_be_gone(self, lane: str) -> Iterator[None]:
        """Pass over groups that are gone: somebody emptied Redis under us, and the next turn makes them again."""
        try:
            yield
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            self._made.discard(lane)

    async def own(self, lane: str, consumer: str) -> list[Entry]:
        """Read what this consumer was given and has not finished."""
        await self._make_groups(lane)
        found: list[Entry] = []
        with self._groups_may_be_gone(lane):
            for name in _STREAMS:
                key = lane_keys(lane).stream(name)
                answer = await self._link.read(
                    "XREADGROUP", "GROUP", GROUP, consumer, "COUNT", 1000, "STREAMS", key, "0"
                )
                found += await self._counted(lane, name, _entries(lane, answer))
        return found

    async def reclaim(self, lane: str, consumer: str, *, idle_ms: int, count: int) -> list[Entry]:
        """Take over entries whose consumer let them lie, in a lane that is not paused; clears those that are gone."""
        if await self._link.read("EXISTS", lane_keys(lane).paused):
            return []
        await self._make_groups(lane)
        found: list[Entry] = []
        with self._groups_may_be_gone(lane):
            for name in _STREAMS:
                found += await self._reclaimed(lane, name, consumer, idle_ms, count)
        return found

    async def _reclaimed(self, lane: str, name: StreamName, consumer: str, idle_ms: int, count: int) -> list[Entry]:
        key, cursor = lane_keys(lane).stream(name), "0-0"
        found: list[Entry] = []
        for _ in range(_RECLAIM_ROUNDS):
            await self._clear_deleted(key, idle_ms)
            answer = await self._link.write("XAUTOCLAIM", key, GROUP, consumer, idle_ms, cursor, "COUNT", count)
            cursor = _text(answer[0])
            rows = [row for row in answer[1] if row and row[0] is not None and row[1] is not None]
            found += await self._counted(lane, name, [_entry(lane, name, row) for row in rows])
            if cursor == "0-0" or len(found) >= count:
                break
        return found

    async def _clear_deleted(self, key: str, idle_ms: int) -> None:
        """Acknowledge pending entries that were deleted: 6.2 hands them out as nothing and keeps them for ever."""
        pending = await self._link.read("XPENDING", key, GROUP, "IDLE", idle_ms, "-", "+", 100)
        ids = [_text(row["message_id"]) for row in pending]
        rows = await self._link.pipeline([("XRANGE", key, entry, entry) for entry in ids])
        gone = [entry for entry, row in zip(ids, rows, strict=True) if not row]
        if gone:
            await self._link.read("XACK", key, GROUP, *gone)

    async def _counted(self, lane: str, name: StreamName, entries: list[Entry]) -> list[Entry]:
        """Add how often each entry was delivered, which only XPENDING tells."""
        key = lane_keys(lane).stream(name)
        rows = await self._link.pipeline(
            [("XPENDING", key, GROUP, entry.entry_id, entry.entry_id, 1) for entry in entries]
        )
        counted = []
        for entry, row in zip(entries, rows, strict=True):
            if not row:
                continue
            counted.append(
                Entry(
                    lane=lane,
                    stream=name,
                    entry_id=entry.entry_id,
                    site=entry.site,
                    id=entry.id,
                    version=entry.version,
                    deliveries=row[0]["times_delivered"],
                )
            )
        return counted

    async def renew(self, lane: str, consumer: str, entries: Sequence[Entry]) -> None:
        """Say that the entries are still being worked on; JUSTID leaves the delivery count alone."""
        await self._claim(lane, consumer, entries, ())

    async def release(self, lane: str, entries: Sequence[Entry]) -> None:
        """Give entries back, uncounted, so that another worker takes them at once."""
        await self._claim(lane, RELEASED, entries, ("IDLE", 24 * 3600 * 1000))

    async def _claim(self, lane: str, consumer: str, entries: Sequence[Entry], extra: tuple[Any, ...]) -> None:
        keys = lane_keys(lane)
        for name in _STREAMS:
            ids = [entry.entry_id for entry in entries if entry.stream == name]
            if ids:
                with self._groups_may_be_gone(lane):
                    await self._link.read("XCLAIM", keys.stream(name), GROUP, consumer, 0, *ids, *extra, "JUSTID")

    async def attempt(self, entry: Entry) -> int:
        """Count a try of this entry alone, before it begins; returns the tries so far, 0 for one that is done with."""
        return await self._count_try(entry, 1)

    async def unattempt(self, entry: Entry) -> None:
        """Take back a counted try that was not the entry's fault."""
        await self._count_try(entry, -1)

    async def _count_try(self, entry: Entry, step: int) -> int:
        keys = lane_keys(entry.lane)
        # Not as scripts usually are: the client may not repeat this one, which would count twice.
        command = ("EVAL", scripts.ATTEMPT.source, 2, keys.attempts, keys.stream(entry.stream), entry.entry_id, step)
        return int(await self._link.write(*command))

    async def discard(self, entry: Entry, *, buried: str = "") -> None:
        """Acknowledge an entry that decides nothing."""
        keys = lane_keys(entry.lane)
        await self._link.script(
            scripts.DISCARD,
            [keys.attempts, keys.stream(entry.stream), keys.buried],
            [entry.entry_id, GROUP, buried, entry.site, entry.id, entry.version],
        )

    async def context(self, site_of: dict[str, Site], entries: Sequence[Entry]) -> Context:
        """Read everything that the entries' verdicts need, in two round trips."""
        return await read_context(self._link, site_of, entries)

    async def oldest(self, lane: str, stream: StreamName, *, after: str, count: int) -> list[Late]:
        """Read what waits in a stream, taken or not, the longest first; behind an entry, or from the first (empty)."""
        start = f"({after}" if after else "-"
        rows = await self._link.read("XRANGE", lane_keys(lane).stream(stream), start, "+", "COUNT", count)
        seconds, micros = await self._link.read("TIME")
        now = int(seconds) * 1000 + int(micros) // 1000
        return [
            Late(entry=entry, waited_seconds=max(0.0, (now - int(entry.entry_id.partition("-")[0])) / 1000))
            for entry in (_entry(lane, stream, row) for row in rows)
        ]

    async def leave(self, lane: str, consumer: str) -> None:
        """Remove a consumer that holds nothing; one that holds something would lose it."""
        for name in _STREAMS:
            key = lane_keys(lane).stream(name)
            with self._groups_may_be_gone(lane):
                pending = await self._link.read("XPENDING", key, GROUP, "-", "+", 1, consumer)
                if not pending:
                    await self._link.write("XGROUP DELCONSUMER", key, GROUP, consumer)

    async def backlog(self, lanes: Sequence[str]) -> Backlog:
        """Measure what waits; an entry's id tells its age."""
        entries, buried, oldest, paused = 0, 0, None, []
        seconds, micros = await self._link.read("TIME")
        for lane in lanes:
            keys = lane_keys(lane)
            graves, stopped, *answers = await self._link.pipeline(
                [
                    ("XLEN", keys.buried),
                    ("EXISTS", keys.paused),
                    *(("XLEN", key) for key in keys.streams),
                    *(("XRANGE", key, "-", "+", "COUNT", 1) for key in keys.streams),
                ]
            )
            entries += sum(answers[: len(keys.streams)])
            buried += graves
            paused += [lane] if stopped else []
            for first in answers[len(keys.streams) :]:
                for entry_id, _ in first:
                    millis = int(_text(entry_id).partition("-")[0])
                    oldest = millis if oldest is None else min(oldest, millis)
        now = int(seconds) * 1000 + int(micros) // 1000
        age = 0.0 if oldest is None else max(0.0, (now - oldest) / 1000)
        return Backlog(entries=entries, oldest_seconds=age, buried=buried, paused=tuple(paused))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _entry(lane: str, name: StreamName, row: Any) -> Entry:  # noqa: ANN401 - as redis-py gives it
    fields = {_text(field): _text(value) for field, value in row[1].items()}
    return Entry(
        lane=lane,
        stream=name,
        entry_id=_text(row[0]),
        site=fields["s"],
        id=fields["i"],
        version=int(fields["v"]),
    )


def _entries(lane: str, answer: Any) -> list[Entry]:  # noqa: ANN401 - as redis-py gives it
    """Flatten an XREADGROUP answer; an entry deleted meanwhile comes without fields."""
    names = dict(zip(lane_keys(lane).streams, _STREAMS, strict=True))
    found = []
    for key, rows in (answer or {}).items():
        name = names[_text(key)]
        found += [_entry(lane, name, row) for row in rows if row[1]]
    return found
