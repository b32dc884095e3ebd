"""Six bugs that such a storage could have, planted to see that they are seen; the product has no switch for them."""

from collections.abc import Sequence
from typing import Any

from service.domain.errors import StorageDown
from service.domain.orders import Accepted, SubmitOrder
from service.domain.site import Site
from service.domain.work import Entry, StreamName
from service.storage import scripts
from service.storage.comments import RedisComments
from service.storage.keys import GROUP, lane_keys
from service.storage.link import Link
from service.storage.queue import RedisQueue
from service.storage.scripts import Script
from tests.ports import BACKLOG
from tests.redis_backend import RedisBackend

_EVERY = 4


class _OtherScripts:
    """A link that runs another script where it is asked for one of the product's."""

    def __init__(self, link: Link, wanted: Script, *changes: tuple[str, str]) -> None:
        source = wanted.source
        for before, after in changes:
            assert source.count(before) == 1, f"the script no longer says: {before}"
            source = source.replace(before, after)
        self._link = link
        self._wanted = wanted
        self._source = source

    async def script(self, script: Script, keys: Sequence[str], args: Sequence[Any]) -> Any:
        if script is not self._wanted:
            return await self._link.script(script, keys, args)
        return await self._link.write("EVAL", self._source, len(keys), *keys, *args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


class _AcknowledgesFirst(RedisQueue):
    async def take(
        self, lane: str, consumer: str, *, count: int, block_ms: int, behind: int | None = None
    ) -> list[Entry]:
        entries = await super().take(lane, consumer, count=count, block_ms=block_ms, behind=behind)
        for entry in entries:
            await self._link.write("XACK", lane_keys(lane).stream(entry.stream), GROUP, entry.entry_id)
            await self._link.write("XDEL", lane_keys(lane).stream(entry.stream), entry.entry_id)
        return entries


class _ForgetsTheCursor(RedisQueue):
    async def _reclaimed(self, lane: str, name: StreamName, consumer: str, idle_ms: int, count: int) -> list[Entry]:
        key = lane_keys(lane).stream(name)
        answer = await self._link.write("XAUTOCLAIM", key, GROUP, consumer, idle_ms, "0-0", "COUNT", count)
        entries = [
            Entry(
                lane=lane,
                stream=name,
                entry_id=row[0].decode(),
                site=row[1][b"s"].decode(),
                id=row[1][b"i"].decode(),
                version=int(row[1][b"v"]),
            )
            for row in answer[1]
        ]
        return await self._counted(lane, name, entries)


class _IndexesFirst(RedisComments):
    """Two round trips where there should be one, and sometimes the process ends between them."""

    submitted = 0

    async def submit(self, site: Site, order: SubmitOrder) -> Accepted:
        self.submitted += 1
        keys = lane_keys(site.lane)
        if self.submitted % _EVERY == 0:
            await self._link.write("ZADD", keys.status(site.id, "pending"), 0, order.comment.id)
            await self._link.write("ZADD", keys.author(site.id, order.comment.author.key), 0, order.comment.id)
            message = "the process ends here"
            raise StorageDown(message, retry_after=1)
        return await super().submit(site, order)


def acknowledge_before_the_decision(backend: RedisBackend) -> None:
    """Take an entry for done when it is taken."""
    backend.queue = _AcknowledgesFirst(backend.storage.link)


def drop_the_compare_and_set(backend: RedisBackend) -> None:
    """Write whatever comes, whoever was first."""
    _use(backend, ("if stored[1] ~= ARGV[2] or stored[2] ~= before then", "if false then"))


def index_before_record(backend: RedisBackend) -> None:
    """Write the index in one round trip and the record in the next."""
    backend.comments = _IndexesFirst(backend.storage.link, backlog=BACKLOG, site_backlog=BACKLOG)


def forget_the_reclaim_cursor(backend: RedisBackend) -> None:
    """Look only at what lies at the front of the queue."""
    backend.queue = _ForgetsTheCursor(backend.storage.link)


def apply_twice(backend: RedisBackend) -> None:
    """Take a repeated call for another one."""
    _use(
        backend,
        ("if stored[3] == ARGV[1] then", "if false then"),
        (
            "if stored[1] ~= ARGV[2] or stored[2] ~= before then",
            "if stored[1] ~= ARGV[2] and stored[3] ~= ARGV[1] then",
        ),
    )


def decide_without_looking_at_claims(backend: RedisBackend) -> None:
    """Let whoever decides decide, whoever has claimed it."""
    _use(
        backend,
        ("if holder and holder ~= ARGV[19] then return {'claimed', claim} end", ""),
        ("if ARGV[20] ~= '' and ARGV[20] ~= stored[7] then", "if false then"),
    )


def _use(backend: RedisBackend, *changes: tuple[str, str]) -> None:
    link: Any = _OtherScripts(backend.storage.link, scripts.MOVE, *changes)
    backend.comments = RedisComments(link, backlog=BACKLOG, site_backlog=BACKLOG)


# Each with what must be said of it.
PLANTED = {
    acknowledge_before_the_decision: r"is pending and not queued",
    drop_the_compare_and_set: r"Moved, not Lost",
    index_before_record: r"index .* has too many",
    forget_the_reclaim_cursor: r"reclaimed 0 of \d+ entries that lie",
    apply_twice: r"counts",
    decide_without_looking_at_claims: r"Moved, not Claimed",
}
