"""What a thread counts and lists, worked out anew from its comments and compared with what is stored."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import ResponseError

from service.domain.chores import STEP
from service.storage import scripts
from service.storage.keys import LaneKeys
from service.storage.link import Link

# A thread that changes while it is counted is counted again, this often.
TRIES = 3


@dataclass
class Recount:
    """What came of it: the ids of wrongly counted or listed comments, and whether the thread's own count was wrong.

    `busy`: it changed too fast to be counted; `broken`: a key of it holds what no thread does.
    """

    comments: list[str] = field(default_factory=list)
    thread: bool = False
    busy: bool = False
    broken: bool = False


@dataclass(frozen=True)
class _Row:
    id: str
    version: str
    replies: str
    status: str
    parent: str


@dataclass
class _Walk:
    approved: int = 0
    # How many listed replies each comment has whose own turn has not come.
    replies: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[_Row, int, bool]] = field(default_factory=list)

    def take(self, row: _Row, *, listed_now: bool) -> None:
        """Count one comment; its replies were all made later and have been counted."""
        true = self.replies.pop(row.id, 0)
        listed = row.status == "approved" or true > 0
        self.approved += row.status == "approved"
        if (row.replies or "0") != str(true) or listed is not listed_now:
            self.wrong.append((row, true, listed))
        if listed and row.parent:
            self.replies[row.parent] += 1


async def recount(
    link: Link, keys: LaneKeys, site: str, hashed: str, *, mend: bool, outcome: Recount
) -> AsyncIterator[int]:
    """Count a thread in steps of 200; yields how many comments each step looked at.

    The thread's version proves that nothing changed between the first step and the last, and the scripts look again
    before they write, so what is decided meanwhile is never undone.
    """
    try:
        async for looked in _recounted(link, keys, site, hashed, mend=mend, outcome=outcome):
            yield looked
    except ResponseError as error:
        if "WRONGTYPE" not in str(error):
            raise
        outcome.broken = True


async def _recounted(
    link: Link, keys: LaneKeys, site: str, hashed: str, *, mend: bool, outcome: Recount
) -> AsyncIterator[int]:
    thread, shown = f"{keys.prefix}t:{site}:{hashed}", f"{keys.prefix}sh:{site}:{hashed}"
    for _ in range(TRIES):
        before = await link.read("HMGET", thread, "v", "n")
        walk = _Walk()
        async for looked in _walk(link, keys, site, shown, walk):
            yield looked
        if before == await link.read("HMGET", thread, "v", "n"):
            break
    else:
        outcome.busy = True
        return
    version, count = (_text(value) for value in before)
    if count != str(walk.approved) and (version or walk.approved):
        answer = await link.script(scripts.RECOUNT, [thread], [version, count, walk.approved, int(mend)])
        outcome.thread = answer == b"wrong"
    for at in range(0, len(walk.wrong), STEP):
        for row, true, listed in walk.wrong[at : at + STEP]:
            answer = await link.script(
                scripts.PLACE,
                [keys.comment(site, row.id), shown, thread],
                [row.id, row.version, row.replies, true, int(listed), int(mend)],
            )
            if answer == b"wrong":
                outcome.comments.append(row.id)
        yield len(walk.wrong[at : at + STEP])


async def _walk(link: Link, keys: LaneKeys, site: str, shown: str, walk: _Walk) -> AsyncIterator[int]:
    """Go from the newest listed comment to the oldest; then up to ancestors that should be listed and are not."""
    edge = "+"
    while True:
        ids = [i.decode() for i in await link.read("ZREVRANGEBYLEX", shown, edge, "-", "LIMIT", 0, STEP)]
        for row in await _rows(link, keys, site, ids):
            walk.take(row, listed_now=True)
        yield len(ids)
        if len(ids) < STEP:
            break
        edge = f"({ids[-1]}"
    while walk.replies:
        ids = sorted(walk.replies, reverse=True)[:STEP]
        rows = {row.id: row for row in await _rows(link, keys, site, ids)}
        for comment_id in ids:
            if comment_id in rows:
                walk.take(rows[comment_id], listed_now=False)
            else:
                # Its record is gone: there is nothing to list.
                del walk.replies[comment_id]
        yield len(ids)


async def _rows(link: Link, keys: LaneKeys, site: str, ids: list[str]) -> list[_Row]:
    fields: list[Any] = await link.pipeline(
        [("HMGET", keys.comment(site, i), "v", "n", "s", "u") for i in ids], raising=False
    )
    return [
        _Row(i, *(_text(value) for value in values))
        for i, values in zip(ids, fields, strict=True)
        if not isinstance(values, BaseException) and values[0] is not None
    ]


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode(errors="replace")
