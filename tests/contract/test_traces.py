"""Finding and removing what is kept of people: by author, by age, with all that lies beside the records."""

from datetime import timedelta

import msgspec
import pytest

from service.domain import moves
from service.domain.blocking import Writing
from service.domain.comment import Author, Comment
from service.domain.errors import NotFound
from service.domain.ids import first_id, mint
from service.domain.keeping import HoldEvent, LedgerEntry, LegalHold, Marks, ledger_name
from service.domain.orders import Move, OnHold
from service.domain.rule_settings import ThreadsRule
from service.domain.site import Site
from service.domain.work import ShadowPosition
from tests.builders import Writer, policy_of, replaced, scores_of, site_of
from tests.contract.test_submit import key_of, limits_of
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.steps import applied, approved, entry_of, held, judged, published, submitted


def of_device(comment: Comment, author: str = "d1") -> Comment:
    return replaced(comment, author=Author(key=author, strength="device", name="Anna"))


def hold_of(clock: Clock, comment: Comment, *, hours: float = 1.0) -> LegalHold:
    now = clock()
    return LegalHold(
        id=mint(now), comment=comment.id, by="admin", reason="case 7", at=now, until=now + timedelta(hours=hours)
    )


async def authored(backend: Backend, site: Site, author: str) -> list[str]:
    return [t.comment.id for t in (await backend.traces.of_author(site, author, after="", limit=100)).traces]


async def test_an_author_s_comments_are_found_in_every_status_but_deleted(
    backend: Backend, site: Site, writer: Writer
) -> None:
    pending = await submitted(backend, writer)
    others = [await submitted(backend, writer) for _ in range(4)]
    stranger = await submitted(backend, writer, author="ben")
    for comment, status in zip(others[:3], ("approved", "held", "rejected"), strict=True):
        await judged(backend, writer, comment, status)  # type: ignore[arg-type]
    gone = await approved(backend, writer, others[3])
    await applied(backend, writer, writer.delete(gone))
    assert await authored(backend, site, "anna") == [pending.id, *(c.id for c in others[:3])]
    assert await authored(backend, site, "ben") == [stranger.id]
    assert await authored(backend, site, "nobody") == []
    page = await backend.traces.of_author(site, "anna", after=pending.id, limit=2)
    second = page.traces
    assert page.after == others[1].id
    assert [t.comment.id for t in second] == [others[0].id, others[1].id]
    assert [t.comment.status for t in second] == ["approved", "held"]


async def test_a_trace_has_what_lies_beside_the_record(backend: Backend, site: Site, writer: Writer) -> None:
    comment = writer.comment()
    await backend.comments.submit(site, writer.order(comment, idempotency=key_of()))
    comment = await approved(backend, writer, comment)
    await backend.shadows.store("main", "toy", ShadowPosition(), [(comment, scores_of(0.4))])
    reply = await published(backend, writer, parent=comment.id)
    (trace, beside) = (await backend.traces.of_author(site, "anna", after="", limit=9)).traces
    assert (trace.comment, trace.replies, trace.on_hold) == (comment, 1, False)
    assert trace.shadows == {"toy": scores_of(0.4)}
    assert trace.answer == "k" * 32
    assert (beside.comment.id, beside.shadows, beside.answer, beside.replies) == (reply.id, {}, "", 0)
    assert await backend.traces.forget_answers(site, [trace, beside]) == 1
    assert await backend.traces.forget_answers(site, [trace, beside]) == 0
    again = await backend.comments.submit(site, writer.order(idempotency=key_of()))
    assert not again.replayed


async def test_where_comments_came_from_is_forgotten_with_their_answers_and_with_themselves(
    backend: Backend, site: Site, writer: Writer
) -> None:
    writing, rule = Writing(author="anna", address="home", slow="anna"), ThreadsRule(slow_seconds=600)
    comment = writer.comment()
    await backend.comments.submit(site, writer.order(comment, writing=writing, threads=rule))
    (trace,) = (await backend.traces.of_author(site, "anna", after="", limit=9)).traces
    await backend.traces.forget_answers(site, [trace])
    assert await backend.blocks.addresses(site, [comment.id]) == [""]
    # Nor is it known any more when they last wrote here.
    other = writer.comment()
    await backend.comments.submit(site, writer.order(other, writing=writing, threads=rule))
    rejected = await judged(backend, writer, other, "rejected")
    assert await backend.traces.purge(site, rejected) == "purged"
    assert await backend.blocks.addresses(site, [other.id]) == [""]


