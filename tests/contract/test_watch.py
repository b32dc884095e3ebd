"""What was read still stands only while that is proven: a move, a loss or age ends it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from service.domain.site import Site
from service.domain.watching import Glance, Watch
from service.storage import watch as watching
from service.storage.connect import connect
from service.storage.keys import LaneKeys, lane_keys
from service.storage.watch import RedisWatch
from tests.builders import THREAD, Writer
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.redis_backend import RedisBackend
from tests.steps import applied, published
from tests.tap import Tap

WAIT = 10.0
# What was withdrawn is not served this long after the decision's answer.
BOUND = 0.5


async def come_true(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT):
        while not condition():
            await asyncio.sleep(0.002)


async def glanced(watch: Watch, site: Site, thread: str = THREAD) -> Glance:
    """Look until something can be proven."""
    async with asyncio.timeout(WAIT):
        while True:
            glance = watch.glance(site, thread)
            if glance is not None and glance.stands():
                return glance
            await asyncio.sleep(0.01)


@pytest.fixture
async def tapped(redis_backend: RedisBackend) -> AsyncIterator[tuple[Tap, RedisWatch]]:
    """Give a watch whose subscription, and nothing else, goes through a tap."""
    tap = Tap()
    folder = redis_backend.server.folder
    async with tap.between(folder / f"tap{time.monotonic_ns() % 1_000_000}", redis_backend.server.socket) as url:
        link, through = connect(redis_backend.server.url), connect(url)
        link._subscriber, through._subscriber = through._subscriber, link._subscriber
        watch = RedisWatch(link)
        yield tap, watch
        await watch.close()
        await link.close()
        await through.close()


async def test_what_was_read_stands_until_the_thread_moves(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    glance = await glanced(backend.watch, site)
    await applied(backend, writer, writer.decide(shown, "held"))
    # Long before it is too old: the next look stands while this one has fallen.
    await come_true(lambda: not glance.stands())
    assert (await glanced(backend.watch, site)).stands()


async def test_other_threads_and_sites_stand(backend: Backend, site: Site, writer: Writer) -> None:
    async with asyncio.timeout(WAIT):
        while True:
            there = await glanced(backend.watch, site, "/weir")
            here = await glanced(backend.watch, site)
            await published(backend, writer)
            await come_true(lambda: not here.stands())  # noqa: B023 - awaited in this turn
            if there.stands():
                return


async def test_what_was_read_grows_too_old(backend: Backend, site: Site) -> None:
    glance = await glanced(backend.watch, site)
    await asyncio.sleep(BOUND)
    assert not glance.stands()


async def test_a_lost_connection_ends_it_and_the_thread_is_followed_again(
    backend: Backend, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    glance = await glanced(backend.watch, site)
    backend.cut()
    await come_true(lambda: not glance.stands())
    assert (await glanced(backend.watch, site)).stands()


async def test_closing_ends_it(backend: Backend, site: Site) -> None:
    glance = await glanced(backend.watch, site)
    await backend.watch.close()
    assert not glance.stands()


async def test_a_loss_alone_ends_it(
    redis_backend: RedisBackend, redis_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the two other locks: an age, and ticks that stay away."""
    monkeypatch.setattr(watching, "OLDEST_SECONDS", 3600.0)
    monkeypatch.setattr(watching, "PROVEN_SECONDS", 3600.0)
    glance = await glanced(redis_backend.watch, redis_site)
    redis_backend.cut()
    await come_true(lambda: not glance.stands())


async def test_a_frozen_subscription_ends_it_by_itself(
    redis_backend: RedisBackend,
    redis_site: Site,
    clock: Clock,
    tapped: tuple[Tap, RedisWatch],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watching, "OLDEST_SECONDS", 3600.0)
    tap, watch = tapped
    writer = Writer(clock, redis_site)
    shown = await published(redis_backend, writer)
    glance = await glanced(watch, redis_site)
    tap.freeze()
    await applied(redis_backend, writer, writer.decide(shown, "held"))
    answered = time.monotonic()
    await come_true(lambda: time.monotonic() >= answered + BOUND)
    assert not glance.stands()
    assert watch.glance(redis_site, THREAD) is None
    # What waited on the way comes late: nothing of before may stand again.
    tap.thaw()
    fresh = await glanced(watch, redis_site)
    assert fresh.stands()
    assert not glance.stands()


async def test_a_cut_subscription_ends_it(
    redis_backend: RedisBackend,
    redis_site: Site,
    clock: Clock,
    tapped: tuple[Tap, RedisWatch],
) -> None:
    tap, watch = tapped
    writer = Writer(clock, redis_site)
    shown = await published(redis_backend, writer)
    glance = await glanced(watch, redis_site)
    tap.cut()
    await applied(redis_backend, writer, writer.decide(shown, "held"))
    await come_true(lambda: not glance.stands())
    after = await glanced(watch, redis_site)
    await applied(redis_backend, writer, writer.decide(writer.decide(shown, "held").after, "approved"))
    await come_true(lambda: not after.stands())


async def test_a_dropped_message_ends_it_by_age(
    redis_backend: RedisBackend, redis_site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(clock, redis_site)
    shown = await published(redis_backend, writer)
    glance = await glanced(redis_backend.watch, redis_site)
    followed = lane_keys(redis_site.lane).channel(redis_site.id, THREAD)
    with monkeypatch.context() as astray:
        astray.setattr(LaneKeys, "channel", lambda *_: f"{followed}:nobody")
        await applied(redis_backend, writer, writer.decide(shown, "held"))
    answered = time.monotonic()
    await come_true(lambda: time.monotonic() >= answered + BOUND)
    assert not glance.stands()


async def test_a_move_amid_a_read_is_noticed_before_the_read_is_over(
    redis_backend: RedisBackend, redis_site: Site, clock: Clock
) -> None:
    """The look is before the read: what moved in between has to be heard of, or grow too old."""
    writer = Writer(clock, redis_site)
    for _ in range(20):
        glance = await glanced(redis_backend.watch, redis_site)
        page = await redis_backend.comments.page(redis_site, THREAD, sort="oldest", limit=100, after=None)
        await published(redis_backend, writer)
        now = await redis_backend.comments.page(redis_site, THREAD, sort="oldest", limit=100, after=None)
        assert len(now.comments) == len(page.comments) + 1
        await come_true(lambda: not glance.stands())  # noqa: B023 - awaited in this turn


async def test_nobody_asking_ends_the_following(
    redis_backend: RedisBackend, redis_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "IDLE_SECONDS", 0.2)
    glance = await glanced(redis_backend.watch, redis_site)
    with redis_backend.server.client() as client:
        await come_true(lambda: not client.execute_command("PUBSUB", "CHANNELS"))
    assert not glance.stands()
    assert (await glanced(redis_backend.watch, redis_site)).stands()


async def test_more_threads_than_can_be_followed_are_not_kept(
    redis_backend: RedisBackend, redis_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "FOLLOWED", 3)
    for number in range(3):
        await glanced(redis_backend.watch, redis_site, f"/{number}")
    assert redis_backend.watch.glance(redis_site, "/3") is None
