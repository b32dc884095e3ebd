"""Everything that the verdicts of a batch need, read in two round trips."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from service.domain.comment import Comment
from service.domain.policy import Around, Policy
from service.domain.remembering import remembered
from service.domain.site import Mode, Site
from service.domain.work import Context, Entry, Subject, Waiting
from service.storage import around, codec, policy_cache
from service.storage.flights import Command
from service.storage.keys import lane_keys
from service.storage.link import Link


async def read_context(link: Link, site_of: dict[str, Site], entries: Sequence[Entry]) -> Context:
    """Sort entries into work, stale and unreadable; a site that is gone makes its entries stale.

    All entries are of one lane.
    """
    known = [entry for entry in entries if entry.site in site_of]
    stale = [entry for entry in entries if entry.site not in site_of]
    # The policies come first: what is asked around a comment depends on them.
    sites = sorted({entry.site for entry in known})
    answers = await link.pipeline(
        [
            *(("HGET", lane_keys(site_of[site].lane).policy(site), "r") for site in sites),
            *(("HMGET", lane_keys(entry.lane).comment(entry.site, entry.id), "v", "s", "r") for entry in known),
        ],
        raising=False,
    )
    policies, rows = _policies(sites, answers), answers[len(sites) :]
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
    facts = await _Surroundings.read(link, site_of, [comment for _, comment in work], policies)
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
    """Add to judged comments of one lane all that another verdict on them needs; counts nothing."""
    sites = sorted({comment.site for comment in comments})
    answers = await link.pipeline(
        [("HGET", lane_keys(site_of[site].lane).policy(site), "r") for site in sites], raising=False
    )
    policies = _policies(sites, answers)
    facts = await _Surroundings.read(link, site_of, comments, policies, counting=False)
    return [facts.subject(comment) for comment in comments if facts.complete(comment)]


def _policies(sites: Sequence[str], answers: Sequence[Any]) -> dict[str, Policy]:
    """Read each site's policy, once; a site without one is left out, and one that cannot be read decides nothing."""
    records = {site: b"" if isinstance(r, BaseException) else r for site, r in zip(sites, answers, strict=False)}
    return {site: _policy(record) for site, record in records.items() if record is not None}


class _Surroundings:
    """What lies around a batch's comments: threads' modes and parents' statuses, each read once, and the counts."""

    def __init__(
        self,
        site_of: dict[str, Site],
        policies: dict[str, Policy],
        answers: dict[str, Any],
        counts: dict[str, Around | None],
    ) -> None:
        self._site_of = site_of
        self._policies = policies
        self._answers = answers
        self._counts = counts

    @classmethod
    async def read(
        cls,
        link: Link,
        site_of: dict[str, Site],
        comments: Sequence[Comment],
        policies: dict[str, Policy],
        *,
        counting: bool = True,
    ) -> "_Surroundings":
        wanted: dict[str, Command] = {}
        counted: dict[str, Command] = {}
        for comment in comments:
            keys = lane_keys(site_of[comment.site].lane)
            thread = keys.thread(comment.site, comment.thread)
            wanted[thread] = ("HGET", thread, "mode")
            wanted[keys.frozen(comment.site)] = ("GET", keys.frozen(comment.site))
            if comment.parent_id is not None:
                parent = keys.comment(comment.site, comment.parent_id)
                wanted[parent] = ("HGET", parent, "s")
            policy = policies.get(comment.site) if counting else None
            question = policy and around.question(keys, comment, policy)
            if question:
                counted[comment.id] = question
        questions = list(counted.values())
        rows = await link.pipeline([*wanted.values(), *questions], raising=False)
        told = await around.known(link, questions, rows[len(wanted) :])
        # What cannot be read is told apart from what is not there: see `_mode`.
        answers = {k: b"" if isinstance(row, BaseException) else row for k, row in zip(wanted, rows, strict=False)}
        counts = {comment_id: around.read(answer) for comment_id, answer in zip(counted, told, strict=True)}
        if not counting:
            counts = {comment.id: remembered(comment) for comment in comments}
        return cls(site_of, policies, answers, counts)

    def complete(self, comment: Comment) -> bool:
        return comment.site in self._policies

    def subject(self, comment: Comment) -> Subject:
        keys = lane_keys(self._site_of[comment.site].lane)
        policy = self._policies[comment.site]
        parent = comment.parent_id
        shown = parent is None or self._answers[keys.comment(comment.site, parent)] == b"approved"
        counted = self._counts.get(comment.id, Around())
        return Subject(
            comment=comment,
            site=self._site_of[comment.site],
            policy=policy,
            # What cannot be counted is no reason to publish.
            mode=self._mode(comment, policy) if counted is not None else "pre",
            parent_shown=shown,
            around=counted or Around(),
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
