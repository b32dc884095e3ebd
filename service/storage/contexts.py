"""Everything that the verdicts of a batch need, read in two round trips."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from service.domain.comment import Comment
from service.domain.policy import Policy
from service.domain.site import Mode, Site
from service.domain.work import Context, Entry, Subject, Waiting
from service.storage import codec, policy_cache
from service.storage.flights import Command
from service.storage.keys import lane_keys
from service.storage.link import Link


async def read_context(link: Link, site_of: dict[str, Site], entries: Sequence[Entry]) -> Context:
    """Sort entries into work, stale and unreadable; a site that is gone makes its entries stale.

    All entries are of one lane.
    """
    known = [entry for entry in entries if entry.site in site_of]
    stale = [entry for entry in entries if entry.site not in site_of]
    rows = await link.pipeline(
        [("HMGET", lane_keys(entry.lane).comment(entry.site, entry.id), "v", "s", "r") for entry in known],
        raising=False,
    )
    unreadable: list[Entry] = []
    work: list[tuple[Entry, Comment]] = []
    for entry, row in zip(known, rows, strict=True):
        if isinstance(row, BaseException):
            unreadable.append(entry)
            continue
        version, status, record = row
        if record is None or status != b"pending" or int(version) != entry.version:
            stale.append(entry)
            continue
        try:
            work.append((entry, codec.comment(record, version=version, status=status)))
        except (msgspec.MsgspecError, ValueError):
            unreadable.append(entry)
    facts = await _Surroundings.read(link, site_of, [comment for _, comment in work])
    waiting = [
        Waiting(entry=entry, subject=facts.subject(comment)) for entry, comment in work if facts.complete(comment)
    ]
    # A site whose policy is gone is being removed.
    stale += [entry for entry, comment in work if not facts.complete(comment)]
    if any(_asks_how_long(one) for one in waiting):
        waiting = _timed(waiting, await link.read("TIME"))
    return Context(waiting=tuple(waiting), stale=tuple(stale), unreadable=tuple(unreadable))


def _asks_how_long(waiting: Waiting) -> bool:
    # An import waits by its nature: nothing is late there.
    return waiting.entry.stream != "bulk" and waiting.subject.policy.fast_clear is not None


def _timed(waiting: Sequence[Waiting], now: tuple[int, int]) -> list[Waiting]:
    """Add how long each entry has waited: its id tells when it came, by the same clock."""
    millis = int(now[0]) * 1000 + int(now[1]) // 1000
    timed = []
    for one in waiting:
        came = int(one.entry.entry_id.partition("-")[0])
        subject = replace(one.subject, waited_seconds=max(0.0, (millis - came) / 1000))
        timed.append(replace(one, subject=subject) if _asks_how_long(one) else one)
    return timed


async def surround(link: Link, site_of: dict[str, Site], comments: Sequence[Comment]) -> list[Subject]:
    """Add to comments of one lane all that a verdict on them needs."""
    facts = await _Surroundings.read(link, site_of, comments)
    return [facts.subject(comment) for comment in comments if facts.complete(comment)]


class _Surroundings:
    """What lies around a batch's comments: policies, threads' modes and parents' statuses, each read once."""

    def __init__(self, site_of: dict[str, Site], answers: dict[str, Any]) -> None:
        self._site_of = site_of
        self._answers = answers

    @classmethod
    async def read(cls, link: Link, site_of: dict[str, Site], comments: Sequence[Comment]) -> "_Surroundings":
        wanted: dict[str, Command] = {}
        for comment in comments:
            keys = lane_keys(site_of[comment.site].lane)
            policy, thread = keys.policy(comment.site), keys.thread(comment.site, comment.thread)
            wanted[policy] = ("HGET", policy, "r")
            wanted[thread] = ("HGET", thread, "mode")
            wanted[keys.frozen(comment.site)] = ("GET", keys.frozen(comment.site))
            if comment.parent_id is not None:
                parent = keys.comment(comment.site, comment.parent_id)
                wanted[parent] = ("HGET", parent, "s")
        rows = await link.pipeline(list(wanted.values()), raising=False)
        # What cannot be read is told apart from what is not there: see `_policy` and `_mode`.
        answers = {k: b"" if isinstance(row, BaseException) else row for k, row in zip(wanted, rows, strict=True)}
        return cls(site_of, answers)

    def complete(self, comment: Comment) -> bool:
        keys = lane_keys(self._site_of[comment.site].lane)
        return self._answers[keys.policy(comment.site)] is not None

    def subject(self, comment: Comment) -> Subject:
        keys = lane_keys(self._site_of[comment.site].lane)
        policy = _policy(self._answers[keys.policy(comment.site)])
        parent = comment.parent_id
        shown = parent is None or self._answers[keys.comment(comment.site, parent)] == b"approved"
        return Subject(
            comment=comment,
            site=self._site_of[comment.site],
            policy=policy,
            mode=self._mode(comment, policy),
            parent_shown=shown,
        )

    def _mode(self, comment: Comment, policy: Policy) -> Mode:
        keys = lane_keys(self._site_of[comment.site].lane)
        # A freeze that cannot be read is one all the same.
        if self._answers[keys.frozen(comment.site)] is not None:
            return "pre"
        return _mode(self._answers[keys.thread(comment.site, comment.thread)], policy.mode)


# Fail closed, one comment at a time: what a broken policy or mode would have decided is decided by a person.
_BROKEN = Policy(version=0, classifier="", mode="pre", thresholds={})


def _policy(record: bytes) -> Policy:
    try:
        return policy_cache.policy(record)
    except msgspec.MsgspecError:
        return _BROKEN


def _mode(field: bytes | None, of_policy: Mode) -> Mode:
    # An empty field is a thread that has no mode of its own any more; one that cannot be read is empty too, but then
    # neither can the thread be, and nothing of it is shown.
    if not field:
        return of_policy
    try:
        mode: Mode = msgspec.convert(field.decode(), Mode)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "pre"
    return mode
