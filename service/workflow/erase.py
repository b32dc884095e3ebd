"""An author is forgotten: everything of them goes, in steps, and what went is counted."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from service.domain.authors import ACCOUNTABLE
from service.domain.errors import Refused
from service.domain.ids import first_id, minted_at
from service.domain.keeping import LedgerEntry, Trace, TracePage, ledger_name
from service.domain.moves import deleted
from service.domain.orders import Lost, Move, OnHold
from service.domain.site import Site
from service.domain.tokens import AUTHOR_SECONDS
from service.workflow.archive import Archive

STEP = 200
_ROUNDS = 5


class Erasure(Struct, frozen=True, kw_only=True):
    """What `gatepost erase` says: how much went, by kind, and how many comments a legal hold kept.

    `done` is false while something is left, which the erasure's chore removes as soon as it may. `unreadable` records
    are damaged: an operator mends or removes them.
    """

    site: str
    author: str
    dry_run: bool
    done: bool
    removed: dict[str, int]
    kept_under_legal_hold: int
    unreadable: int


class Left(Struct, frozen=True, kw_only=True):
    """What is left of an erasure: kept by a legal hold, unreadable, and whether there is more to do at once."""

    kept: int = 0
    unreadable: int = 0
    more: bool = False

    @property
    def done(self) -> bool:
        """Tell whether nothing is left."""
        return not (self.kept or self.unreadable or self.more)


async def erase(archive: Archive, site: Site, author: str, *, dry_run: bool = False) -> Erasure:
    """Remove everything of an author; doing it again, or after it broke off, does what is left.

    Raises Refused for a `claimed` author: a typed name is no proof of who asks.
    """
    await insist_accountable(archive, site, author)
    removed: Counter[str] = Counter()
    if dry_run:
        left = await _foresee(archive, site, author, removed)
    else:
        now = archive.now()
        entry = LedgerEntry(name=ledger_name(site.id, author), site=site.id, until="", at=now, author=author)
        entry = msgspec.structs.replace(entry, until=await _until(archive, site, author, now))
        await archive.ledger.put(entry)
        left = await carry_out(archive, site, entry, removed)
    return Erasure(
        site=site.id,
        author=author,
        dry_run=dry_run,
        done=left.done and not dry_run,
        removed={kind: count for kind, count in sorted(removed.items()) if count},
        kept_under_legal_hold=left.kept,
        unreadable=left.unreadable,
    )


async def carry_out(
    archive: Archive, site: Site, entry: LedgerEntry, removed: Counter[str], *, at_once: bool = True
) -> Left:
    """Do what is left of an erasure whose author is known, and close it when nothing is.

    With `at_once` off, stop after up to 200 comments. Comments of `claimed` authors, and those made after the erasure
    was asked for, are passed over.
    """
    left = Left(more=True)
    for _ in range(_ROUNDS):
        left = await _round(archive, site, entry, removed, at_once=at_once)
        if not at_once or not left.more:
            break
    if left.more:
        return left
    # What they sent about others' comments, and what limited them there.
    removed["reports_sent"] += await archive.reports.forget_reporter(site, entry.author, dry_run=False)
    removed["appeal_limits"] += await archive.appeals.forget(site, entry.author, dry_run=False)
    marks = await archive.traces.forget_marks(site, entry.author)
    removed.update({"author_limits": marks.author, "address_limits": marks.addresses})
    if left.done:
        await archive.ledger.put(msgspec.structs.replace(entry, done=True, author=""))
    return left


async def _round(archive: Archive, site: Site, entry: LedgerEntry, removed: Counter[str], *, at_once: bool) -> Left:
    """Go once over what an author has; `more` says that something moved meanwhile, or that a step is enough."""
    kept = unreadable = missed = 0
    async for page in pages(archive, site, entry.author, until=entry.until):
        mine = [trace for trace in page.traces if trace.comment.author.strength in ACCOUNTABLE]
        free = [trace for trace in mine if not trace.on_hold]
        gone = await _erase_step(archive, site, free, removed)
        kept += len(mine) - len(free)
        unreadable += page.unreadable
        missed += len(free) - gone
        if gone and not at_once and page.after is not None:
            return Left(kept=kept, unreadable=unreadable, more=True)
    return Left(kept=kept, unreadable=unreadable, more=bool(missed))


async def insist_accountable(archive: Archive, site: Site, author: str) -> None:
    """Refuse to go by a typed name; raises Refused."""
    async for page in pages(archive, site, author):
        for trace in page.traces:
            if trace.comment.author.strength not in ACCOUNTABLE:
                message = "This author is a typed name, which anybody may type: only signed and device authors can ask."
                raise Refused(message)
        # An author's key is of one strength.
        if page.traces:
            return


async def pages(archive: Archive, site: Site, author: str, *, until: str = "g") -> AsyncIterator[TracePage]:
    """Read an author's comments with ids below `until`, oldest first, 200 at a time; by default all of them."""
    after: str | None = ""
    while after is not None and after < until:
        page = await archive.traces.of_author(site, author, after=after, limit=STEP)
        after = page.after
        meant = tuple(trace for trace in page.traces if trace.comment.id < until)
        yield msgspec.structs.replace(page, traces=meant)


