"""Readers' reports: kept once, bounded, weighed by the past, closed once, and gone with whoever goes."""

import secrets
from typing import Any

import pytest

from service.domain.comment import Comment
from service.domain.errors import TooMany
from service.domain.reporting import A_BURST, MOST, Judged, Outcome, Record, Report, ReportKind, ReportOrder
from service.domain.site import Site
from service.domain.tallies import month_name
from tests.builders import Writer, site_of
from tests.ports import Backend
from tests.steps import published


def report_of(
    writer: Writer,
    comment: Comment,
    reporter: str,
    address: str = "",
    *,
    kind: ReportKind = "rule",
    weight: float = 0.0,
    text: str = "Rude.",
) -> Report:
    return Report(
        id=secrets.token_hex(8),
        reporter=reporter,
        address=address or f"from-{reporter}",
        kind=kind,
        at=writer.clock(),
        version=comment.version,
        weight=weight,
        text=text,
    )


async def file(backend: Backend, writer: Writer, comment: Comment, report: Report, **more: Any) -> Outcome:
    order = ReportOrder(report=report, comment=comment.id, text_version=more.pop("text_version", 1), **more)
    return await backend.reports.file(writer.site, order)


async def test_a_report_is_kept_once_by_its_id_and_by_who_sends_it(
    backend: Backend, site: Site, writer: Writer
) -> None:
    shown = await published(backend, writer)
    first = report_of(writer, shown, "anna")
    assert await file(backend, writer, shown, first) == "stored"
    # A retry of the very call counts nothing more.
    assert await file(backend, writer, shown, first) == "known"
    assert await file(backend, writer, shown, report_of(writer, shown, "anna", "elsewhere")) == "known"
    assert await file(backend, writer, shown, report_of(writer, shown, "ben", "from-anna")) == "stored"
    reports = await backend.reports.of_comment(site, shown.id)
    assert [(one.reporter, one.text) for one in reports] == [("anna", "Rude."), ("ben", "Rude.")]
    assert reports[0] == first
    # Two devices behind one address are one, where it says what is looked at first.
    assert await backend.reports.open(site, offset=0, limit=9) == [(shown.id, 1.0)]
    assert [one for one, _ in await backend.reports.of_reporter(site, "anna")] == [shown.id]
    month = month_name(first.at)
    assert (await backend.tallies.months(site, [month]))[month]["report:rule"] == 2


