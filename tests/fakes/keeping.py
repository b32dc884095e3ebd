"""Traces, holds, buried entries and the ledger in memory."""

from collections.abc import Iterator, Sequence

import msgspec

from service.domain.comment import Comment
from service.domain.errors import NotFound
from service.domain.keeping import HoldEvent, LedgerEntry, LegalHold, Marks, PurgeResult, Trace, TracePage
from service.domain.site import Site
from service.domain.status import Status
from tests.fakes.memory import Memory


class MemoryTraces:
    """The Traces over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    def _traces(self, site: Site) -> Iterator[Trace]:
        for (_, comment_id), comment in sorted(self._memory.records.items()):
            if comment.site == site.id:
                yield Trace(
                    comment=comment,
                    shadows=self._memory.shadow_scores.get((site.id, comment_id), {}),
                    answer=self._memory.answers.get((site.id, comment_id), ""),
                    replies=len(self._replies(site, comment)),
                    on_hold=self._memory.on_hold(site.id, comment_id),
                )

    def _replies(self, site: Site, comment: Comment) -> list[Comment]:
        mine = [c for c in self._memory.records.values() if (c.site, c.parent_id) == (site.id, comment.id)]
        return [c for c in mine if c.status == "approved" or self._replies(site, c)]

    async def of_author(self, site: Site, author: str, *, after: str, limit: int) -> TracePage:
        """See Traces."""
        found = [t for t in self._traces(site) if t.comment.author.key == author and t.comment.status != "deleted"]
        return self._page([trace for trace in found if trace.comment.id > after], limit)

    async def aged(self, site: Site, status: Status, *, after: str, last: str, limit: int) -> TracePage:
        """See Traces."""
        found = [trace for trace in self._traces(site) if trace.comment.status == status]
        return self._page([trace for trace in found if after < trace.comment.id < last], limit)

    def _page(self, found: list[Trace], limit: int) -> TracePage:
        page = found[:limit]
        readable = [t for t in page if (t.comment.site, t.comment.id) not in self._memory.garbled]
        return TracePage(
            traces=tuple(readable),
            unreadable=len(page) - len(readable),
            after=page[-1].comment.id if len(page) == limit else None,
        )

    async def authors(self, site: Site, cursor: int) -> tuple[int, list[str]]:
        """See Traces."""
        return 0, sorted({t.comment.author.key for t in self._traces(site) if t.comment.status != "deleted"})

    async def forget_answers(self, site: Site, traces: Sequence[Trace]) -> int:
        """See Traces."""
        for trace in traces:
            self._memory.answers.pop((site.id, trace.comment.id), None)
            self._memory.addresses.pop((site.id, trace.comment.id), None)
            self._memory.last_written.pop((site.id, trace.comment.author.key, trace.comment.thread), None)
        return sum(self._memory.idempotency.pop((site.id, t.answer), None) is not None for t in traces if t.answer)

    async def marks(self, site: Site, author: str) -> Marks:
        """See Traces."""
        own, others = self._marks(site, author)
        due = self._memory.due
        return Marks(author=sum(key in due for key in own), addresses=sum(key in due for key in others))

    async def forget_marks(self, site: Site, author: str) -> Marks:
        """See Traces."""
        counted = await self.marks(site, author)
        for keys in self._marks(site, author):
            for key in keys:
                self._memory.due.pop(key, None)
        self._memory.counted_with.pop((site.id, author), None)
        return counted

    def _marks(self, site: Site, author: str) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
        addresses = sorted(self._memory.counted_with.get((site.id, author), ()))
        others = [(kind, site.id, address) for address in addresses for kind in ("address", "threads")]
        return [("author", site.id, author)], others

    async def purge(self, site: Site, comment: Comment) -> PurgeResult:
        """See Traces."""
        key = (site.id, comment.id)
        stored = self._memory.records.get(key)
        if stored is None:
            return "gone"
        if (stored.version, stored.status) != (comment.version, comment.status):
            return "lost"
        if stored.status in ("pending", "approved") or self._replies(site, stored):
            return "listed"
        if self._memory.on_hold(*key):
            return "on hold"
        del self._memory.records[key]
        self._memory.forget_text(site.id, stored)
        for table in (self._memory.was_public, self._memory.shadow_scores, self._memory.addresses):
            table.pop(key, None)
        self._memory.idempotency.pop((site.id, self._memory.answers.pop(key, "")), None)
        return "purged"


class MemoryBuried:
    """The buried entries over memory."""

    kind = "buried_entries"

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def forget(self, site: Site, comment_ids: Sequence[str], *, dry_run: bool) -> int:
        """See Place."""
        buried = self._memory.buried[site.lane]
        mine = [row for row in buried if row.site == site.id and row.id in comment_ids]
        if not dry_run:
            self._memory.buried[site.lane] = [row for row in buried if row not in mine]
        return len(mine)


class MemoryHolds:
    """The Holds over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def add(self, site: Site, hold: LegalHold) -> None:
        """See Holds."""
        stored = self._memory.records.get((site.id, hold.comment))
        if stored is None or stored.status == "deleted":
            message = "There is no such comment to hold."
            raise NotFound(message, slug="unknown-comment")
        self._memory.holds[site.id, hold.comment] = hold
        self._memory.hold_events[site.id][hold.id] = HoldEvent(
            id=hold.id,
            action="add",
            comment=hold.comment,
            by=hold.by,
            at=hold.at,
            reason=hold.reason,
            until=hold.until,
        )

    async def remove(self, site: Site, event: HoldEvent) -> None:
        """See Holds."""
        if event.id in self._memory.hold_events[site.id]:
            return
        if self._memory.holds.pop((site.id, event.comment), None) is None:
            message = "There is no legal hold on that comment."
            raise NotFound(message, slug="unknown-comment")
        self._memory.hold_events[site.id][event.id] = event

    async def of_site(self, site: Site) -> list[LegalHold]:
        """See Holds."""
        return [hold for (owner, _), hold in sorted(self._memory.holds.items()) if owner == site.id]

    async def history(self, site: Site) -> list[HoldEvent]:
        """See Holds."""
        return sorted(self._memory.hold_events[site.id].values(), key=lambda event: (event.at, event.id))


class MemoryLedger:
    """The Ledger over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def put(self, entry: LedgerEntry) -> None:
        """See Ledger."""
        self._memory.ledger[entry.name] = entry

    async def find(self, name: str) -> LedgerEntry | None:
        """See Ledger."""
        return self._memory.ledger.get(name)

    async def open(self) -> list[LedgerEntry]:
        """See Ledger."""
        return [entry for _, entry in sorted(self._memory.ledger.items()) if not entry.done]

    async def take_in(self, entries: Sequence[LedgerEntry], *, anew: bool) -> int:
        """See Ledger."""
        ledger, news = self._memory.ledger, 0
        for entry in entries:
            known = ledger.get(entry.name)
            if known is None or entry.until > known.until:
                news += 1
                ledger[entry.name] = msgspec.structs.replace(entry, done=False)
        if anew:
            for name, entry in list(ledger.items()):
                ledger[name] = msgspec.structs.replace(entry, done=False, author="")
        return news
