"""Readers' reports in Redis: a hash a comment, an index a site, and of each reader a record and what is open."""

from collections.abc import Sequence

import msgspec

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
from service.domain.tallies import month_name
from service.storage import scripts
from service.storage.keys import lane_keys
from service.storage.link import Link

_DAY_MS = 86_400_000
_MICROS = 1_000_000
# A reader's record outlives their reports, and ends when nothing of theirs was judged for so long.
RECORD_DAYS = 400
_report = msgspec.msgpack.Decoder(Report)


class RedisReports:
    """The Reports over a Link; also the Place from which a comment's reports go with it."""

    kind = "reports"

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def file(self, site: Site, order: ReportOrder) -> Outcome:
        """Count a report against its limits and keep it, once by its id; raises TooMany."""
        keys, report = lane_keys(site.lane), order.report
        interval = 3600 * _MICROS // AN_HOUR
        answer = await self._link.script(
            scripts.REPORT,
            [
                keys.comment(site.id, order.comment or "-"),
                keys.reports(site.id, order.comment or "-"),
                keys.reported(site.id),
                keys.open_reports(site.id, report.reporter),
                keys.tally(site.id, month_name(report.at)),
                keys.rate("report", site.id, report.address or "-"),
                keys.rate("report", site.id, report.reporter),
            ],
            [
                report.id,
                order.comment or "",
                report.version,
                order.text_version,
                report.reporter,
                report.address or report.reporter,
                msgspec.msgpack.encode(report),
                repr(report.weight),
                int(report.kind == "illegal"),
                MOST_ILLEGAL if report.kind == "illegal" else MOST,
                MOST_OPEN,
                KEPT_DAYS * _DAY_MS,
                f"report:{report.kind}",
                int(order.limited),
                interval,
                interval * (A_BURST - 1),
            ],
        )
        if answer[0] == b"rate":
            message = "Too many reports from here."
            raise TooMany(message, retry_after=max(1, int(answer[1])))
        outcome: Outcome = msgspec.convert(answer[0].decode(), Outcome)
        return outcome

    async def records(self, site: Site, reporters: Sequence[str]) -> list[Record]:
        """Read how each reporter's reports fared."""
        keys = lane_keys(site.lane)
        rows = await self._link.pipeline(
            [("HMGET", keys.reporter(site.id, who), "right", "wrong") for who in reporters]
        )
        return [Record(right=int(right or 0), wrong=int(wrong or 0)) for right, wrong in rows]

    async def of_comment(self, site: Site, comment_id: str) -> list[Report]:
        """Read the open reports of a comment, oldest first."""
        row = await self._link.read("HGETALL", lane_keys(site.lane).reports(site.id, comment_id))
        return _reports(row)

    async def open(self, site: Site, *, offset: int, limit: int) -> list[tuple[str, float]]:
        """List comments with open reports and their priority, highest first."""
        key = lane_keys(site.lane).reported(site.id)
        rows = await self._link.read("ZREVRANGE", key, offset, offset + limit - 1, "WITHSCORES")
        return [(member.decode(), float(score)) for member, score in rows]

    async def settle(self, site: Site, comment_id: str, judged: Judged) -> int:
        """Close reports and credit those who sent them, each once; returns how many were closed."""
        keys, closed = lane_keys(site.lane), 0
        # No script touches more than 500 members: what was sent beyond goes in the next step.
        steps = [judged.reporters[i : i + MOST] for i in range(0, len(judged.reporters), MOST)] or [()]
        for number, step in enumerate(steps, start=1):
            rest = judged.rest if number == len(steps) else judged.rest or 1.0
            pairs = [(keys.reporter(site.id, who), keys.open_reports(site.id, who)) for who in step]
            closed += await self._link.script(
                scripts.SETTLE,
                [
                    keys.reports(site.id, comment_id),
                    keys.reported(site.id),
                    *(key for pair in pairs for key in pair),
                ],
                [comment_id, judged.verdict, repr(rest) if rest else "0", RECORD_DAYS * _DAY_MS, *step],
            )
        return closed

    async def shield(self, site: Site, comment_id: str, text_version: int) -> None:
        """Make a text immune to rule reports, as a moderator's approval does."""
        await self._link.script(scripts.SHIELD, [lane_keys(site.lane).comment(site.id, comment_id)], [text_version])

    async def forget(self, site: Site, comment_ids: Sequence[str], *, dry_run: bool) -> int:
        """Remove all reports of some comments, or only count them."""
        keys = lane_keys(site.lane)
        rows = await self._link.pipeline([("HGETALL", keys.reports(site.id, one)) for one in comment_ids])
        found = {one: _reports(row) for one, row in zip(comment_ids, rows, strict=True) if row}
        if not dry_run:
            for one, reports in found.items():
                reporters = tuple(report.reporter for report in reports)
                await self.settle(site, one, Judged(reporters=reporters, verdict="none"))
        return sum(map(len, found.values()))

    async def of_reporter(self, site: Site, reporter: str) -> list[tuple[str, Report]]:
        """Read the open reports of one reader, with the comments they are on."""
        keys = lane_keys(site.lane)
        members = await self._link.read("ZRANGEBYLEX", keys.open_reports(site.id, reporter), "-", "+")
        ids = [member.decode() for member in members]
        rows = await self._link.pipeline([("HGET", keys.reports(site.id, one), f"p:{reporter}") for one in ids])
        return [(one, _report.decode(row)) for one, row in zip(ids, rows, strict=True) if row is not None]

    async def forget_reporter(self, site: Site, reporter: str, *, dry_run: bool) -> int:
        """Remove everything of a reader: reports, record and limits, or only count the reports."""
        keys, found = lane_keys(site.lane), await self.of_reporter(site, reporter)
        if dry_run:
            return len(found)
        addresses = {report.address for _, report in found if report.address}
        for comment_id, report in found:
            others = [one for one in await self.of_comment(site, comment_id) if one.reporter != reporter]
            if not any(one.address == report.address for one in others):
                seen = f"a:{report.address or reporter}"
                await self._link.read("HDEL", keys.reports(site.id, comment_id), seen)
            gone = Judged(reporters=(reporter,), verdict="none", rest=priority(others))
            await self.settle(site, comment_id, gone)
        await self._link.pipeline(
            [("DEL", keys.rate("report", site.id, who)) for who in (*sorted(addresses), reporter)]
        )
        # Last what leads to the rest.
        await self._link.pipeline(
            [("DEL", keys.reporter(site.id, reporter)), ("DEL", keys.open_reports(site.id, reporter))]
        )
        return len(found)


def _reports(row: dict[bytes, bytes]) -> list[Report]:
    found = [_report.decode(value) for field, value in row.items() if field.startswith(b"p:")]
    return sorted(found, key=lambda report: (report.at, report.id))
