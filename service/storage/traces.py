"""Comments by their author and by their age, with all that lies beside their records."""

import re
from collections.abc import Sequence

import msgspec

from service.domain.comment import Comment
from service.domain.keeping import Marks, PurgeResult, Trace, TracePage
from service.domain.queues import risk_scores
from service.domain.site import Site
from service.domain.status import Status
from service.storage import codec, scripts
from service.storage.keys import lane_keys, shadow_field
from service.storage.link import Link

_RESULTS: dict[bytes, PurgeResult] = {
    b"purged": "purged",
    b"gone": "gone",
    b"lost": "lost",
    b"listed": "listed",
    b"on hold": "on hold",
}


class RedisTraces:
    """The Traces over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def of_author(self, site: Site, author: str, *, after: str, limit: int) -> TracePage:
        """Read an author's comments with ids above `after`, oldest first."""
        index = lane_keys(site.lane).author(site.id, author)
        start = f"({after}" if after else "-"
        members = await self._link.read("ZRANGEBYLEX", index, start, "+", "LIMIT", 0, limit)
        return await self._read(site, [member.decode() for member in members], limit)

    async def aged(self, site: Site, status: Status, *, after: str, last: str, limit: int) -> TracePage:
        """Read comments in a status by id, oldest first: above `after`, below `last`."""
        index = lane_keys(site.lane).status(site.id, status)
        start = f"({after}" if after else "-"
        members = await self._link.read("ZRANGEBYLEX", index, start, f"({last}", "LIMIT", 0, limit)
        return await self._read(site, [member.decode() for member in members], limit)

    async def _read(self, site: Site, ids: list[str], limit: int) -> TracePage:
        keys = lane_keys(site.lane)
        # A key of another type is an error of that comment alone.
        rows = await self._link.pipeline([("HGETALL", keys.comment(site.id, i)) for i in ids], raising=False)
        seconds, micros = await self._link.read("TIME")
        now = int(seconds) * 1000 + int(micros) // 1000
        # An empty one went meanwhile.
        traces = [_trace(row, now) for row in rows if row]
        return TracePage(
            traces=tuple(trace for trace in traces if trace is not None),
            unreadable=traces.count(None),
            after=ids[-1] if len(ids) == limit else None,
        )

    async def authors(self, site: Site, cursor: int) -> tuple[int, list[str]]:
        """List some authors of a site and where to go on."""
        keys = lane_keys(site.lane)
        prefix = keys.authors(site.id)
        following, found = await self._link.scan_step(keys.live, f"{_glob(prefix)}*", cursor)
        return following, [key.removeprefix(prefix) for key in found]

    async def forget_answers(self, site: Site, traces: Sequence[Trace]) -> int:
        """Remove what Idempotency-Keys of some comments stand for, and where they came from."""
        keys = lane_keys(site.lane)
        beside = [keys.address(site.id, trace.comment.id) for trace in traces]
        beside += {keys.slow(site.id, trace.comment.author.key, trace.comment.thread) for trace in traces}
        await self._link.pipeline([("DEL", key) for key in beside])
        known = [trace for trace in traces if trace.answer]
        removed = await self._link.pipeline([("DEL", keys.idempotency(site.id, trace.answer)) for trace in known])
        # Last what leads to them.
        await self._link.pipeline([("HDEL", keys.comment(site.id, trace.comment.id), "k") for trace in known])
        return sum(removed)

    async def marks(self, site: Site, author: str) -> Marks:
        """Count the keys that limit an author now."""
        own, others = await self._marks(site, author)
        counts = await self._link.pipeline([("EXISTS", key) for key in (own, *others)])
        return Marks(author=counts[0], addresses=sum(counts[1:]))

    async def forget_marks(self, site: Site, author: str) -> Marks:
        """Remove the keys that limit an author; its own, which leads to the others, last."""
        own, others = await self._marks(site, author)
        *counts, mine = await self._link.pipeline([("DEL", key) for key in (*others, own)])
        return Marks(author=mine, addresses=sum(counts))

    async def _marks(self, site: Site, author: str) -> tuple[str, list[str]]:
        keys = lane_keys(site.lane)
        own = keys.rate("author", site.id, author)
        state = await self._link.read("GET", own)
        addresses = state.decode().split(" ")[1:] if state is not None else []
        return own, [keys.rate(kind, site.id, address) for address in addresses for kind in ("address", "threads")]

    async def purge(self, site: Site, comment: Comment) -> PurgeResult:
        """Remove a comment that is neither waiting nor listed, with everything of it."""
        keys = lane_keys(site.lane)
        answer = await self._link.read("HGET", keys.comment(site.id, comment.id), "k")
        risks = risk_scores(comment) if comment.status == "held" else {}
        result = await self._link.script(
            scripts.PURGE,
            [
                keys.comment(site.id, comment.id),
                keys.status(site.id, comment.status),
                keys.author(site.id, comment.author.key),
                keys.look(site.id),
                keys.shown(site.id, comment.thread),
                keys.idempotency(site.id, answer.decode() if answer is not None else "-"),
                *(keys.risk(site.id, label) for label in risks),
            ],
            [comment.id, comment.version, comment.status],
        )
        if result == b"purged":
            # It runs out by itself; but what is gone is gone whole.
            await self._link.pipeline([("DEL", keys.address(site.id, comment.id))])
        return _RESULTS[result]


def _glob(text: str) -> str:
    return re.sub(r"([*?\[\]\\])", r"\\\1", text)


def _trace(row: dict[bytes, bytes] | BaseException, now: int) -> Trace | None:
    if isinstance(row, BaseException):
        return None
    prefix = shadow_field("").encode()
    try:
        return Trace(
            comment=codec.comment(row[b"r"], version=row[b"v"], status=row[b"s"]),
            shadows={f.removeprefix(prefix).decode(): codec.scores(v) for f, v in row.items() if f.startswith(prefix)},
            answer=row.get(b"k", b"").decode(),
            replies=int(row.get(b"n", b"0")),
            on_hold=int(row.get(b"h", b"0")) > now,
        )
    except (KeyError, ValueError, msgspec.MsgspecError):
        return None


class RedisBuried:
    """The buried entries as a Place: each names a comment and an error's class."""

    kind = "buried_entries"

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def forget(self, site: Site, comment_ids: Sequence[str], *, dry_run: bool) -> int:
        """Remove the entries of some comments, or only count them; walks the stream in steps of 200."""
        key, wanted, found, start = lane_keys(site.lane).buried, set(comment_ids), 0, "-"
        while rows := await self._link.read("XRANGE", key, start, "+", "COUNT", 200):
            mine = [
                entry.decode()
                for entry, fields in rows
                if fields[b"s"] == site.id.encode() and fields[b"i"].decode() in wanted
            ]
            found += len(mine)
            if mine and not dry_run:
                await self._link.read("XDEL", key, *mine)
            start = f"({rows[-1][0].decode()}"
        return found
