"""The chores that are a matter of storage alone: consumers of workers long gone, leftovers, and counts."""

from collections.abc import AsyncIterator, Callable

from redis.exceptions import ResponseError

from service.domain.chores import STEP
from service.storage import scripts
from service.storage.comments import DECIDED
from service.storage.keys import GROUP, LaneKeys, lane_keys
from service.storage.link import Link
from service.storage.recounting import Recount, recount

# A worker reads every half second: one that has not for this long is gone, or comes back as new.
IDLE_MS = 15 * 60 * 1000
_MINUTES, _HOURS = 60.0, 3600.0


class IdleConsumers:
    """Removes consumers that have not read for a quarter of an hour and that nothing is pending with."""

    name = "idle-consumers"
    period = 10 * _MINUTES

    def __init__(self, link: Link, *, idle_ms: int = IDLE_MS) -> None:
        """Take the link."""
        self._link = link
        self._idle_ms = idle_ms

    async def step(self, lane: str) -> int:
        """Remove up to 200; one that holds anything stays, for its entries would go with it."""
        removed = 0
        for stream in lane_keys(lane).streams:
            try:
                consumers = await self._link.read("XINFO CONSUMERS", stream, GROUP)
            except ResponseError as error:
                # No stream or no group: nothing has been read of it yet.
                if "NOGROUP" not in str(error) and "no such key" not in str(error):
                    raise
                continue
            idle = [c["name"] for c in consumers if not c["pending"] and c["idle"] >= self._idle_ms]
            for name in idle[: STEP - removed]:
                removed += int(await self._link.script(scripts.RETIRE, [stream], [GROUP, name]))
        return removed


class Leftovers:
    """Clears what is left of finished work: tries of entries that are gone, graves of comments decided since."""

    name = "leftovers"
    period = 10 * _MINUTES

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link
        self._rounds: dict[str, AsyncIterator[int]] = {}

    async def step(self, lane: str) -> int:
        """Look at up to 200 of them."""
        return await _next(self._rounds, lane, self._round)

    async def _round(self, lane: str) -> AsyncIterator[int]:
        keys = lane_keys(lane)
        await self._link.read("XTRIM", keys.decided, "MAXLEN", "~", DECIDED)
        cursor = 0
        while True:
            cursor, tries = await self._link.read("HSCAN", keys.attempts, cursor, "COUNT", STEP)
            yield await self._clear_tries(keys, [entry.decode() for entry in tries])
            if not int(cursor):
                break
        edge = "-"
        while rows := await self._link.read("XRANGE", keys.buried, edge, "+", "COUNT", STEP):
            yield await self._clear_graves(keys, rows)
            edge = f"({rows[-1][0].decode()}"

    async def _clear_tries(self, keys: LaneKeys, entries: list[str]) -> int:
        found = await self._link.pipeline(
            [("XRANGE", stream, entry, entry) for entry in entries for stream in keys.streams]
        )
        step = len(keys.streams)
        gone = [entry for i, entry in enumerate(entries) if not any(found[i * step : (i + 1) * step])]
        if gone:
            await self._link.read("HDEL", keys.attempts, *gone)
        return len(entries)

    async def _clear_graves(self, keys: LaneKeys, rows: list[tuple[bytes, dict[bytes, bytes]]]) -> int:
        """Take off the list what has no record any more or another version: somebody has decided it since."""
        versions = await self._link.pipeline(
            [("HGET", keys.comment(fields[b"s"].decode(), fields[b"i"].decode()), "v") for _, fields in rows],
            raising=False,
        )
        over = [
            entry_id
            for (entry_id, fields), version in zip(rows, versions, strict=True)
            if not isinstance(version, BaseException) and version != fields[b"v"]
        ]
        if over:
            await self._link.read("XDEL", keys.buried, *over)
        return len(rows)


class Recounts:
    """Counts every thread anew once a day and puts right what is wrong."""

    name = "recounts"
    period = 24 * _HOURS

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link
        self._rounds: dict[str, AsyncIterator[int]] = {}

    async def step(self, lane: str) -> int:
        """Look at up to 200 comments."""
        return await _next(self._rounds, lane, self._round)

    async def _round(self, lane: str) -> AsyncIterator[int]:
        keys = lane_keys(lane)
        async for found in self._link.scan_steps(keys.live, f"{keys.prefix}t:*", count=STEP):
            yield len(found)
            for key in found:
                site, _, hashed = key.removeprefix(f"{keys.prefix}t:").partition(":")
                outcome = Recount()
                async for looked in recount(self._link, keys, site, hashed, mend=True, outcome=outcome):
                    yield looked


async def _next(rounds: dict[str, AsyncIterator[int]], lane: str, begin: Callable[[str], AsyncIterator[int]]) -> int:
    """Go on with a lane's round, or begin one: full until it is over."""
    if lane not in rounds:
        rounds[lane] = begin(lane)
    try:
        await anext(rounds[lane])
    except StopAsyncIteration:
        del rounds[lane]
        return 0
    except BaseException:
        # Whatever broke off is begun anew.
        del rounds[lane]
        raise
    return STEP
