"""A lane's records against its indexes and counts, walked in steps of 200; every fault is looked at twice.

The first look reads without a lock, so what it finds may have been decided meanwhile: a script looks again, under the
version that was read, and mends in the same breath where it is told to.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from redis.exceptions import ResponseError

from service.domain.checkup import Fault, Kind
from service.domain.chores import STEP
from service.domain.comment import Comment
from service.domain.ids import is_id, minted_at
from service.domain.queues import risk_scores
from service.domain.status import STATUSES
from service.storage import codec, scripts
from service.storage.keys import LaneKeys, thread_hash
from service.storage.link import Link
from service.storage.recounting import Recount, recount

# Clocks differ a little; an id this far ahead sorts above comments to come.
AHEAD = timedelta(seconds=60)
_INDEXES = ("s", "look", "a", "r", "sh")


@dataclass(frozen=True)
class Seen:
    """A comment as it was read: without a record when there is none, unreadable when it cannot be decoded."""

    site: str
    id: str
    version: str
    replies: str
    comment: Comment | None

    @property
    def listed(self) -> bool:
        """Tell whether its thread lists it."""
        approved = self.comment is not None and self.comment.status == "approved"
        return approved or self.replies not in ("", "0")


class LaneInspection:
    """One lane's inspection."""

    def __init__(self, link: Link, keys: LaneKeys, lane: str, sites: Sequence[str], *, mend: bool) -> None:
        """Take the link, the lane, its sites and whether to mend."""
        self._link = link
        self._keys = keys
        self._lane = lane
        self._sites = frozenset(sites)
        self._mend = mend
        # What waits, with the version it waits in, to be looked for in the queue.
        self.waiting: dict[tuple[str, str], str] = {}

    async def records(self) -> AsyncIterator[Fault]:
        """Look from each record at the indexes that it should be in, and at those of other statuses."""
        keys, now = self._keys, datetime.now(UTC)
        async for found in self._link.scan_steps(keys.live, f"{keys.prefix}c:*", count=STEP):
            names = [key.removeprefix(f"{keys.prefix}c:").partition(":") for key in found]
            places: dict[str, list[tuple[Seen, float | None]]] = {}
            for seen in await self.read([(site, i) for site, _, i in names if site in self._sites]):
                if seen.version == "":
                    continue
                if seen.comment is None:
                    yield self._fault("unreadable", seen)
                    continue
                if seen.comment.status == "pending":
                    self.waiting[seen.site, seen.id] = seen.version
                if is_id(seen.id) and minted_at(seen.id) > now + AHEAD:
                    yield self._fault("future", seen)
                for index, score in self._wanted(seen, seen.comment):
                    places.setdefault(index, []).append((seen, score))
            async for fault in self._misplaced(places):
                yield fault

    async def _misplaced(self, places: dict[str, list[tuple[Seen, float | None]]]) -> AsyncIterator[Fault]:
        commands = [("ZMSCORE", index, *(seen.id for seen, _ in asked)) for index, asked in places.items()]
        answers = await self._link.pipeline(commands, raising=False)
        for (index, asked), found in zip(places.items(), answers, strict=True):
            # An index of another kind is told of where it is walked.
            scores = [None] * len(asked) if isinstance(found, BaseException) else found
            for (seen, score), have in zip(asked, scores, strict=True):
                fault = None if _same(have, score) else await self._place(seen, index, score)
                if fault is not None:
                    yield fault

    def _wanted(self, seen: Seen, comment: Comment) -> Iterator[tuple[str, float | None]]:
        """Give each index that may hold a comment, and its score there, or None where it must not be."""
        keys, site = self._keys, seen.site
        for status in STATUSES:
            yield keys.status(site, status), 0.0 if status == comment.status else None
        yield keys.look(site), 0.0 if comment.look else None
        if comment.status != "deleted":
            yield keys.author(site, comment.author.key), 0.0
        for label, score in risk_scores(comment).items():
            yield keys.risk(site, label), score if comment.status == "held" else None
        yield keys.shown(site, comment.thread), 0.0 if seen.listed else None

    async def indexes(self) -> AsyncIterator[Fault]:
        """Look from each index at its members: what has no record, or does not belong there."""
        for kind in _INDEXES:
            pattern = f"{self._keys.prefix}{kind}:*"
            async for found in self._link.scan_steps(self._keys.live, pattern, count=STEP):
                for index in found:
                    site, _, rest = index.removeprefix(f"{self._keys.prefix}{kind}:").partition(":")
                    if site in self._sites:
                        async for fault in self._members(index, kind, site, rest):
                            yield fault

    async def _members(self, index: str, kind: str, site: str, rest: str) -> AsyncIterator[Fault]:
        cursor = 0
        while True:
            try:
                cursor, members = await self._link.read("ZSCAN", index, cursor, "COUNT", STEP)
            except ResponseError as error:
                if "WRONGTYPE" not in str(error):
                    raise
                yield Fault(kind="unreadable", lane=self._lane, site=site, what=f"index {kind}")
                return
            for seen in await self.read([(site, member.decode()) for member, _ in members]):
                # One that cannot be read may belong anywhere.
                stray = seen.version == "" or (seen.comment is not None and not _belongs(seen, kind, rest))
                fault = await self._place(seen, index, None) if stray else None
                if fault is not None:
                    yield fault
            if not int(cursor):
                return

    async def counts(self) -> AsyncIterator[Fault]:
        """Count each thread anew."""
        keys = self._keys
        async for found in self._link.scan_steps(keys.live, f"{keys.prefix}t:*", count=STEP):
            for key in found:
                site, _, hashed = key.removeprefix(f"{keys.prefix}t:").partition(":")
                if site in self._sites:
                    outcome = Recount()
                    async for _ in recount(self._link, keys, site, hashed, mend=self._mend, outcome=outcome):
                        pass
                    for fault in self._miscounted(site, hashed, outcome):
                        yield fault

    def _miscounted(self, site: str, hashed: str, outcome: Recount) -> Iterator[Fault]:
        if outcome.broken:
            yield Fault(kind="unreadable", lane=self._lane, site=site, what=f"thread {hashed}")
        if outcome.busy:
            yield Fault(kind="busy", lane=self._lane, site=site, what=f"thread {hashed}")
        if outcome.thread:
            yield Fault(kind="count", lane=self._lane, site=site, what=f"thread {hashed}", mended=self._mend)
        for comment_id in outcome.comments:
            yield Fault(kind="count", lane=self._lane, site=site, id=comment_id, what="replies", mended=self._mend)

    async def read(self, names: Sequence[tuple[str, str]]) -> list[Seen]:
        """Read comments by site and id."""
        rows = await self._link.pipeline(
            [("HMGET", self._keys.comment(site, i), "v", "s", "r", "n") for site, i in names], raising=False
        )
        found = []
        for (site, comment_id), row in zip(names, rows, strict=True):
            # A key of another kind stands where the record should: unreadable, and nobody's to remove.
            version, status, record, replies = (b"?", None, None, None) if isinstance(row, BaseException) else row
            found.append(
                Seen(
                    site=site,
                    id=comment_id,
                    version=(version or b"").decode(errors="replace"),
                    replies=(replies or b"").decode(errors="replace"),
                    comment=_decoded(version, status, record),
                )
            )
        return found

    async def _place(self, seen: Seen, index: str, score: float | None) -> Fault | None:
        """Look again, and put right what is still wrong; one that was decided meanwhile is no fault."""
        keys = self._keys
        thread = seen.comment.thread if seen.comment is not None else ""
        shown = f"{keys.prefix}sh:{seen.site}:"
        counted = (
            f"{keys.prefix}t:{seen.site}:{index.removeprefix(shown)}"
            if index.startswith(shown)
            else keys.thread(seen.site, thread)
        )
        answer = await self._link.script(
            scripts.MEND,
            [keys.comment(seen.site, seen.id), index, counted],
            [
                seen.id,
                seen.version,
                "" if score is None else repr(score),
                int(index.startswith(shown)),
                int(self._mend),
                seen.replies,
            ],
        )
        if answer != b"wrong":
            return None
        # An author's index is named by a keyed hash, which is nobody's to read.
        name = index.removeprefix(keys.prefix).split(":")[0]
        return self._fault("list", seen, what=name, mended=self._mend)

    def _fault(self, kind: Kind, seen: Seen, *, what: str = "", mended: bool = False) -> Fault:
        return Fault(kind=kind, lane=self._lane, site=seen.site, id=seen.id, what=what, mended=mended)


def _decoded(version: bytes | None, status: bytes | None, record: bytes | None) -> Comment | None:
    if version is None or status is None or record is None:
        return None
    try:
        return codec.comment(record, version=version, status=status)
    except (msgspec.MsgspecError, ValueError):
        return None


def _same(have: bytes | float | None, want: float | None) -> bool:
    return (have is None) == (want is None) and (have is None or want is None or float(have) == want)


def _belongs(seen: Seen, kind: str, rest: str) -> bool:
    comment = seen.comment
    if comment is None:
        return False
    match kind:
        case "s":
            return comment.status == rest
        case "look":
            return comment.look
        case "a":
            return comment.status != "deleted" and comment.author.key == rest
        case "r":
            return comment.status == "held" and rest in risk_scores(comment)
        case _:
            return thread_hash(comment.thread) == rest and seen.listed
