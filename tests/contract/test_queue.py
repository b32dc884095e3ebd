"""The lane's two streams: taken, kept, taken over, given back, and never lost."""

from collections.abc import Awaitable, Callable

import pytest

from service.domain.site import Site, Thread
from service.domain.views import ReviewQuery
from service.domain.work import Context, Entry, Subject
from service.storage.keys import lane_keys
from tests.builders import THREAD, Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.redis_backend import RedisBackend
from tests.steps import applied, approved, entry_of, published, submitted

LONG = 60_000
_PENDING = ReviewQuery(status="pending", limit=100)


async def take(backend: Backend, consumer: str = "w", *, count: int = 100) -> list[Entry]:
    return await backend.queue.take("main", consumer, count=count, block_ms=1)


async def test_entries_come_once_and_in_order(backend: Backend, site: Site, writer: Writer) -> None:
    sent = [(await submitted(backend, writer)).id for _ in range(5)]
    first = await take(backend, "a", count=2)
    second = await take(backend, "b", count=10)
    assert [e.id for e in (*first, *second)] == sent
    assert {e.deliveries for e in (*first, *second)} == {1}
    assert await take(backend, "a") == []


async def test_what_is_not_finished_is_read_again_by_its_owner_only(
    backend: Backend, site: Site, writer: Writer
) -> None:
    for _ in range(3):
        await submitted(backend, writer)
    taken = await take(backend, "a")
    assert await backend.queue.own("main", "b") == []
    again = await backend.queue.own("main", "a")
    assert [e.entry_id for e in again] == [e.entry_id for e in taken]
    assert {e.deliveries for e in again} == {2}


async def test_what_lay_idle_is_taken_over_and_counted(backend: Backend, site: Site, writer: Writer) -> None:
    for _ in range(3):
        await submitted(backend, writer)
    taken = await take(backend, "a")
    assert await backend.queue.reclaim("main", "b", idle_ms=LONG, count=10) == []
    backend.clock.advance(1)
    got = await backend.queue.reclaim("main", "b", idle_ms=0, count=10)
    assert [(e.entry_id, e.deliveries) for e in got] == [(e.entry_id, 2) for e in taken]
    assert await backend.queue.own("main", "a") == []


async def test_what_was_given_back_is_taken_over_at_once_and_uncounted(
    backend: Backend, site: Site, writer: Writer
) -> None:
    for _ in range(2):
        await submitted(backend, writer)
    kept, given = await take(backend, "a")
    await backend.queue.release("main", [given])
    got = await backend.queue.reclaim("main", "b", idle_ms=LONG, count=10)
    assert [e.entry_id for e in got] == [given.entry_id]
    # Taking over is a delivery; giving back was none.
    assert got[0].deliveries == 2
    assert [e.entry_id for e in await backend.queue.own("main", "a")] == [kept.entry_id]


async def test_renewing_counts_no_delivery_and_keeps_the_owner(backend: Backend, site: Site, writer: Writer) -> None:
    await submitted(backend, writer)
    taken = await take(backend, "a")
    await backend.queue.renew("main", "a", taken)
    assert [e.deliveries for e in await backend.queue.own("main", "a")] == [2]


async def test_a_finished_entry_is_not_revived_by_renewing_or_releasing(
    backend: Backend, site: Site, writer: Writer
) -> None:
    comment = await submitted(backend, writer)
    entry = await entry_of(backend, comment, consumer="a")
    await applied(backend, writer, writer.judge(comment, "approved", entry=entry))
    await backend.queue.renew("main", "a", [entry])
    await backend.queue.release("main", [entry])
    assert await backend.queue.reclaim("main", "b", idle_ms=0, count=10) == []
    assert await backend.queue.own("main", "a") == []


async def test_an_entry_deleted_meanwhile_is_cleared(backend: Backend, site: Site, writer: Writer) -> None:
    lost, kept = await submitted(backend, writer), await submitted(backend, writer)
    entries = await take(backend, "a")
    backend.drop_entry(entries[0])
    assert [e.id for e in await backend.queue.own("main", "a")] == [kept.id]
    assert [e.id for e in await backend.queue.reclaim("main", "b", idle_ms=0, count=10)] == [kept.id]
    assert await backend.queue.own("main", "a") == []
    # Its comment is still pending, which the audit would say; a moderator's way out is its author's.
    await applied(backend, writer, writer.delete(lost))


async def test_a_deleted_entry_stays_pending_nowhere(
    redis_backend: RedisBackend, redis_site: Site, clock: Clock
) -> None:
    writer = Writer(clock, redis_site)
    await submitted(redis_backend, writer)
    entries = await take(redis_backend, "a")
    redis_backend.drop_entry(entries[0])
    await redis_backend.queue.reclaim("main", "b", idle_ms=0, count=10)
    with redis_backend.server.client() as client:
        assert client.xpending("gp:{main}:q:live", "workers")["pending"] == 0
    await redis_backend.queue.leave("main", "a")


