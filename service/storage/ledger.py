"""The ledger of erasures: a hash by name, a set of the names that are not done, and a copy in a file."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec
from msgspec import msgpack

from service.domain.keeping import LedgerEntry
from service.storage.directory_keys import LEDGER, LEDGER_OPEN
from service.storage.ledger_file import LedgerFile
from service.storage.link import Link

_entry = msgpack.Decoder(LedgerEntry)
_STEP = 200


def merged(known: LedgerEntry | None, other: LedgerEntry) -> LedgerEntry:
    """Keep of two entries of one author the one that goes further; one that does was not applied yet."""
    if known is None:
        return other if other.author else msgspec.structs.replace(other, done=False)
    if other.until > known.until:
        return msgspec.structs.replace(other, done=False, author=other.author or known.author)
    return known


class RedisLedger:
    """The Ledger over a Link and, where one is named, a file."""

    def __init__(self, link: Link, file: LedgerFile | None = None) -> None:
        """Take the link and the file."""
        self._link = link
        self._file = file

    async def put(self, entry: LedgerEntry) -> None:
        """Store an entry by its name; an open one is in the file as well before this returns."""
        if not entry.done and self._file is not None:
            known = await self.find(entry.name)
            if known is None or known.until < entry.until:
                await asyncio.to_thread(self._file.append, entry)
        await self._store([entry])

    async def _store(self, entries: Sequence[LedgerEntry]) -> None:
        for start in range(0, len(entries), _STEP):
            # In this order a loss between the two leaves an entry that is open once too often.
            step = entries[start : start + _STEP]
            await self._link.pipeline(
                [("SADD", LEDGER_OPEN, entry.name) for entry in step if not entry.done]
                + [("HSET", LEDGER, entry.name, msgpack.encode(entry)) for entry in step]
                + [("SREM", LEDGER_OPEN, entry.name) for entry in step if entry.done]
            )

    async def find(self, name: str) -> LedgerEntry | None:
        """Read an entry."""
        kept = await self._link.read("HGET", LEDGER, name)
        return None if kept is None else _entry.decode(kept)

    async def open(self) -> list[LedgerEntry]:
        """List the entries that are not done."""
        names = sorted(await self._link.read("SMEMBERS", LEDGER_OPEN))
        rows = await self._link.pipeline([("HGET", LEDGER, name) for name in names])
        return [entry for entry in (_entry.decode(row) for row in rows if row is not None) if not entry.done]

    async def _all(self) -> AsyncIterator[list[LedgerEntry]]:
        cursor = 0
        while True:
            cursor, rows = await self._link.read("HSCAN", LEDGER, cursor, "COUNT", _STEP)
            yield [_entry.decode(row) for row in rows.values()]
            if not cursor:
                return

    async def take_in(self, entries: Sequence[LedgerEntry], *, anew: bool) -> int:
        """Add entries from elsewhere and those of the file; with `anew` all are to be applied again."""
        filed = await asyncio.to_thread(self._file.read) if self._file is not None else []
        known = {entry.name: entry async for page in self._all() for entry in page}
        union = dict(known)
        for entry in (*entries, *filed):
            union[entry.name] = merged(union.get(entry.name), entry)
        if anew:
            union = {name: msgspec.structs.replace(entry, done=False, author="") for name, entry in union.items()}
        changed = [entry for name, entry in union.items() if known.get(name) != entry]
        if self._file is not None:
            reach = {entry.name: entry.until for entry in filed}
            for entry in union.values():
                if reach.get(entry.name, "") < entry.until:
                    await asyncio.to_thread(self._file.append, entry)
        await self._store(changed)
        return sum(1 for entry in changed if entry.name not in known or entry.until > known[entry.name].until)
