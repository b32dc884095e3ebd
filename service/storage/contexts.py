"""Everything that the verdicts of a batch need, read in two round trips."""

from collections.abc import Sequence
from typing import Any

import msgspec

from service.domain.comment import Comment
from service.domain.ports import Context, Entry, Subject, Waiting
from service.domain.site import Mode, Site
from service.storage import codec
from service.storage.keys import lane_keys
from service.storage.link import Link


async def read_context(link: Link, site_of: dict[str, Site], entries: Sequence[Entry]) -> Context:
    """Sort entries into work, stale and unreadable; a site that is gone makes its entries stale.

    All entries are of one lane.
    """
    known = [entry for entry in entries if entry.site in site_of]
    stale = [entry for entry in entries if entry.site not in site_of]
    rows = await link.pipeline(
        [("HMGET", lane_keys(entry.lane).comment(entry.site, entry.id), "v", "s", "r") for entry in known]
    )
    unreadable: list[Entry] = []
    work: list[tuple[Entry, Comment]] = []
    for entry, (version, status, record) in zip(known, rows, strict=True):
        if record is None or status != b"pending" or int(version) != entry.version:
            stale.append(entry)
            continue
        try:
            work.append((entry, codec.comment(record, version=version, status=status)))
        except (msgspec.MsgspecError, ValueError):
            unreadable.append(entry)
    facts = await _Surroundings.read(link, site_of, [comment for _, comment in work])
    waiting = tuple(
        Waiting(entry=entry, subject=facts.subject(comment)) for entry, comment in work if facts.complete(comment)
    )
    # A site whose policy is gone is being removed.
    stale += [entry for entry, comment in work if not facts.complete(comment)]
    return Context(waiting=waiting, stale=tuple(stale), unreadable=tuple(unreadable))


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
        wanted: dict[str, tuple[str, ...]] = {}
        for comment in comments:
            keys = lane_keys(site_of[comment.site].lane)
            wanted[keys.policy(comment.site)] = ("r",)
            wanted[keys.thread(comment.site, comment.thread)] = ("mode",)
            if comment.parent_id is not None:
                wanted[keys.comment(comment.site, comment.parent_id)] = ("s",)
        rows = await link.pipeline([("HMGET", key, *fields) for key, fields in wanted.items()])
        return cls(site_of, {key: row[0] for key, row in zip(wanted, rows, strict=True)})

    def complete(self, comment: Comment) -> bool:
        keys = lane_keys(self._site_of[comment.site].lane)
        return self._answers[keys.policy(comment.site)] is not None

    def subject(self, comment: Comment) -> Subject:
        keys = lane_keys(self._site_of[comment.site].lane)
        policy = codec.policy(self._answers[keys.policy(comment.site)])
        mode = self._answers[keys.thread(comment.site, comment.thread)]
        parent = comment.parent_id
        shown = parent is None or self._answers[keys.comment(comment.site, parent)] == b"approved"
        return Subject(
            comment=comment,
            site=self._site_of[comment.site],
            policy=policy,
            mode=msgspec.convert(mode.decode(), Mode) if mode else policy.mode,
            parent_shown=shown,
        )