async def _until(archive: Archive, site: Site, author: str, now: datetime) -> str:
    """Give the id below which everything is meant: also what a process with a faster clock has just accepted."""
    last = now
    async for page in pages(archive, site, author):
        last = max([last, *(minted_at(trace.comment.id) for trace in page.traces[-1:])])
    return first_id(last + timedelta(milliseconds=1))


async def _foresee(archive: Archive, site: Site, author: str, removed: Counter[str]) -> Left:
    kept = unreadable = 0
    async for page in pages(archive, site, author):
        free = [trace for trace in page.traces if not trace.on_hold]
        kept += len(page.traces) - len(free)
        unreadable += page.unreadable
        for place in archive.places:
            removed[place.kind] += await place.forget(site, [trace.comment.id for trace in free], dry_run=True)
        for trace in free:
            removed.update(_contents(trace, archive.now()))
            removed["idempotency_answers"] += bool(trace.answer)
    removed["reports_sent"] += await archive.reports.forget_reporter(site, author, dry_run=True)
    removed["appeal_limits"] += await archive.appeals.forget(site, author, dry_run=True)
    marks = await archive.traces.marks(site, author)
    removed.update({"author_limits": marks.author, "address_limits": marks.addresses})
    return Left(kept=kept, unreadable=unreadable)


async def _erase_step(archive: Archive, site: Site, traces: Sequence[Trace], removed: Counter[str]) -> int:
    """Erase up to 200 comments; returns how many are gone. One that moves meanwhile is left for the next round."""
    if not traces:
        return 0
    # First what only the record leads to: once the record is wiped it would not be found again.
    removed["idempotency_answers"] += await archive.traces.forget_answers(site, traces)
    for place in archive.places:
        removed[place.kind] += await place.forget(site, [trace.comment.id for trace in traces], dry_run=False)
    at = archive.now()
    results = await asyncio.gather(
        *(
            archive.comments.move(
                site, Move(before=trace.comment, after=deleted(trace.comment, at=at, actor="erasure"))
            )
            for trace in traces
        )
    )
    gone = [trace for trace, result in zip(traces, results, strict=True) if not isinstance(result, Lost | OnHold)]
    for trace in gone:
        removed.update(_contents(trace, at))
    return len(gone)


def _contents(trace: Trace, now: datetime) -> dict[str, int]:
    """Count by kind what one comment holds of its author."""
    comment = trace.comment
    return {
        "comments": 1,
        "names": bool(comment.author.name),
        "websites": bool(comment.author.website),
        "email_hashes": bool(comment.author.email),
        "author_hashes": 1,
        "texts": bool(comment.body),
        "statements": bool(comment.statement),
        "notes": len(comment.notes),
        "appeals": comment.appeal is not None,
        "scores": comment.scores is not None,
        "shadow_scores": len(trace.shadows),
        "tokens": now < minted_at(comment.id) + timedelta(seconds=AUTHOR_SECONDS),
    }
