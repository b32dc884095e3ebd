"""The operator's switches: in force with their answer, noted once, and undone."""

import asyncio
from datetime import timedelta

import pytest

from service.domain.errors import Conflict
from service.domain.moves import retried
from service.domain.operating import Act, Freeze
from service.domain.orders import Frozen, Lost, Move, Moved
from service.domain.site import Site
from service.domain.status import Status
from service.domain.views import ReviewQuery
from tests.builders import THREAD, Writer
from tests.contract.test_submit import key_of
from tests.ports import Backend
from tests.steps import applied, entry_of, published, submitted


async def take(backend: Backend) -> list[str]:
    return [entry.id for entry in await backend.queue.take("main", "w", count=10, block_ms=1)]


async def test_of_a_paused_lane_nothing_is_taken_until_it_is_resumed(
    backend: Backend, site: Site, writer: Writer
) -> None:
    held = await submitted(backend, writer)
    assert await take(backend) == [held.id]
    pause = Act(by="anna")
    for _ in range(2):
        await backend.controls.pause("main", pause)
    waits = await submitted(backend, writer)
    backend.clock.advance(60)
    assert await take(backend) == []
    assert await backend.queue.reclaim("main", "v", idle_ms=0, count=10) == []
    # What is in hand is finished.
    assert [entry.id for entry in await backend.queue.own("main", "w")] == [held.id]
    assert await backend.controls.paused(["other", "main"]) == ("main",)
    assert (await backend.queue.backlog(["main"])).paused == ("main",)
    await backend.controls.resume("main", Act(by="ben"))
    assert await take(backend) == [waits.id]
    assert (await backend.queue.backlog(["main"])).paused == ()
    notes = await backend.controls.journal("main", limit=10)
    assert [(note.by, note.what) for note in notes] == [("ben", "resume"), ("anna", "pause")]
    assert len(await backend.controls.journal("main", limit=1)) == 1
    assert await backend.controls.journal("other", limit=10) == []


async def test_a_retried_pause_does_not_undo_the_resume_after_it(backend: Backend, site: Site) -> None:
    pause = Act(by="anna")
    await backend.controls.pause("main", pause)
    await backend.controls.resume("main", Act(by="anna"))
    await backend.controls.pause("main", pause)
    assert await backend.controls.paused(["main"]) == ()


async def test_a_closed_site_takes_nothing_new_and_repeats_what_it_took(
    backend: Backend, site: Site, writer: Writer
) -> None:
    order = writer.order(idempotency=key_of())
    await backend.comments.submit(site, order)
    stays = await published(backend, writer, "The old text.")
    await backend.controls.freeze(site, Freeze(mode="closed"), Act(by="anna"))
    with pytest.raises(Conflict) as caught:
        await submitted(backend, writer)
    assert caught.value.slug == "site-closed"
    again = await backend.comments.submit(site, writer.order(idempotency=key_of()))
    assert (again.id, again.replayed) == (order.comment.id, True)
    with pytest.raises(Conflict) as rewriting:
        await backend.comments.move(site, writer.edit(stays, "New words."))
    assert rewriting.value.slug == "site-closed"
    page = await backend.comments.page(site, THREAD, sort="oldest", limit=5, after=None)
    assert [comment.body for comment in page.comments] == ["The old text."]
    assert isinstance(await backend.comments.move(site, writer.delete(stays)), Moved)
    await backend.controls.unfreeze(site, Act(by="ben"))
    await submitted(backend, writer)
    notes = await backend.controls.journal("main", limit=10)
    assert [(n.by, n.what, n.site, n.detail) for n in notes] == [
        ("ben", "unfreeze", site.id, ""),
        ("anna", "freeze", site.id, "mode closed"),
    ]


@pytest.mark.parametrize("to", ["approved", "rejected"])
async def test_a_freeze_stops_a_verdict_that_was_made_before_it(
    backend: Backend, site: Site, writer: Writer, to: Status
) -> None:
    waits = await submitted(backend, writer)
    entry = await entry_of(backend, waits)
    verdict = writer.judge(waits, to, entry=entry)
    await backend.controls.freeze(site, Freeze(mode="pre"), Act(by="anna"))
    assert isinstance(await backend.comments.move(site, verdict), Frozen)
    # The entry is still there, and now a human decides.
    (again,) = await backend.queue.own("main", "w")
    context = await backend.queue.context({site.id: site}, [again])
    assert [waiting.subject.mode for waiting in context.waiting] == ["pre"]
    held = await applied(backend, writer, writer.judge(waits, "held", entry=again))
    await applied(backend, writer, writer.decide(held, "approved"))
    assert await backend.queue.own("main", "w") == []


async def test_a_move_that_was_stored_before_the_freeze_is_its_own_work(
    backend: Backend, site: Site, writer: Writer
) -> None:
    waits = await submitted(backend, writer)
    verdict = writer.judge(waits, "approved", entry=await entry_of(backend, waits))
    await applied(backend, writer, verdict)
    await backend.controls.freeze(site, Freeze(mode="pre"), Act(by="anna"))
    assert isinstance(await backend.comments.move(site, verdict), Moved)
    assert isinstance(await backend.comments.move(site, writer.redecide(verdict.after, "rejected")), Frozen)
    assert isinstance(await backend.comments.move(site, writer.judge(waits, "rejected")), Lost)


async def test_a_freeze_ends_when_it_was_told_to(backend: Backend, site: Site, writer: Writer) -> None:
    until = backend.clock() + timedelta(hours=1)
    await backend.controls.freeze(site, Freeze(mode="closed", until=until), Act(by="anna"))
    frozen = await backend.controls.frozen(site)
    assert frozen is not None
    assert frozen.until is not None
    assert frozen.mode == "closed"
    # Real servers keep their own time, by which the rest is counted.
    assert abs(frozen.until - until) < timedelta(seconds=5)
    with pytest.raises(Conflict, match="opens again in"):
        await submitted(backend, writer)
    await backend.controls.freeze(site, Freeze(mode="closed", until=backend.clock()), Act(by="anna"))
    async with asyncio.timeout(10):
        # The clock that ids are minted by may be ahead of a server's.
        while await backend.controls.frozen(site) is not None:
            backend.clock.advance(1)
            await asyncio.sleep(0.01)
    await submitted(backend, writer)


async def test_what_is_buried_is_listed_in_order_sent_back_and_taken_off(
    backend: Backend, site: Site, writer: Writer
) -> None:
    sent = [await submitted(backend, writer) for _ in range(3)]
    held = [await applied(backend, writer, writer.bury(comment, await entry_of(backend, comment))) for comment in sent]
    found = await backend.controls.buried("main", after="", limit=2)
    assert [(b.site, b.id, b.version, b.error) for b in found] == [(site.id, c.id, 2, "ValueError") for c in held[:2]]
    rest = await backend.controls.buried("main", after=found[-1].entry_id, limit=2)
    assert [b.id for b in rest] == [held[2].id]
    await backend.controls.unbury("main", [found[0].entry_id])
    await backend.controls.unbury("main", [])
    assert [b.id for b in await backend.controls.buried("main", after="", limit=9)] == [c.id for c in held[1:]]

    again = retried(held[1], by="anna", at=backend.clock())
    await applied(backend, writer, Move(before=held[1], after=again, requeue=True))
    entry = await entry_of(backend, again)
    assert (entry.version, entry.deliveries) == (3, 1)
    done = await applied(backend, writer, writer.judge(again, "approved", entry=entry))
    assert [d.actor for d in done.trail] == ["system", "operator", "worker"]
    assert (await backend.comments.review(site, ReviewQuery(status="held"))).comments == (held[0], held[2])
