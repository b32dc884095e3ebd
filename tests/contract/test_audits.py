"""The audit ledger: drawn once, judged once, and dropped when the comment moves."""

import msgspec

from service.domain.auditing import AuditDay, AuditEntry, AuditPlan, Drawn, Stratum, day_of, entry_of
from service.domain.comment import Comment
from service.domain.site import Site
from tests.builders import Writer
from tests.ports import Backend
from tests.steps import applied, judged, published, submitted

PLAN = AuditPlan(day="", approved=Drawn(size=8, sample=4, cut=7), rejected=Drawn(size=1, sample=1, cut=7))


def plan_of(comment: Comment) -> AuditPlan:
    return msgspec.structs.replace(PLAN, day=day_of(comment.id))


def drawn(comment: Comment) -> AuditEntry:
    stratum: Stratum = "approved" if comment.status == "approved" else "rejected"
    return entry_of(comment, plan_of(comment), stratum)


def said(entry: AuditEntry, **changes: object) -> AuditEntry:
    return msgspec.structs.replace(entry, **changes)


async def test_a_plan_is_settled_once(backend: Backend, site: Site, writer: Writer) -> None:
    plan = plan_of(writer.comment())
    assert await backend.audits.plan(site, plan.day) is None
    assert await backend.audits.settle(site, plan) == plan
    other = msgspec.structs.replace(plan, approved=Drawn(size=9, sample=9, cut=9))
    assert await backend.audits.settle(site, other) == plan
    assert await backend.audits.plan(site, plan.day) == plan
    assert not await backend.audits.is_done(site, plan.day)
    await backend.audits.finish(site, plan.day)
    assert await backend.audits.is_done(site, plan.day)
    assert await backend.audits.salt(site) == await backend.audits.salt(site)


async def test_what_was_placed_waits_once_and_in_order(backend: Backend, site: Site, writer: Writer) -> None:
    comments = [await published(backend, writer) for _ in range(3)]
    entries = [drawn(comment) for comment in comments]
    assert await backend.audits.place(site, entries[1:]) == 2
    assert await backend.audits.place(site, entries) == 1
    assert await backend.audits.waiting(site, after="", limit=9) == entries
    assert await backend.audits.waiting(site, after=entries[0].id, limit=1) == [entries[1]]
    assert await backend.audits.count(site) == 3
    assert await backend.audits.entry(site, comments[2].id) == entries[2]
    assert await backend.audits.entry(site, writer.comment().id) is None


async def test_what_has_moved_since_is_not_placed(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await published(backend, writer)
    entry = drawn(comment)
    await applied(backend, writer, writer.decide(comment, "rejected"))
    assert await backend.audits.place(site, [entry]) == 0
    assert await backend.audits.count(site) == 0


async def test_a_judgement_is_kept_once(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await published(backend, writer)
    entry = drawn(comment)
    await backend.audits.settle(site, plan_of(comment))
    await backend.audits.place(site, [entry])
    after = said(entry, judgement="unfit", by="m")
    assert await backend.audits.judge(site, entry, after) == "ok"
    assert await backend.audits.judge(site, entry, after) == "ok"
    assert await backend.audits.judge(site, entry, said(entry, judgement="fit", by="n")) == "other"
    assert await backend.audits.entry(site, comment.id) == after
    assert await backend.audits.waiting(site, after="", limit=9) == []
    assert await backend.audits.entries(site, entry.day) == [after]
    assert await backend.audits.days(site, entry.day, entry.day) == [
        AuditDay(day=entry.day, stratum="approved", size=8, sample=4, unfit=1),
        AuditDay(day=entry.day, stratum="rejected", size=1, sample=1),
    ]
    assert await backend.comments.load(site, comment.id) == comment


async def test_a_judgement_of_what_has_moved_is_not_kept_and_a_drop_is(
    backend: Backend, site: Site, writer: Writer
) -> None:
    comment = await judged(backend, writer, await submitted(backend, writer), "rejected")
    entry = drawn(comment)
    await backend.audits.settle(site, plan_of(comment))
    await backend.audits.place(site, [entry])
    await applied(backend, writer, writer.decide(comment, "held"))
    assert await backend.audits.judge(site, entry, said(entry, judgement="fit", by="m")) == "moved"
    assert await backend.audits.count(site) == 1
    assert await backend.audits.judge(site, entry, said(entry, dropped="moved")) == "ok"
    assert await backend.audits.count(site) == 0
    (_, rejected) = await backend.audits.days(site, entry.day, entry.day)
    assert (rejected.dropped, rejected.fit) == (1, 0)


async def test_a_day_is_forgotten_with_what_waits_of_it(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await published(backend, writer)
    entry = drawn(comment)
    await backend.audits.settle(site, plan_of(comment))
    await backend.audits.place(site, [entry])
    await backend.audits.forget(site, entry.day)
    assert await backend.audits.plan(site, entry.day) is None
    assert await backend.audits.entries(site, entry.day) == []
    assert await backend.audits.count(site) == 0
    assert await backend.audits.judge(site, entry, said(entry, judgement="fit")) == "none"


async def test_a_site_that_goes_takes_its_ledger_along(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await published(backend, writer)
    await backend.audits.settle(site, plan_of(comment))
    await backend.audits.place(site, [drawn(comment)])
    await backend.directory.remove_site(site)
    assert await backend.audits.count(site) == 0
    assert await backend.audits.days(site, day_of(comment.id), day_of(comment.id)) == []
    assert await backend.audits.entries(site, day_of(comment.id)) == []
