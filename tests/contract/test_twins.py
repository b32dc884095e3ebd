"""The same submission twice within minutes: refused in one step, and only while the first still says it."""

import asyncio

import pytest

from service.domain.errors import Conflict
from service.domain.orders import Accepted, SubmitOrder, Twin
from service.domain.site import Site
from tests.builders import Writer, policy_of, site_of
from tests.contract.test_submit import entries_of, key_of, limits_of
from tests.fakes.clock import Clock
from tests.ports import Backend, FakeBackend
from tests.redis_backend import RedisBackend
from tests.steps import applied, approved

TWIN = Twin(key="d" * 32, minutes=10)


def order_of(writer: Writer, *, key: str = TWIN.key, **fields: object) -> SubmitOrder:
    return writer.order(twin=Twin(key=key, minutes=10), **fields)  # type: ignore[arg-type]


async def refused(backend: Backend, site: Site, order: SubmitOrder) -> None:
    with pytest.raises(Conflict) as caught:
        await backend.comments.submit(site, order)
    assert caught.value.slug == "duplicate-comment"
    assert await backend.comments.load(site, order.comment.id) is None


async def test_a_twin_is_refused_and_leaves_nothing(backend: Backend, site: Site, writer: Writer) -> None:
    first = order_of(writer)
    await backend.comments.submit(site, first)
    await refused(backend, site, order_of(writer, limits=limits_of(author_per_minute=1)))
    assert await entries_of(backend) == 1
    # It was not counted against anyone's limit, and another text is welcome.
    await backend.comments.submit(site, order_of(writer, key="e" * 32, limits=limits_of(author_per_minute=1)))
    # A retry of the very call is its own work.
    assert (await backend.comments.submit(site, first)).id == first.comment.id


async def test_a_replay_stays_a_replay(backend: Backend, site: Site, writer: Writer) -> None:
    first = await backend.comments.submit(site, order_of(writer, idempotency=key_of()))
    again = await backend.comments.submit(site, order_of(writer, idempotency=key_of()))
    assert (again.id, again.replayed) == (first.id, True)


async def test_of_many_at_once_one_is_taken(backend: Backend, site: Site, writer: Writer) -> None:
    orders = [order_of(writer) for _ in range(12)]
    answers = await asyncio.gather(*(backend.comments.submit(site, order) for order in orders), return_exceptions=True)
    assert sum(isinstance(answer, Accepted) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) and answer.slug == "duplicate-comment" for answer in answers) == 11


async def test_what_was_rewritten_or_withdrawn_may_be_said_again(backend: Backend, site: Site, writer: Writer) -> None:
    first = order_of(writer)
    await backend.comments.submit(site, first)
    shown = await approved(backend, writer, first.comment)
    await refused(backend, site, order_of(writer))
    await applied(backend, writer, writer.edit(shown, "Another text."))
    second = order_of(writer)
    await backend.comments.submit(site, second)
    shown = await approved(backend, writer, second.comment)
    await applied(backend, writer, writer.delete(shown))
    await backend.comments.submit(site, order_of(writer))


async def test_minutes_later_it_is_another_comment(clock: Clock) -> None:
    fake, writer = FakeBackend(clock), Writer(clock, site_of(clock))
    await fake.directory.add_site(writer.site, policy_of())
    await fake.comments.submit(writer.site, order_of(writer))
    clock.advance(599)
    await refused(fake, writer.site, order_of(writer))
    clock.advance(2)
    await fake.comments.submit(writer.site, order_of(writer))


async def test_minutes_later_it_is_another_comment_in_redis(redis_backend: RedisBackend, redis_site: Site) -> None:
    writer = Writer(redis_backend.clock, redis_site)
    await redis_backend.comments.submit(redis_site, order_of(writer))
    with redis_backend.server.client() as client:
        (key,) = client.keys("gp:{main}:du:*")
        assert 590_000 < client.pttl(key) <= 600_000
        # The name is the keyed hash it was given, and what is stored an id: no text in either.
        assert key.decode().endswith(TWIN.key)
        client.pexpire(key, 1)
        while client.exists(key):
            await asyncio.sleep(0.002)
    await redis_backend.comments.submit(redis_site, order_of(writer))


async def test_another_site_s_twin_is_a_stranger(backend: Backend, site: Site, writer: Writer) -> None:
    await backend.comments.submit(site, order_of(writer))
    removed = await backend.directory.remove_site(site)
    assert removed == 1
    if isinstance(backend, RedisBackend):
        with backend.server.client() as client:
            assert client.keys("gp:{main}:du:*") == client.keys("gp:{main}:tx:*") == []
