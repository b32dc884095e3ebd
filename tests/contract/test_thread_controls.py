"""Threads that close by their age, take comments slowly and tell readers something."""

import asyncio

import pytest

from service.domain.blocking import Writing
from service.domain.errors import Conflict, TooMany
from service.domain.rule_settings import ThreadsRule
from service.domain.site import ChangedThread, Site, Thread
from service.domain.standing import Standing
from tests.builders import THREAD, Writer
from tests.ports import Backend
from tests.redis_backend import RedisBackend
from tests.steps import published, submitted

ANYHOW = ThreadsRule()


async def change(backend: Backend, site: Site, act: str | None = None, **fields: object) -> ChangedThread:
    changes = Thread(key=THREAD, **fields)  # type: ignore[arg-type]
    return await backend.comments.patch_thread(site, THREAD, changes=changes, fields=frozenset(fields), act=act)


async def send(
    backend: Backend, writer: Writer, who: str = "anna", *, rule: ThreadsRule = ANYHOW, thread: str = THREAD
) -> None:
    comment = writer.comment(thread=thread)
    order = writer.order(comment, writing=Writing(author=who, slow=who), threads=rule)
    await backend.comments.submit(writer.site, order)


async def wait_of(backend: Backend, writer: Writer, who: str = "anna", rule: ThreadsRule = ANYHOW) -> int:
    with pytest.raises(TooMany) as caught:
        await send(backend, writer, who, rule=rule)
    assert caught.value.slug == "slow-mode"
    return caught.value.retry_after


async def test_a_change_tells_what_was_before_and_is_done_once(backend: Backend, site: Site) -> None:
    first = await change(backend, site, "act-1", slow_seconds=60, notice="Be kind.", section="sports")
    assert (first.before.slow_seconds, first.before.notice, first.after.section) == (None, "", "sports")
    second = await change(backend, site, "act-2", slow_seconds=None, notice="")
    assert (second.before.slow_seconds, second.before.notice) == (60, "Be kind.")
    assert (second.after.slow_seconds, second.after.notice, second.after.section) == (None, "", "sports")
    again = await change(backend, site, "act-1", slow_seconds=60, notice="Be kind.", section="sports")
    assert again == first
    assert await backend.comments.thread(site, THREAD) == second.after
    assert second.after.version == first.after.version + 1


async def test_the_page_tells_how_the_thread_stands(backend: Backend, site: Site, writer: Writer) -> None:
    await published(backend, writer)
    rule = ThreadsRule(slow_seconds=30, close_after_days=2)
    changed = await change(backend, site, notice="Be kind.", slow_seconds=5, mode="pre", url="https://mill.example/")
    page = await backend.comments.page(site, THREAD, sort="oldest", limit=5, after=None, rule=rule)
    standing = await backend.comments.standing(site, THREAD, rule)
    assert page.standing == standing
    assert (standing.closed, standing.slow_seconds, standing.notice) == (False, 5, "Be kind.")
    assert (page.version, standing.version) == (changed.after.version, changed.after.version)
    assert standing.closes_at is not None
    nowhere = await backend.comments.page(site, "/nowhere", sort="oldest", limit=5, after=None, rule=rule)
    assert nowhere.standing == await backend.comments.standing(site, "/nowhere", rule) == Standing(slow_seconds=30)


@pytest.mark.parametrize("own", [None, 3])
async def test_a_thread_closes_by_its_age_and_opens_anew(
    backend: Backend, site: Site, writer: Writer, own: int | None
) -> None:
    rule = ThreadsRule(close_after_days=3 if own is None else 30)
    await send(backend, writer, rule=rule)
    if own is not None:
        await change(backend, site, close_after_days=own)
    backend.pass_days(site, THREAD, 2.9)
    await send(backend, writer, rule=rule)
    assert not (await backend.comments.standing(site, THREAD, rule)).closed
    backend.pass_days(site, THREAD, 0.2)
    with pytest.raises(Conflict) as caught:
        await send(backend, writer, rule=rule)
    assert caught.value.slug == "thread-closed"
    standing = await backend.comments.standing(site, THREAD, rule)
    assert (standing.closed, standing.closes_at) == (True, None)
    page = await backend.comments.page(site, THREAD, sort="oldest", limit=5, after=None, rule=rule)
    assert page.standing == standing
    # Elsewhere, and where the policy says nothing, nothing is closed.
    await send(backend, writer, rule=rule, thread="/weir")
    if own is None:
        await send(backend, writer)
    await change(backend, site, closed=False)
    await send(backend, writer, rule=rule)
    backend.pass_days(site, THREAD, 3.1)
    await change(backend, site, close_after_days=0)
    await send(backend, writer, rule=rule)


async def test_a_thread_of_before_is_as_old_as_its_first_version(redis_backend: RedisBackend, redis_site: Site) -> None:
    writer, rule = Writer(redis_backend.clock, redis_site), ThreadsRule(close_after_days=3)
    await submitted(redis_backend, writer)
    with redis_backend.server.client() as client:
        (key,) = client.keys("gp:{main}:t:*")
        client.hdel(key, "since")
        client.hincrby(key, "v", -3 * 86_400_000)
    assert (await redis_backend.comments.standing(redis_site, THREAD, rule)).closed
    with pytest.raises(Conflict):
        await send(redis_backend, writer, rule=rule)
    # A change of something else does not make it young.
    await change(redis_backend, redis_site, title="The mill")
    assert (await redis_backend.comments.standing(redis_site, THREAD, rule)).closed


async def test_slow_mode_counts_one_writer_in_one_thread(backend: Backend, site: Site, writer: Writer) -> None:
    rule = ThreadsRule(slow_seconds=600)
    await send(backend, writer, rule=rule)
    assert 590 <= await wait_of(backend, writer, rule=rule) <= 600
    await send(backend, writer, "ben", rule=rule)
    await send(backend, writer, thread="/weir", rule=rule)
    # Whoever is exempt, as the site's key and its staff are.
    await submitted(backend, writer)
    await change(backend, site, slow_seconds=50)
    assert 40 <= await wait_of(backend, writer, rule=rule) <= 50
    await change(backend, site, slow_seconds=0)
    await send(backend, writer, rule=rule)
    await change(backend, site, slow_seconds=None)
    # What came while nobody counted is not counted.
    assert 580 <= await wait_of(backend, writer, rule=rule) <= 600


async def test_what_is_refused_counts_for_nothing_and_a_retry_is_no_second(
    backend: Backend, site: Site, writer: Writer
) -> None:
    rule = ThreadsRule(slow_seconds=600)
    await change(backend, site, closed=True)
    with pytest.raises(Conflict):
        await send(backend, writer, rule=rule)
    await change(backend, site, closed=False)
    order = writer.order(writing=Writing(author="anna", slow="anna"), threads=rule)
    first = await backend.comments.submit(site, order)
    assert await backend.comments.submit(site, order) == first


async def test_one_may_write_again_when_the_seconds_are_over(redis_backend: RedisBackend, redis_site: Site) -> None:
    writer, rule = Writer(redis_backend.clock, redis_site), ThreadsRule(slow_seconds=1)
    await send(redis_backend, writer, rule=rule)
    assert await wait_of(redis_backend, writer, rule=rule) == 1
    async with asyncio.timeout(10):
        while True:
            try:
                await send(redis_backend, writer, rule=rule)
            except TooMany:
                await asyncio.sleep(0.05)
            else:
                break