async def test_an_author_s_limits_are_found_with_their_addresses(backend: Backend, site: Site, writer: Writer) -> None:
    slow = {"address_per_minute": 1, "address_burst": 3, "author_per_minute": 9, "threads_per_hour": 9}
    for address in ("home", "work", "home"):
        limits = limits_of(address=address, author="d1", **slow)
        await backend.comments.submit(site, writer.order(of_device(writer.comment()), limits=limits))
    await backend.comments.submit(site, writer.order(limits=limits_of(address="inn", author="d2", **slow)))
    assert (await backend.traces.marks(site, "d1")).author == 1
    found = await backend.traces.marks(site, "d1")
    # The thread was new once: only `home` counts a new thread.
    assert found == Marks(author=1, addresses=3)
    assert await backend.traces.forget_marks(site, "d1") == found
    assert await backend.traces.marks(site, "d1") == await backend.traces.forget_marks(site, "d1") == Marks()
    assert await backend.traces.marks(site, "d2") == Marks(author=1, addresses=1)


async def test_comments_by_age_are_those_of_a_status_below_an_id(backend: Backend, site: Site, writer: Writer) -> None:
    old = [await judged(backend, writer, await submitted(backend, writer), "rejected") for _ in range(3)]
    await published(backend, writer)
    edge = first_id(writer.clock() + timedelta(seconds=1))
    writer.clock.advance(5)
    await judged(backend, writer, await submitted(backend, writer), "rejected")
    found = (await backend.traces.aged(site, "rejected", after="", last=edge, limit=9)).traces
    assert [t.comment.id for t in found] == [c.id for c in old]
    found = (await backend.traces.aged(site, "rejected", after=old[0].id, last=edge, limit=1)).traces
    assert [t.comment.id for t in found] == [old[1].id]


async def test_authors_are_listed_step_by_step(backend: Backend, site: Site, writer: Writer, clock: Clock) -> None:
    for name in ("anna", "ben", "c*[x]"):
        await submitted(backend, writer, author=name)
    other = site_of(clock, "other")
    await backend.directory.add_site(other, policy_of())
    await submitted(backend, Writer(clock, other), author="dora")
    found: set[str] = set()
    cursor = -1
    while cursor:
        cursor, some = await backend.traces.authors(site, max(cursor, 0))
        found |= set(some)
    assert found == {"anna", "ben", "c*[x]"}


async def test_a_purge_removes_what_is_neither_waiting_nor_listed(backend: Backend, site: Site, writer: Writer) -> None:
    comment = writer.comment()
    await backend.comments.submit(site, writer.order(comment, idempotency=key_of()))
    assert await backend.traces.purge(site, comment) == "listed"
    shown = await approved(backend, writer, comment)
    assert await backend.traces.purge(site, shown) == "listed"
    reply = await published(backend, writer, parent=shown.id)
    rejected = await applied(backend, writer, writer.decide(shown, "rejected"))
    assert await backend.traces.purge(site, shown) == "lost"
    assert await backend.traces.purge(site, rejected) == "listed"
    await applied(backend, writer, writer.decide(reply, "rejected"))
    assert await backend.traces.purge(site, rejected) == "purged"
    assert await backend.traces.purge(site, rejected) == "gone"
    assert await backend.comments.load(site, comment.id) is None
    assert await authored(backend, site, "anna") == [reply.id]
    again = await backend.comments.submit(site, writer.order(idempotency=key_of()))
    assert not again.replayed
    waits = await held(backend, writer, await submitted(backend, writer), scores_of(0.7, insult=0.6))
    assert await backend.traces.purge(site, waits) == "purged"
    tombstone = await applied(backend, writer, writer.delete(await published(backend, writer)))
    assert await backend.traces.purge(site, tombstone) == "purged"


async def test_a_held_comment_is_neither_deleted_nor_rewritten_nor_purged(
    backend: Backend, site: Site, writer: Writer, clock: Clock
) -> None:
    comment = await published(backend, writer)
    await backend.holds.add(site, hold_of(clock, comment))
    (trace,) = (await backend.traces.of_author(site, "anna", after="", limit=9)).traces
    assert trace.on_hold
    for move in (writer.delete(comment), writer.edit(comment, "Anew.")):
        assert isinstance(await backend.comments.move(site, move), OnHold)
    erased = Move(before=comment, after=moves.deleted(comment, at=clock(), actor="erasure"))
    assert isinstance(await backend.comments.move(site, erased), OnHold)
    assert await backend.comments.load(site, comment.id) == comment
    rejected = await applied(backend, writer, writer.decide(comment, "rejected"))
    assert await backend.traces.purge(site, rejected) == "on hold"
    now = clock()
    event = HoldEvent(id=mint(now), action="remove", comment=comment.id, by="other admin", at=now)
    await backend.holds.remove(site, event)
    await backend.holds.remove(site, event)
    assert await backend.traces.purge(site, rejected) == "purged"
    history = await backend.holds.history(site)
    assert [(e.action, e.by, e.reason) for e in history] == [("add", "admin", "case 7"), ("remove", "other admin", "")]
    assert await backend.holds.of_site(site) == []


