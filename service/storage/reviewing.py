"""What moderators ask for, from the narrowest index, in bounded steps."""

import heapq
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from service.domain.cards import labels_of, main_reason
from service.domain.comment import Comment
from service.domain.site import Site
from service.domain.status import STATUSES
from service.domain.views import QUEUE_INDEX, ReviewPage, ReviewQuery
from service.storage import codec
from service.storage.keys import LaneKeys, lane_keys
from service.storage.link import Link

# A page reads at most this many records: one that matches rarely is short and carries a cursor.
STEP = 200
STEPS = 5
# Where a thread's hash keeps its section.
SECTION_FIELD = "sec"
_LEAST = 20

_Row = tuple[float, str]
# Which of some ids are asked for at all: what falls out is not read.
Among = Callable[[list[str]], Awaitable[set[str]]]


async def review(link: Link, site: Site, query: ReviewQuery, *, among: Among | None = None) -> ReviewPage:
    """Read one page; `after` of the answer is the last row looked at, not only the last that matched."""
    keys = lane_keys(site.lane)
    fetch = _among if query.among is not None else _by_score if query.sort in ("riskiest", "first") else _by_id
    found: list[Comment] = []
    after = query.after
    for _ in range(STEPS):
        rows = await fetch(link, keys, site.id, query, after)
        ids = [row[1] for row in rows]
        asked = None if among is None else await among(ids)
        if query.queue is not None and fetch is not _by_score:
            standing = await _standing(link, keys.risk(site.id, QUEUE_INDEX[query.queue]), ids)
            asked = standing if asked is None else asked & standing
        wanted = ids if asked is None else [i for i in ids if i in asked]
        # Where most match no more is read than is looked for; where few do, all the rest at once.
        size = max(query.limit - len(found), _LEAST)
        comments: dict[str, Comment | None] = {}
        for row in rows:
            after = row
            if asked is not None and row[1] not in asked:
                continue
            if row[1] not in comments:
                some = wanted[len(comments) : len(comments) + size]
                read = await records(link, keys, site.id, some)
                if query.sections is not None:
                    read = await _of_sections(link, keys, site.id, read, query.sections)
                comments.update(zip(some, read, strict=True))
                size = STEP
            comment = comments[row[1]]
            if comment is not None and _matches(comment, query):
                found.append(comment)
                if len(found) == query.limit:
                    # The row after this one may not exist: the next page is then empty and says so.
                    return ReviewPage(comments=tuple(found), after=after)
        if len(rows) < STEP:
            return ReviewPage(comments=tuple(found), after=None)
    return ReviewPage(comments=tuple(found), after=after)


async def _by_score(link: Link, keys: LaneKeys, site: str, query: ReviewQuery, after: _Row | None) -> list[_Row]:
    """Walk one label's held comments from the highest score down; equal scores go by id, downwards."""
    queue = QUEUE_INDEX[query.queue] if query.queue else "~first" if query.sort == "first" else None
    # A queue is walked by the highest score of each, whatever label is asked for.
    index = keys.risk(site, queue or query.label or "max")
    low = query.min_score or 0.0
    # What is urgent stands above its score in the first order of all.
    high = "+inf" if query.max_score is None or queue else repr(query.max_score)
    if after is None:
        answer = await link.read("ZREVRANGEBYSCORE", index, high, low, "WITHSCORES", "LIMIT", 0, STEP)
        return _pairs(answer)
    score, last = after
    rank = await link.read("ZREVRANK", index, last)
    if rank is not None:
        rows = _pairs(await link.read("ZREVRANGE", index, rank + 1, rank + STEP, "WITHSCORES"))
        return [row for row in rows if row[0] >= low]
    # The last row was decided meanwhile: go on among its equals, then below them.
    equals = _pairs(await link.read("ZREVRANGEBYSCORE", index, repr(score), repr(score), "WITHSCORES"))
    rest = [row for row in equals if row[1] < last][:STEP]
    if len(rest) < STEP:
        below = await link.read(
            "ZREVRANGEBYSCORE", index, f"({score!r}", low, "WITHSCORES", "LIMIT", 0, STEP - len(rest)
        )
        rest += _pairs(below)
    return rest


def _pairs(answer: list[Any]) -> list[_Row]:
    return [(float(score), member.decode()) for member, score in answer]


