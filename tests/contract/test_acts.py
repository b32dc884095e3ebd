"""The audit trail: every act once, in order, bounded, found by time and moderator, gone with its site; and the news."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from redis.exceptions import ResponseError

from service.domain.acts import ACTS_KEPT, ModeratorAct
from service.domain.news import MoveNews, News
from service.domain.site import Site
from service.storage import telling
from service.storage.keys import lane_keys
from tests.builders import Writer, policy_of, site_of
from tests.contract.test_scripts import dump
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.redis_backend import RedisBackend
from tests.steps import applied, held, published, submitted


def act_of(backend: Backend, number: int, by: str = "moderator-1") -> ModeratorAct:
    return ModeratorAct(id=f"act-{number}", at=backend.clock(), by=by, kind="thread", what={"closed": "1"})


async def read(backend: Backend, site: Site, **asked: Any) -> list[ModeratorAct]:
    """Read all pages."""
    found: list[ModeratorAct] = []
    after = None
    while True:
        page = await backend.acts.between(site, **{"limit": 3, **asked}, after=after)
        found += page.acts
        if (after := page.after) is None:
            return found


async def test_acts_are_kept_once_and_in_order(backend: Backend, site: Site) -> None:
    acts = [act_of(backend, number, f"moderator-{number % 2}") for number in range(8)]
    for act in acts:
        await backend.acts.note(site, act)
        await backend.acts.note(site, act)
    found = await read(backend, site)
    assert [(act.id, act.by, act.kind, act.what) for act in found] == [(a.id, a.by, a.kind, a.what) for a in acts]
    assert [act.id for act in await read(backend, site, by="moderator-1")] == ["act-1", "act-3", "act-5", "act-7"]
    first, last = found[0].at, found[-1].at
    assert len(await read(backend, site, first=first, last=last)) == 8
    hour = timedelta(hours=1)
    assert await read(backend, site, last=first - hour) == await read(backend, site, first=last + hour) == []


async def test_every_decision_of_a_moderator_is_noted_with_its_move(
    backend: Backend, site: Site, writer: Writer
) -> None:
    waits = await held(backend, writer, await submitted(backend, writer))
    approve, reject = writer.decide(waits, "approved"), writer.decide(waits, "rejected", by="moderator-2")
    for move in (approve, approve, reject):
        await backend.comments.move(site, move)
    gone = await applied(backend, writer, writer.delete(approve.after))
    (noted,) = await read(backend, site)
    assert (noted.id, noted.by, noted.kind) == (approve.after.trail[-1].id, "moderator-1", "decision")
    codes = " ".join(reason.code for reason in approve.after.trail[-1].reasons)
    want = {"comment": gone.id, "from": "held", "to": "approved", "version": "3", "codes": codes}
    assert noted.what == want


async def test_the_trail_goes_with_its_site(backend: Backend, site: Site, clock: Clock) -> None:
    other = site_of(clock, "other")
    await backend.directory.add_site(other, policy_of())
    for one in (site, other):
        await backend.acts.note(one, act_of(backend, 1))
    await backend.directory.remove_site(other)
    await backend.directory.add_site(other, policy_of())
    assert (len(await read(backend, site)), await read(backend, other)) == (1, [])


async def test_the_trail_is_bounded(
    redis_backend: RedisBackend, redis_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ACTS_KEPT == 100_000
    monkeypatch.setattr("service.storage.acts.ACTS_KEPT", 3)
    monkeypatch.setattr(telling, "ACTS_KEPT", 3)
    writer = Writer(redis_backend.clock, redis_site)
    for number in range(4):
        await redis_backend.acts.note(redis_site, act_of(redis_backend, number))
    waits = await held(redis_backend, writer, await submitted(redis_backend, writer))
    await applied(redis_backend, writer, writer.decide(waits, "approved"))
    assert [act.kind for act in await read(redis_backend, redis_site)] == ["thread", "thread", "decision"]


async def test_where_the_trail_is_something_else_nothing_is_decided(
    redis_backend: RedisBackend, redis_site: Site
) -> None:
    writer = Writer(redis_backend.clock, redis_site)
    waits = await held(redis_backend, writer, await submitted(redis_backend, writer))
    with redis_backend.server.client() as client:
        client.set(lane_keys(redis_site.lane).acts(redis_site.id), "x")
    before = dump(redis_backend.server)
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await redis_backend.comments.move(redis_site, writer.decide(waits, "approved"))
    assert dump(redis_backend.server) == before


async def test_news_tell_each_move_of_the_site_once(backend: Backend, site: Site, writer: Writer, clock: Clock) -> None:
    other = Writer(clock, site_of(clock, "other"))
    await backend.directory.add_site(other.site, policy_of())
    async with backend.news.listen(site) as news, backend.news.listen(other.site) as others:
        shown = await published(backend, writer, thread="/a")
        taken = writer.decide(shown, "held")
        for _ in range(2):
            await backend.comments.move(site, taken)
        elsewhere = await published(backend, other)

        async def heard() -> News:
            async with asyncio.timeout(10):
                return await anext(news)

        told = MoveNews(id=shown.id, thread="/a", before="pending", after="approved", version=2, by="")
        assert await heard() == told
        again = MoveNews(id=shown.id, thread="/a", before="approved", after="held", version=3, by="moderator-1")
        assert await heard() == again
        async with asyncio.timeout(10):
            assert (await anext(others)).id == elsewhere.id
        backend.cut()
        async with asyncio.timeout(10):
            assert await anext(news, None) is None