async def test_a_report_of_another_version_is_not_kept(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    before = report_of(writer, writer.comment(), "anna")
    assert await file(backend, writer, shown, before) == "moved"
    assert await backend.reports.of_comment(site, shown.id) == []
    gone = writer.comment()
    assert await file(backend, writer, gone, report_of(writer, gone, "anna")) == "moved"


async def test_reports_on_a_text_that_was_rewritten_make_room(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    await file(backend, writer, shown, report_of(writer, shown, "anna"))
    assert await file(backend, writer, shown, report_of(writer, shown, "anna"), text_version=2) == "stored"
    assert len(await backend.reports.of_comment(site, shown.id)) == 1
    assert await backend.reports.open(site, offset=0, limit=9) == [(shown.id, 1.0)]


async def test_what_is_pressing_comes_first(backend: Backend, site: Site, writer: Writer) -> None:
    some, proven, illegal = [await published(backend, writer) for _ in range(3)]
    for who in ("anna", "ben", "dora"):
        await file(backend, writer, some, report_of(writer, some, who))
    await file(backend, writer, proven, report_of(writer, proven, "emil", weight=0.5))
    await file(backend, writer, illegal, report_of(writer, illegal, "finn", kind="illegal"))
    rows = await backend.reports.open(site, offset=0, limit=9)
    assert [one for one, _ in rows] == [illegal.id, proven.id, some.id]
    assert [score for _, score in rows] == [1_000_001.0, 51.0, 3.0]
    assert [one for one, _ in await backend.reports.open(site, offset=1, limit=1)] == [proven.id]


async def test_an_address_and_a_reader_send_so_many_and_no_more(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    for number in range(A_BURST):
        report = report_of(writer, shown, f"device-{number}", "one address")
        # Counted also where there is nothing to report: nobody learns by it what is there.
        order = ReportOrder(report=report, comment=shown.id if number % 2 else None, text_version=1)
        assert await backend.reports.file(site, order) == ("stored" if number % 2 else "known")
    with pytest.raises(TooMany) as refused:
        await file(backend, writer, shown, report_of(writer, shown, "another device", "one address"))
    assert 0 < refused.value.retry_after <= 180
    assert (
        await file(backend, writer, shown, report_of(writer, shown, "anna", "one address"), limited=False) == "stored"
    )


async def test_so_many_reports_are_kept_and_notices_find_room_beyond(
    backend: Backend, site: Site, writer: Writer
) -> None:
    shown = await published(backend, writer)
    for number in range(MOST):
        assert await file(backend, writer, shown, report_of(writer, shown, f"r{number}"), limited=False) == "stored"
    assert await file(backend, writer, shown, report_of(writer, shown, "late"), limited=False) == "full"
    notice = report_of(writer, shown, "late", kind="illegal")
    assert await file(backend, writer, shown, notice, limited=False) == "stored"
    closed = Judged(reporters=(*(f"r{number}" for number in range(MOST)), "late"), verdict="right")
    assert await backend.reports.settle(site, shown.id, closed) == MOST + 1
    assert await backend.reports.open(site, offset=0, limit=9) == []


async def test_what_is_closed_credits_each_reader_once(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    for who in ("anna", "ben", "dora"):
        await file(backend, writer, shown, report_of(writer, shown, who))
    some = Judged(reporters=("anna", "ben"), verdict="right", rest=1.0)
    assert await backend.reports.settle(site, shown.id, some) == 2
    assert await backend.reports.settle(site, shown.id, some) == 0
    assert await backend.reports.open(site, offset=0, limit=9) == [(shown.id, 1.0)]
    assert await backend.reports.settle(site, shown.id, Judged(reporters=("dora", "emil"), verdict="wrong")) == 1
    assert await backend.reports.open(site, offset=0, limit=9) == []
    records = await backend.reports.records(site, ["anna", "ben", "dora", "emil"])
    assert records == [Record(right=1), Record(right=1), Record(wrong=1), Record()]
    other = site_of(writer.clock, "weir")
    assert await backend.reports.records(other, ["anna"]) == [Record()]
    # They may be told of the same comment again.
    assert await file(backend, writer, shown, report_of(writer, shown, "anna")) == "stored"


async def test_a_shielded_text_takes_notices_alone(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    await backend.reports.shield(site, shown.id, 1)
    await backend.reports.shield(site, writer.comment().id, 1)
    assert await file(backend, writer, shown, report_of(writer, shown, "anna")) == "known"
    assert await file(backend, writer, shown, report_of(writer, shown, "ben", kind="illegal")) == "stored"
    assert await file(backend, writer, shown, report_of(writer, shown, "anna"), text_version=2) == "stored"


async def test_reports_go_with_their_comment(backend: Backend, site: Site, writer: Writer) -> None:
    shown, other = await published(backend, writer), await published(backend, writer)
    for comment in (shown, other):
        await file(backend, writer, comment, report_of(writer, comment, "anna"))
    assert await backend.reports.forget(site, [shown.id, "none"], dry_run=True) == 1
    assert await backend.reports.forget(site, [shown.id], dry_run=False) == 1
    assert await backend.reports.forget(site, [shown.id], dry_run=False) == 0
    assert [one for one, _ in await backend.reports.of_reporter(site, "anna")] == [other.id]
    assert [one for one, _ in await backend.reports.open(site, offset=0, limit=9)] == [other.id]


async def test_a_reader_goes_with_everything_of_theirs(backend: Backend, site: Site, writer: Writer) -> None:
    shown, other = await published(backend, writer), await published(backend, writer)
    for who in ("anna", "ben"):
        await file(backend, writer, shown, report_of(writer, shown, who))
    await file(backend, writer, other, report_of(writer, other, "anna"))
    await backend.reports.settle(site, other.id, Judged(reporters=("anna",), verdict="right"))
    assert await backend.reports.forget_reporter(site, "anna", dry_run=True) == 1
    assert await backend.reports.forget_reporter(site, "anna", dry_run=False) == 1
    assert await backend.reports.forget_reporter(site, "anna", dry_run=False) == 0
    assert await backend.reports.records(site, ["anna"]) == [Record()]
    assert [one.reporter for one in await backend.reports.of_comment(site, shown.id)] == ["ben"]
    assert await backend.reports.open(site, offset=0, limit=9) == [(shown.id, 1.0)]


async def test_a_site_goes_with_its_reports(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    await file(backend, writer, shown, report_of(writer, shown, "anna"))
    await backend.directory.remove_site(site)
    assert await backend.reports.of_comment(site, shown.id) == []
    assert await backend.reports.open(site, offset=0, limit=9) == []
