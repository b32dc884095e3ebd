"""What must be true of a lane in Redis, checked from the records alone; finds faults and mends nothing."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import redis

from service.domain.comment import Comment
from service.domain.queues import risk_scores
from service.domain.status import STATUSES
from service.storage import codec
from service.storage.keys import GROUP, LaneKeys, lane_keys, thread_hash


@dataclass
class Lane:
    """Everything that a lane holds, read key by key."""

    name: str
    comments: dict[tuple[str, str], Comment] = field(default_factory=dict)
    replies: dict[tuple[str, str], int] = field(default_factory=dict)
    indexes: dict[tuple[str, ...], dict[str, float]] = field(default_factory=dict)
    threads: dict[tuple[str, str], dict[bytes, bytes]] = field(default_factory=dict)
    entries: list[tuple[str, str, int]] = field(default_factory=list)
    pending: int = 0
    attempts: int = 0
    decided: int = 0
    buried: int = 0
    faults: list[str] = field(default_factory=list)


def read_lane(client: redis.Redis, name: str) -> Lane:
    """Read a whole lane."""
    found, keys = Lane(name), lane_keys(name)
    raw: Any = client
    for key in sorted(raw.scan_iter(match="gp:*", count=1000)):
        text = key.decode()
        if not text.startswith(keys.prefix):
            continue
        kind, *parts = text[len(keys.prefix) :].split(":")
        if kind in ("i", "l", "cl", "sk", "bt") and raw.ttl(key) == -1:
            found.faults.append(f"key {text}: never expires")
        if kind == "c":
            _read_comment(found, raw.hgetall(key), parts[0], parts[1])
        elif kind == "t":
            found.threads[parts[0], parts[1]] = raw.hgetall(key)
        elif kind in ("s", "a", "r", "sh", "look"):
            members = raw.zrange(key, 0, -1, withscores=True)
            found.indexes[kind, *parts] = {member.decode(): score for member, score in members}
    _read_queue(found, raw, keys)
    return found


def _read_queue(found: Lane, raw: Any, keys: LaneKeys) -> None:
    for stream in keys.streams:
        if not raw.exists(stream):
            continue
        found.entries += [(f[b"s"].decode(), f[b"i"].decode(), int(f[b"v"])) for _, f in raw.xrange(stream)]
        for group in raw.xinfo_groups(stream):
            found.pending += group["pending"] if group["name"] == GROUP.encode() else 0
    found.attempts = raw.hlen(keys.attempts)
    found.decided = int(raw.get(keys.decided_count) or 0)
    found.buried = raw.xlen(keys.buried)


def _read_comment(found: Lane, fields: dict[bytes, bytes], site: str, comment_id: str) -> None:
    try:
        comment = codec.comment(fields[b"r"], status=fields[b"s"], version=fields[b"v"])
    except (KeyError, ValueError) as error:
        found.faults.append(f"comment {comment_id}: unreadable: {error}")
        return
    if (comment.site, comment.id) != (site, comment_id):
        found.faults.append(f"comment {comment_id}: its record is of {comment.site}/{comment.id}")
    public = any(decision.after == "approved" for decision in comment.trail)
    if fields.get(b"p", b"").decode() != (thread_hash(comment.thread) if public else ""):
        found.faults.append(f"comment {comment_id}: was public where its trail does not say so, or the reverse")
    if fields.get(b"u", b"").decode() != (comment.parent_id or ""):
        found.faults.append(f"comment {comment_id}: its parent beside the record is another")
    found.comments[site, comment_id] = comment
    found.replies[site, comment_id] = int(fields.get(b"n", b"0"))


def _expected(lane: Lane) -> dict[tuple[str, ...], dict[str, float]]:
    """Build every index anew from the records."""
    indexes: dict[tuple[str, ...], dict[str, float]] = {}

    def put(member: str, score: float, *index: str) -> None:
        indexes.setdefault(index, {})[member] = score

    listed = _listed(lane)
    for (site, comment_id), comment in lane.comments.items():
        put(comment_id, 0, "s", site, comment.status)
        if comment.status != "deleted":
            put(comment_id, 0, "a", site, comment.author.key)
        if comment.look:
            put(comment_id, 0, "look", site)
        if comment.status == "held":
            for label, score in risk_scores(comment).items():
                put(comment_id, score, "r", site, label)
        if (site, comment_id) in listed:
            put(comment_id, 0, "sh", site, thread_hash(comment.thread))
    return indexes


def _listed(lane: Lane) -> set[tuple[str, str]]:
    """Find what is shown: approved comments, and every withdrawn ancestor of one."""
    listed: set[tuple[str, str]] = set()
    for (site, _), comment in lane.comments.items():
        if comment.status != "approved":
            continue
        current: Comment | None = comment
        while current is not None and (site, current.id) not in listed:
            listed.add((site, current.id))
            current = lane.comments.get((site, current.parent_id)) if current.parent_id else None
    return listed


def _index_faults(lane: Lane) -> Iterator[str]:
    expected = _expected(lane)
    for index in sorted(expected.keys() | lane.indexes.keys()):
        want, have = expected.get(index, {}), lane.indexes.get(index, {})
        for member in sorted(want.keys() ^ have.keys()):
            yield f"index {':'.join(index)}: {'lacks' if member in want else 'has too many:'} {member}"
        for member in sorted(want.keys() & have.keys()):
            if abs(want[member] - have[member]) > 1e-9:
                yield f"index {':'.join(index)}: {member} has score {have[member]}, not {want[member]}"


def _count_faults(lane: Lane) -> Iterator[str]:
    listed = _listed(lane)
    replies = Counter((site, lane.comments[site, comment_id].parent_id) for site, comment_id in listed)
    for (site, comment_id), count in lane.replies.items():
        if count != replies[site, comment_id]:
            yield f"comment {comment_id}: counts {count} listed replies, has {replies[site, comment_id]}"
    approved = Counter((c.site, thread_hash(c.thread)) for c in lane.comments.values() if c.status == "approved")
    for key, thread in lane.threads.items():
        if int(thread.get(b"n", b"0")) != approved[key]:
            yield f"thread {key}: counts {thread.get(b'n')!r}, has {approved[key]}"
    for site, hashed in {(c.site, thread_hash(c.thread)) for c in lane.comments.values()} - lane.threads.keys():
        yield f"thread {site}/{hashed}: has comments and no record"


def _record_faults(lane: Lane) -> Iterator[str]:
    for (_, comment_id), comment in lane.comments.items():
        if comment.version != len(comment.trail) + 1:
            yield f"comment {comment_id}: version {comment.version} with {len(comment.trail)} decisions"
        before = "pending"
        for decision in comment.trail:
            if decision.before != before:
                yield f"comment {comment_id}: a decision from {decision.before} after {before}"
            before = decision.after
        if before != comment.status or comment.status not in STATUSES:
            yield f"comment {comment_id}: is {comment.status} after a trail that ends with {before}"
        if len({decision.id for decision in comment.trail}) != len(comment.trail):
            yield f"comment {comment_id}: a decision is on the trail twice"


def _queue_faults(lane: Lane, *, quiet: bool) -> Iterator[str]:
    waiting = {(site, i, c.version) for (site, i), c in lane.comments.items() if c.status == "pending"}
    queued = Counter(lane.entries)
    for site, comment_id, version in sorted(waiting - queued.keys()):
        yield f"comment {comment_id} of {site}: version {version} is pending and not queued"
    for entry, times in queued.items():
        if times > 1:
            yield f"entry {entry}: queued {times} times"
    if quiet:
        for name, number in (("entries", len(lane.entries)), ("pending", lane.pending), ("attempts", lane.attempts)):
            if number:
                yield f"queue: {number} {name} left"


def audit(client: redis.Redis, name: str = "main", *, quiet: bool = False) -> list[str]:
    """List every fault of a lane; with `quiet`, work that is left is one as well."""
    lane = read_lane(client, name)
    return [
        *lane.faults,
        *_record_faults(lane),
        *_index_faults(lane),
        *_count_faults(lane),
        *_queue_faults(lane, quiet=quiet),
    ]


def contents(client: redis.Redis) -> dict[bytes, object]:
    """Read everything that is stored, and whether it expires; two equal answers mean that nothing was written."""
    raw: Any = client
    # By content: what DUMP gives of a hash may be in another order the next time.
    read: dict[bytes, Callable[[bytes], object]] = {
        b"string": raw.get,
        b"hash": raw.hgetall,
        b"list": lambda key: raw.lrange(key, 0, -1),
        b"set": raw.smembers,
        b"zset": lambda key: raw.zrange(key, 0, -1, withscores=True),
        b"stream": lambda key: (raw.xrange(key), raw.xinfo_groups(key)),
    }
    # What runs out meanwhile is of no type any more.
    kinds = {key: raw.type(key) for key in raw.keys("*")}
    return {key: (read[kind](key), raw.ttl(key) != -1) for key, kind in kinds.items() if kind in read}