async def test_tries_are_counted_by_entry_until_it_is_finished(backend: Backend, site: Site, writer: Writer) -> None:
    await submitted(backend, writer)
    await submitted(backend, writer)
    one, other = await take(backend)
    assert [await backend.queue.attempt(one) for _ in range(3)] == [1, 2, 3]
    await backend.queue.unattempt(one)
    assert await backend.queue.attempt(one) == 3
    assert await backend.queue.attempt(other) == 1
    await backend.queue.discard(one)
    # Somebody who was frozen meanwhile counts nothing that would stay for ever.
    assert await backend.queue.attempt(one) == 0
    await backend.queue.unattempt(one)
    assert await backend.queue.attempt(one) == 0
    await backend.queue.discard(other)
    await withdraw_all(backend, writer)


async def withdraw_all(backend: Backend, writer: Writer) -> None:
    """Discarded entries leave pending comments behind, which the audit rightly calls a fault."""
    found = (await backend.comments.review(writer.site, _PENDING)).comments
    for comment in found:
        await applied(backend, writer, writer.delete(comment))


async def test_discarding_acknowledges_and_buries_once(backend: Backend, site: Site, writer: Writer) -> None:
    await submitted(backend, writer)
    (entry,) = await take(backend)
    for _ in range(2):
        await backend.queue.discard(entry, buried="unreadable")
    backlog = await backend.queue.backlog(["main"])
    assert (backlog.entries, backlog.buried) == (0, 1)
    assert await backend.queue.own("main", "w") == []
    await withdraw_all(backend, writer)


async def test_live_work_goes_first_and_bulk_is_not_starved(backend: Backend, site: Site, writer: Writer) -> None:
    bulk = [writer.order(stream="bulk") for _ in range(3)]
    for order in bulk:
        await backend.comments.submit(site, order)
    live = [await submitted(backend, writer) for _ in range(60)]
    got = [(await take(backend, count=1))[0] for _ in range(45)]
    assert {e.stream for e in got[:15]} == {"live"}
    assert 1 <= sum(e.stream == "bulk" for e in got) <= 3
    rest = [e for _ in range(30) for e in await take(backend, count=1)]
    assert {e.id for e in (*got, *rest)} == {c.id for c in live} | {o.comment.id for o in bulk}


async def test_the_backlog_is_what_is_not_finished(backend: Backend, site: Site, writer: Writer) -> None:
    empty = await backend.queue.backlog(["main", "other"])
    assert (empty.entries, empty.oldest_seconds, empty.buried) == (0, 0.0, 0)
    comment = await submitted(backend, writer)
    await backend.comments.submit(site, writer.order(stream="bulk"))
    assert (await backend.queue.backlog(["main"])).entries == 2
    assert (await backend.queue.backlog(["other"])).entries == 0
    await approved(backend, writer, comment)
    backlog = await backend.queue.backlog(["main"])
    assert backlog.entries == 1
    assert backlog.oldest_seconds >= 0


def subjects(context: Context) -> list[Subject]:
    return [waiting.subject for waiting in context.waiting]


async def test_context_sorts_work_from_stale_and_unreadable(backend: Backend, site: Site, writer: Writer) -> None:
    work, decided, edited, broken, gone = [await submitted(backend, writer) for _ in range(5)]
    entries = {e.id: e for e in await take(backend)}
    await applied(backend, writer, writer.judge(decided, "held"))
    waits = await applied(backend, writer, writer.judge(edited, "held"))
    await applied(backend, writer, writer.edit(waits, "Anew."))
    backend.garble(site, broken.id)
    backend.erase(site, gone.id)
    context = await backend.queue.context({site.id: site}, list(entries.values()))
    assert [w.subject.comment for w in context.waiting] == [work]
    assert [w.entry for w in context.waiting] == [entries[work.id]]
    assert {e.id for e in context.stale} == {decided.id, edited.id, gone.id}
    assert [e.id for e in context.unreadable] == [broken.id]
    await backend.directory.remove_site(site)


async def test_context_of_a_site_that_is_gone_is_stale(backend: Backend, site: Site, writer: Writer) -> None:
    await submitted(backend, writer)
    entries = await take(backend)
    assert (await backend.queue.context({}, entries)).stale == tuple(entries)
    await backend.directory.remove_site(site)
    assert (await backend.queue.context({site.id: site}, entries)).stale == tuple(entries)
    assert await backend.queue.context({}, []) == await backend.queue.context({site.id: site}, [])