async def _by_id(link: Link, keys: LaneKeys, site: str, query: ReviewQuery, after: _Row | None) -> list[_Row]:
    """Walk the narrowest index by id, or every status's index merged."""
    if query.look:
        indexes = [keys.look(site)]
    elif query.author is not None:
        indexes = [keys.author(site, query.author)]
    elif query.status == "approved" and query.thread is not None:
        indexes = [keys.shown(site, query.thread)]
    elif query.status is not None:
        indexes = [keys.status(site, query.status)]
    else:
        indexes = [keys.status(site, status) for status in STATUSES]
    down = query.sort == "newest"
    edge = "-+"[down] if after is None else f"({after[1]}"
    command, end = ("ZREVRANGEBYLEX", "-") if down else ("ZRANGEBYLEX", "+")
    answers = await link.pipeline([(command, index, edge, end, "LIMIT", 0, STEP) for index in indexes])
    merged = heapq.merge(*answers, reverse=down)
    rows: list[_Row] = [(0.0, member.decode()) for member in merged]
    return rows[:STEP]


async def _among(_: Link, __: LaneKeys, ___: str, query: ReviewQuery, after: _Row | None) -> list[_Row]:
    """Walk the rows that alone may match."""
    rows = list(query.among or ())
    if query.sort in ("riskiest", "first"):
        return sorted((row for row in rows if after is None or row < after), reverse=True)[:STEP]
    down = query.sort == "newest"
    ids = sorted((row[1] for row in rows), reverse=down)
    if after is not None:
        ids = [i for i in ids if (i < after[1] if down else i > after[1])]
    return [(0.0, i) for i in ids[:STEP]]


async def _standing(link: Link, index: str, ids: Sequence[str]) -> set[str]:
    """Tell which comments stand in an index."""
    scores = await link.pipeline([("ZSCORE", index, i) for i in ids])
    return {i for i, score in zip(ids, scores, strict=True) if score is not None}


async def records(link: Link, keys: LaneKeys, site: str, ids: Sequence[str]) -> list[Comment | None]:
    """Read comments by id."""
    answers = await link.pipeline([("HMGET", keys.comment(site, i), "v", "s", "r") for i in ids])
    return [
        None if record is None else codec.comment(record, version=version, status=status)
        for version, status, record in answers
    ]


async def sections(link: Link, keys: LaneKeys, site: str, threads: Sequence[str]) -> list[str]:
    """Read the section of each thread; '' for one that has none or is not known."""
    answers = await link.pipeline([("HGET", keys.thread(site, thread), SECTION_FIELD) for thread in threads])
    return [(answer or b"").decode() for answer in answers]


async def _of_sections(
    link: Link, keys: LaneKeys, site: str, comments: list[Comment | None], wanted: tuple[str, ...]
) -> list[Comment | None]:
    """Leave out comments whose thread is of another section."""
    threads = list({comment.thread for comment in comments if comment is not None})
    found = dict(zip(threads, await sections(link, keys, site, threads), strict=True))
    return [None if comment is None or found[comment.thread] not in wanted else comment for comment in comments]


def _matches(comment: Comment, query: ReviewQuery) -> bool:
    labels = comment.scores.labels if comment.scores else {}
    score = labels.get(query.label, 0.0) if query.label else max(labels.values(), default=0.0)
    tests: tuple[Callable[[], bool], ...] = (
        lambda: query.status in (None, comment.status),
        lambda: query.look in (None, comment.look),
        lambda: query.escalated in (None, comment.escalated),
        lambda: not query.without or labels_of(comment).isdisjoint(query.without),
        lambda: query.queue is None or comment.status == "held",
        lambda: query.reason in (None, main_reason(comment)),
        lambda: query.max_score is None or score <= query.max_score,
        lambda: query.thread in (None, comment.thread),
        lambda: query.author in (None, comment.author.key),
        lambda: query.label is None or query.label in labels,
        lambda: query.min_score is None or score >= query.min_score,
    )
    return all(test() for test in tests)


async def rows(link: Link, site: Site, query: ReviewQuery, after: _Row | None) -> list[_Row]:
    """Walk the index that a query names by a step: up to STEP rows of score and id, unread."""
    fetch = _by_score if query.sort in ("riskiest", "first") else _by_id
    return await fetch(link, lane_keys(site.lane), site.id, query, after)


def fits(comment: Comment | None, query: ReviewQuery) -> bool:
    """Tell whether a comment is still what a query asks for."""
    return comment is not None and _matches(comment, query)
