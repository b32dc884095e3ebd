"""Reports, appeals and tallies in memory."""

from collections.abc import Sequence

import msgspec

from service.domain.appealing import waits_on_appeal
from service.domain.errors import TooMany
from service.domain.reporting import (
    A_BURST,
    AN_HOUR,
    KEPT_DAYS,
    MOST,
    MOST_ILLEGAL,
    MOST_OPEN,
    Judged,
    Outcome,
    Record,
    Report,
    ReportOrder,
    priority,
)
from service.domain.site import Site
from service.domain.tallies import SCORE_BUCKETS, QueueFigures, month_name
from tests.fakes.memory import Memory

_HOUR, _DAY = 3600.0, 86_400.0


def _count(memory: Memory, key: tuple[str, str, str], call: str, *, interval: float, burst: int) -> None:
    if call in memory.calls.get(key, ()):
        return
    now = memory.clock.seconds
    due = max(now, memory.due.get(key, now))
    late = due - now - interval * (burst - 1)
    if late > 1e-6:
        message = "Too many."
        raise TooMany(message, retry_after=max(1, -int(-late // 1)))
    memory.due[key] = due + interval
    memory.calls[key] = {call}


class MemoryReports:
    """The Reports over memory."""

    kind = "reports"

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def file(self, site: Site, order: ReportOrder) -> Outcome:
        """See Reports."""
        memory, report = self._memory, order.report
        if order.limited:
            for who in (report.address or "-", report.reporter):
                key = ("report", site.id, who)
                _count(memory, key, report.id, interval=_HOUR / AN_HOUR, burst=A_BURST)
        if order.comment is None:
            return "known"
        stored = memory.records.get((site.id, order.comment))
        if stored is None or stored.version != report.version:
            return "moved"
        here = (site.id, order.comment)
        if report.kind == "rule" and memory.shields.get(here) == order.text_version:
            return "known"
        version, reports = memory.reports.get(here, (order.text_version, {}))
        if version != order.text_version:
            reports = {}
        most = MOST_ILLEGAL if report.kind == "illegal" else MOST
        if report.reporter in reports:
            return "known"
        if len(reports) >= most or len(await self.of_reporter(site, report.reporter)) >= MOST_OPEN:
            return "full"
        memory.reports[here] = (order.text_version, {**reports, report.reporter: report})
        memory.tallies[site.id, month_name(report.at)][f"report:{report.kind}"] += 1
        return "stored"

    async def records(self, site: Site, reporters: Sequence[str]) -> list[Record]:
        """See Reports."""
        return [self._memory.reporters.get((site.id, who), Record()) for who in reporters]

    async def of_comment(self, site: Site, comment_id: str) -> list[Report]:
        """See Reports."""
        _, reports = self._memory.reports.get((site.id, comment_id), (0, {}))
        found = sorted(reports.values(), key=lambda report: (report.at, report.id))
        over = found and found[0].at.timestamp() + KEPT_DAYS * _DAY < self._memory.clock.seconds
        return [] if over else found

    async def open(self, site: Site, *, offset: int, limit: int) -> list[tuple[str, float]]:
        """See Reports."""
        rows = [
            (comment_id, priority(list(reports.values())))
            for (owner, comment_id), (_, reports) in self._memory.reports.items()
            if owner == site.id and reports
        ]
        return sorted(rows, key=lambda row: (row[1], row[0]), reverse=True)[offset : offset + limit]

    async def settle(self, site: Site, comment_id: str, judged: Judged) -> int:
        """See Reports."""
        here = (site.id, comment_id)
        version, reports = self._memory.reports.get(here, (0, {}))
        closed = [who for who in judged.reporters if who in reports]
        for who in closed:
            record = self._memory.reporters.get((site.id, who), Record())
            if judged.verdict != "none":
                more = {judged.verdict: getattr(record, judged.verdict) + 1}
                self._memory.reporters[site.id, who] = msgspec.structs.replace(record, **more)
        left = {who: report for who, report in reports.items() if who not in closed}
        if judged.rest and left:
            self._memory.reports[here] = (version, left)
        else:
            self._memory.reports.pop(here, None)
        return len(closed)

    async def shield(self, site: Site, comment_id: str, text_version: int) -> None:
        """See Reports."""
        if (site.id, comment_id) in self._memory.records:
            self._memory.shields[site.id, comment_id] = text_version

    async def forget(self, site: Site, comment_ids: Sequence[str], *, dry_run: bool) -> int:
        """See Reports."""
        found = {one: await self.of_comment(site, one) for one in comment_ids}
        if not dry_run:
            for one in found:
                self._memory.reports.pop((site.id, one), None)
        return sum(map(len, found.values()))

    async def of_reporter(self, site: Site, reporter: str) -> list[tuple[str, Report]]:
        """See Reports."""
        return [
            (comment_id, reports[reporter])
            for (owner, comment_id), (_, reports) in sorted(self._memory.reports.items())
            if owner == site.id and reporter in reports
        ]

    async def forget_reporter(self, site: Site, reporter: str, *, dry_run: bool) -> int:
        """See Reports."""
        found = await self.of_reporter(site, reporter)
        if dry_run:
            return len(found)
        for comment_id, report in found:
            version, reports = self._memory.reports[site.id, comment_id]
            left = {who: one for who, one in reports.items() if who != reporter}
            self._memory.reports[site.id, comment_id] = (version, left)
            self._memory.due.pop(("report", site.id, report.address), None)
        self._memory.due.pop(("report", site.id, reporter), None)
        self._memory.reporters.pop((site.id, reporter), None)
        return len(found)


class MemoryAppeals:
    """The Appeals over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def count(self, site: Site, author: str, *, a_day: int, call: str) -> None:
        """See Appeals."""
        _count(self._memory, ("appeal", site.id, author), call, interval=_DAY / a_day, burst=a_day)

    async def waiting(self, site: Site, *, limit: int) -> list[str]:
        """See Appeals."""
        rows = [
            (max(one.scores.labels.values(), default=0.0) if one.scores else 0.0, one.id)
            for one in self._memory.records.values()
            if one.site == site.id and waits_on_appeal(one)
        ]
        return [comment_id for _, comment_id in sorted(rows, reverse=True)][:limit]

    async def forget(self, site: Site, author: str, *, dry_run: bool) -> int:
        """See Appeals."""
        key = ("appeal", site.id, author)
        there = self._memory.due.get(key, 0.0) > self._memory.clock.seconds
        if not dry_run:
            self._memory.due.pop(key, None)
        return int(there)


class MemoryTallies:
    """The Tallies over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def months(self, site: Site, months: Sequence[str], *, recent: bool = False) -> dict[str, dict[str, int]]:
        """See Tallies."""
        return {month: dict(self._memory.tallies.get((site.id, month), {})) for month in months}

    async def queue(self, site: Site) -> QueueFigures:
        """See Tallies."""
        held = sorted(
            (one for one in self._memory.records.values() if (one.site, one.status) == (site.id, "held")),
            key=lambda one: one.id,
        )
        return QueueFigures(held=len(held), oldest=held[0].decided_at if held else None)

    async def distribution(self, site: Site, label: str) -> list[int]:
        """See Tallies."""
        buckets = [0] * SCORE_BUCKETS
        for one in self._memory.records.values():
            if (one.site, one.status) == (site.id, "held") and one.scores and label in one.scores.labels:
                buckets[min(int(one.scores.labels[label] * SCORE_BUCKETS), SCORE_BUCKETS - 1)] += 1
        return buckets

    async def drop(self, site: Site, months: Sequence[str]) -> int:
        """See Tallies."""
        return sum(self._memory.tallies.pop((site.id, month), None) is not None for month in months)