async def test_context_knows_the_parent_the_mode_and_the_policy(backend: Backend, site: Site, writer: Writer) -> None:
    parent = await published(backend, writer)
    reply = await submitted(backend, writer, parent=parent.id)
    alone = await submitted(backend, writer, thread="/weir")
    entries = await take(backend)
    sites = {site.id: site}
    context = await backend.queue.context(sites, entries)
    assert {s.comment.id: (s.parent_shown, s.mode) for s in subjects(context)} == {
        reply.id: (True, "hybrid"),
        alone.id: (True, "hybrid"),
    }
    await applied(backend, writer, writer.decide(parent, "held"))
    await backend.comments.patch_thread(
        site, "/weir", changes=Thread(key="/weir", mode="pre"), fields=frozenset({"mode"})
    )
    await backend.directory.put_policy(site, policy_of("post", version=2), replaces=1)
    context = await backend.queue.context(sites, entries)
    assert {s.comment.id: (s.parent_shown, s.mode, s.policy.version) for s in subjects(context)} == {
        reply.id: (False, "post", 2),
        alone.id: (True, "pre", 2),
    }
    assert {s.comment.thread for s in subjects(context)} == {THREAD, "/weir"}


@pytest.mark.parametrize("broken", ["policy of another kind", "policy that is no policy", "mode that is none"])
async def test_what_is_broken_beside_a_comment_puts_it_before_a_person(
    redis_backend: RedisBackend, redis_site: Site, clock: Clock, broken: str
) -> None:
    backend, writer = redis_backend, Writer(clock, redis_site)
    comment = await submitted(backend, writer)
    entries = await take(backend)
    keys = lane_keys(redis_site.lane)
    with backend.server.client() as client:
        if broken == "policy of another kind":
            client.delete(keys.policy(redis_site.id))
            client.set(keys.policy(redis_site.id), "x")
        elif broken == "policy that is no policy":
            client.hset(keys.policy(redis_site.id), "r", b"\xc1")
        else:
            client.hset(keys.thread(redis_site.id, comment.thread), "mode", "wild")
    context = await backend.queue.context({redis_site.id: redis_site}, entries)
    assert [(w.subject.comment.id, w.subject.mode) for w in context.waiting] == [(comment.id, "pre")]


async def test_a_comment_of_another_kind_leaves_the_rest_of_its_batch_alone(
    redis_backend: RedisBackend, redis_site: Site, clock: Clock
) -> None:
    backend, writer = redis_backend, Writer(clock, redis_site)
    spoilt, sound = await submitted(backend, writer), await submitted(backend, writer)
    entries = await take(backend)
    with backend.server.client() as client:
        client.delete(lane_keys(redis_site.lane).comment(redis_site.id, spoilt.id))
        client.set(lane_keys(redis_site.lane).comment(redis_site.id, spoilt.id), "x")
    context = await backend.queue.context({redis_site.id: redis_site}, entries)
    assert [w.subject.comment.id for w in context.waiting] == [sound.id]
    assert [entry.id for entry in context.unreadable] == [spoilt.id]


async def test_lanes_are_apart(backend: Backend, site: Site, writer: Writer, clock: Clock) -> None:
    other = Writer(clock, site_of(clock, "other", lane="second"))
    await backend.directory.add_site(other.site, policy_of())
    await submitted(backend, writer)
    there = await submitted(backend, other)
    entries = await backend.queue.take("second", "w", count=10, block_ms=1)
    assert [(e.lane, e.id) for e in entries] == [("second", there.id)]
    assert (await backend.queue.backlog(["main", "second"])).entries == 2


async def test_leaving_keeps_what_is_still_held(backend: Backend, site: Site, writer: Writer) -> None:
    await submitted(backend, writer)
    await take(backend, "a")
    await backend.queue.leave("main", "a")
    assert len(await backend.queue.reclaim("main", "b", idle_ms=0, count=10)) == 1


@pytest.mark.parametrize("step", ["take", "own", "reclaim", "renew", "release", "leave"])
async def test_a_redis_that_was_emptied_is_worked_on_again(
    redis_backend: RedisBackend, redis_site: Site, clock: Clock, step: str
) -> None:
    backend, writer = redis_backend, Writer(clock, redis_site)
    await submitted(backend, writer)
    held = await take(backend, "a")
    with backend.server.client() as client:
        client.flushall()
    await backend.directory.add_site(redis_site, policy_of())
    fresh = await submitted(backend, writer)
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "take": lambda: take(backend, "a", count=1),
        "own": lambda: backend.queue.own("main", "a"),
        "reclaim": lambda: backend.queue.reclaim("main", "a", idle_ms=0, count=1),
        "renew": lambda: backend.queue.renew("main", "a", held),
        "release": lambda: backend.queue.release("main", held),
        "leave": lambda: backend.queue.leave("main", "a"),
    }
    await calls[step]()
    found = [*await take(backend, "a"), *await backend.queue.own("main", "a")]
    assert {e.id for e in found} == {fresh.id}