async def test_a_hold_that_ran_out_holds_nothing(backend: Backend, site: Site, writer: Writer, clock: Clock) -> None:
    comment = await published(backend, writer)
    clock.advance(-7200)
    hold = hold_of(clock, comment)
    clock.advance(7200)
    await backend.holds.add(site, hold)
    (trace,) = (await backend.traces.of_author(site, "anna", after="", limit=9)).traces
    assert not trace.on_hold
    await applied(backend, writer, writer.delete(comment))
    assert await backend.holds.of_site(site) == [hold]


async def test_a_hold_needs_a_comment_and_is_noted_once(
    backend: Backend, site: Site, writer: Writer, clock: Clock
) -> None:
    comment = await published(backend, writer)
    gone = await applied(backend, writer, writer.delete(await published(backend, writer)))
    for none in (gone, writer.comment()):
        with pytest.raises(NotFound):
            await backend.holds.add(site, hold_of(clock, none))
    now = clock()
    with pytest.raises(NotFound):
        await backend.holds.remove(site, HoldEvent(id=mint(now), action="remove", comment=comment.id, by="a", at=now))
    hold = hold_of(clock, comment)
    await backend.holds.add(site, hold)
    await backend.holds.add(site, hold)
    assert await backend.holds.of_site(site) == [hold]
    assert len(await backend.holds.history(site)) == 1


async def test_buried_entries_of_some_comments_go_and_others_stay(backend: Backend, site: Site, writer: Writer) -> None:
    comments = [await submitted(backend, writer) for _ in range(3)]
    for comment in comments:
        entry = await entry_of(backend, comment)
        await applied(backend, writer, writer.bury(comment, entry))
    wanted = [comments[0].id, comments[2].id]
    assert await backend.buried.forget(site, wanted, dry_run=True) == 2
    assert await backend.buried.forget(site, wanted, dry_run=False) == 2
    assert await backend.buried.forget(site, wanted, dry_run=False) == 0
    assert (await backend.queue.backlog(["main"])).buried == 1


async def test_the_ledger_keeps_what_goes_further(backend: Backend, clock: Clock) -> None:
    name = ledger_name("mill", "anna")
    entry = LedgerEntry(name=name, site="mill", until=first_id(clock()), at=clock(), author="anna")
    assert await backend.ledger.find(name) is None
    await backend.ledger.put(entry)
    assert await backend.ledger.open() == [entry]
    closed = msgspec.structs.replace(entry, done=True, author="")
    await backend.ledger.put(closed)
    assert await backend.ledger.open() == []
    assert await backend.ledger.find(name) == closed
    assert await backend.ledger.take_in([closed], anew=False) == 0
    assert await backend.ledger.open() == []
    clock.advance(60)
    later = msgspec.structs.replace(closed, until=first_id(clock()))
    other = msgspec.structs.replace(closed, name=ledger_name("mill", "ben"))
    assert await backend.ledger.take_in([later, other], anew=False) == 2
    assert {(e.name, e.until) for e in await backend.ledger.open()} == {(name, later.until), (other.name, other.until)}
    await backend.ledger.put(msgspec.structs.replace(later, done=True))
    assert await backend.ledger.take_in([], anew=True) == 0
    assert {(e.name, e.author) for e in await backend.ledger.open()} == {(name, ""), (other.name, "")}


async def test_a_record_that_cannot_be_read_is_counted_and_stops_nothing(
    backend: Backend, site: Site, writer: Writer
) -> None:
    comments = [await submitted(backend, writer) for _ in range(3)]
    whole = comments[1]
    backend.garble(site, whole.id)
    page = await backend.traces.of_author(site, "anna", after="", limit=9)
    assert ([t.comment.id for t in page.traces], page.unreadable) == ([comments[0].id, comments[2].id], 1)
    page = await backend.traces.of_author(site, "anna", after=comments[0].id, limit=1)
    assert (page.traces, page.unreadable, page.after) == ((), 1, whole.id)
    # The audit at the end reads every record.
    backend.mend(site, whole)
