"""Blocks in Redis: `bl:{site}` sorts what is blocked by when that ends, `br:{site}` has the blocks."""

from collections.abc import Sequence

from msgspec import Struct, msgpack

from service.domain.blocking import (
    BLOCK_DAYS,
    MOST_BLOCKS,
    Block,
    BlockKind,
    Placed,
    Placing,
    mark_of,
)
from service.domain.errors import Conflict, Fault, Invalid
from service.domain.site import Site
from service.storage import scripts
from service.storage.keys import lane_keys
from service.storage.link import Link
from service.storage.threads import ACT_MS, moment

_STEP = 200
_DAY_MS = 86_400_000


class _Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What scripts do not read of a block."""

    kind: BlockKind
    key: str
    by: str
    note: str = ""
    author: str = ""


_decoder = msgpack.Decoder(_Record)


class RedisBlocks:
    """The Blocks over a Link."""

    def __init__(self, link: Link, *, most: int = MOST_BLOCKS) -> None:
        """Take the link and how many blocks a site may have."""
        self._link = link
        self._most = most

    async def place(self, site: Site, placing: Placing) -> Placed:
        """Place a block, in the place of one on the same key."""
        record = _Record(kind=placing.kind, key=placing.key, by=placing.by, note=placing.note, author=placing.author)
        ends = 0 if placing.until is None else max(1, round(placing.until.timestamp() * 1000))
        mark = mark_of(placing.kind, placing.key)
        answer = await self._run(site, placing.id, mark, placing.id, msgpack.encode(record), ends)
        if answer[0] == b"past":
            raise Invalid((Fault(path="$.until", message="is not in the future"),))
        if answer[0] == b"full":
            message = f"A site has at most {self._most} blocks: lift some that are not needed any more."
            raise Conflict(message, slug="too-many-blocks")
        _, until, block, until_before, before = answer
        return Placed(block=_block(block, until), before=_block(before, until_before) if before else None)

    async def lift(self, site: Site, block_id: str, *, act: str) -> Block | None:
        """Lift a block."""
        keys = lane_keys(site.lane)
        # A retry finds what it lifted by its own answer, which the script kept.
        mark = next((mark_of(b.kind, b.key) for b in await self.of_site(site) if b.id == block_id), None)
        if mark is None and not await self._link.read("EXISTS", keys.act(site.id, act)):
            return None
        _, _, _, until, before = await self._run(site, act, mark or "-", block_id, b"", 0)
        return _block(before, until) if before else None

    async def _run(self, site: Site, act: str, mark: str, block_id: str, record: bytes, ends: int) -> list[bytes]:
        keys = lane_keys(site.lane)
        answer: list[bytes] = await self._link.script(
            scripts.BLOCK,
            [keys.blocks(site.id), keys.block_records(site.id), keys.act(site.id, act)],
            [mark, block_id, record, ends, BLOCK_DAYS * _DAY_MS, self._most, ACT_MS],
        )
        return answer

    async def of_site(self, site: Site) -> list[Block]:
        """List the blocks in force, the newest first."""
        keys = lane_keys(site.lane)
        seconds, micros = await self._link.read("TIME")
        least = f"({int(seconds) * 1000 + int(micros) // 1000}"
        found: dict[str, Block] = {}
        start = 0
        while True:
            step = ("ZRANGEBYSCORE", keys.blocks(site.id), least, "+inf", "WITHSCORES", "LIMIT", start, _STEP)
            marks = await self._link.read(*step)
            if not marks:
                return sorted(found.values(), key=lambda block: (block.at, block.id), reverse=True)
            records = await self._link.read("HMGET", keys.block_records(site.id), *(mark for mark, _ in marks))
            for (mark, until), record in zip(marks, records, strict=True):
                # One that was lifted between the two reads has no record.
                if record is not None:
                    found[mark.decode()] = _block(record, until)
            start += _STEP

    async def find(self, site: Site, kind: BlockKind, key: str) -> Block | None:
        """Find the block on a key, if it is in force."""
        keys, mark = lane_keys(site.lane), mark_of(kind, key)
        until, record = await self._link.pipeline(
            [("ZSCORE", keys.blocks(site.id), mark), ("HGET", keys.block_records(site.id), mark)]
        )
        if until is None or record is None:
            return None
        block = _block(record, until)
        seconds, _ = await self._link.read("TIME")
        return block if block.until.timestamp() > int(seconds) else None

    async def addresses(self, site: Site, comment_ids: Sequence[str]) -> list[str]:
        """Tell from which address each comment came."""
        keys = lane_keys(site.lane)
        found = await self._link.pipeline([("GET", keys.address(site.id, comment_id)) for comment_id in comment_ids])
        return [address.decode() if address is not None else "" for address in found]


def _block(record: bytes, until: bytes | float) -> Block:
    block_id, at, kept = record.split(b" ", 2)
    said = _decoder.decode(kept)
    return Block(
        id=block_id.decode(),
        kind=said.kind,
        key=said.key,
        by=said.by,
        at=moment(int(at)),
        until=moment(float(until)),
        note=said.note,
        author=said.author,
    )
