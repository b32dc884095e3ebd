"""The live channel: what moved, from the moment of listening, until the connection is lost."""

import asyncio
from collections.abc import AsyncIterator

from service.domain.site import Site, Thread
from service.domain.views import THREAD_CHANGED, Change
from tests.builders import THREAD, Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.redis_backend import RedisBackend
from tests.steps import applied, approved, published, submitted

WAIT = 10.0


async def following(changes: AsyncIterator[Change]) -> Change | None:
    async with asyncio.timeout(WAIT):
        return await anext(changes, None)


async def test_every_move_is_told_with_ids_and_counts(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await submitted(backend, writer)
    async with backend.changes.listen(site, THREAD) as changes:
        shown = await approved(backend, writer, comment)
        gone = await applied(backend, writer, writer.delete(shown))
        assert await following(changes) == Change(id=comment.id, before="pending", after="approved", version=2, count=1)
        assert await following(changes) == Change(id=gone.id, before="approved", after="deleted", version=3, count=0)


async def test_a_thread_that_stands_otherwise_is_told_once(backend: Backend, site: Site, writer: Writer) -> None:
    async def note(thread: str, act: str) -> None:
        changes = Thread(key=thread, notice="Be kind.")
        await backend.comments.patch_thread(site, thread, changes=changes, fields=frozenset({"notice"}), act=act)

    async with backend.changes.listen(site, THREAD) as changes:
        for act in ("act-1", "act-1", "act-2"):
            await note(THREAD, act)
        assert [await following(changes) for _ in range(2)] == [THREAD_CHANGED] * 2
        await note("/other", "act-3")
        shown = await published(backend, writer)
        told = await following(changes)
        assert told is not None
        assert told.id == shown.id


async def test_a_lost_race_and_a_retry_tell_nothing(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    first, second = writer.decide(shown, "held"), writer.decide(shown, "rejected")
    async with backend.changes.listen(site, THREAD) as changes:
        for move in (first, first, second, first):
            await backend.comments.move(site, move)
        await applied(backend, writer, writer.delete(first.after))
        assert [(await following(changes) or shown).version for _ in range(2)] == [3, 4]


async def test_listeners_hear_their_own_thread_and_site(
    backend: Backend, site: Site, writer: Writer, clock: Clock
) -> None:
    other = Writer(clock, site_of(clock, "other"))
    await backend.directory.add_site(other.site, policy_of())
    async with (
        backend.changes.listen(site, THREAD) as here,
        backend.changes.listen(site, THREAD) as also,
        backend.changes.listen(site, "/weir") as there,
        backend.changes.listen(other.site, THREAD) as elsewhere,
    ):
        ids = [
            (await published(backend, writer)).id,
            (await published(backend, writer, thread="/weir")).id,
            (await published(backend, other)).id,
        ]
        heard = [await following(changes) for changes in (here, also, there, elsewhere)]
        assert [change.id if change else None for change in heard] == [ids[0], ids[0], ids[1], ids[2]]


async def test_a_lost_connection_ends_every_listener_and_the_next_one_hears(
    backend: Backend, site: Site, writer: Writer
) -> None:
    async with backend.changes.listen(site, THREAD) as one, backend.changes.listen(site, "/weir") as other:
        backend.cut()
        assert await following(one) is None
        assert await following(other) is None
    async with backend.changes.listen(site, THREAD) as changes:
        shown = await published(backend, writer)
        heard = await following(changes)
        assert heard is not None
        assert heard.id == shown.id


async def test_closing_ends_every_listener(backend: Backend, site: Site) -> None:
    async with backend.changes.listen(site, THREAD) as changes:
        await backend.changes.close()
        assert await following(changes) is None


async def test_coming_and_going_leaves_no_listener_deaf(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await published(backend, writer)
    for turn in range(60):
        async with backend.changes.listen(site, THREAD) as changes:
            to = "held" if turn % 2 == 0 else "approved"
            comment = await applied(backend, writer, writer.decide(comment, to))  # type: ignore[arg-type]
            heard = await following(changes)
            assert heard is not None
            assert heard.version == comment.version


async def test_many_coming_and_going_at_once_are_all_served(
    redis_backend: RedisBackend, redis_site: Site, clock: Clock
) -> None:
    async def visit(number: int) -> None:
        for _ in range(10):
            async with redis_backend.changes.listen(redis_site, f"/{number % 3}"):
                await asyncio.sleep(0)

    await asyncio.gather(*(visit(number) for number in range(20)))
    with redis_backend.server.client() as client:
        async with asyncio.timeout(WAIT):
            # The last one's leaving is told to the server a moment after it left.
            while client.execute_command("PUBSUB", "CHANNELS"):
                await asyncio.sleep(0.01)


async def test_nobody_is_turned_away_while_the_last_one_s_connection_closes(
    redis_backend: RedisBackend, redis_site: Site
) -> None:
    for turns in range(25):
        async with redis_backend.changes.listen(redis_site, THREAD):
            pass
        for _ in range(turns):
            await asyncio.sleep(0.0001)
        async with redis_backend.changes.listen(redis_site, THREAD):
            pass


async def test_a_reader_that_does_not_keep_up_is_cut_off_and_others_are_not(
    redis_backend: RedisBackend, redis_site: Site, clock: Clock
) -> None:
    writer = Writer(clock, redis_site)
    comment = await published(redis_backend, writer)
    async with (
        redis_backend.changes.listen(redis_site, THREAD) as slow,
        redis_backend.changes.listen(redis_site, THREAD) as quick,
    ):
        for turn in range(300):
            comment = await applied(
                redis_backend, writer, writer.decide(comment, "held" if turn % 2 == 0 else "approved")
            )
            assert await following(quick) is not None
        told = 0
        while await following(slow) is not None:
            told += 1
        assert 200 < told < 300
