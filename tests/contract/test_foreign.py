"""What foreign clients' keys may do, what they have spent, and what their moderators said."""

import asyncio

import msgspec
import pytest

from service.domain.foreign import Curve, KeySettings, ScoreMap, Suggestion
from service.domain.site import Site
from service.storage import directory_keys, feedback
from service.storage.open import open_storage
from tests.builders import policy_of, site_of
from tests.fakes import foreign as fake_foreign
from tests.fakes.clock import Clock
from tests.ports import Backend, FakeBackend
from tests.redis_backend import RedisBackend

MINUTE = 60


def suggestion(number: int = 0) -> Suggestion:
    return Suggestion(at="2026-11-24T12:00:00Z", key="key-1", text="0" * 32, suggested={"TOXICITY": number / 100_000})


async def test_settings_are_kept_replaced_and_forgotten(backend: Backend) -> None:
    assert await backend.keys.settings("key-1") is None
    curves: dict[str, Curve] = {"TOXICITY": ((0.1, 0.2), (0.9, 0.95))}
    score_map = ScoreMap(name="m", classifier="toy", hash="70f", curves=curves)
    first = KeySettings(surfaces=("perspective", "openai"), per_minute=5, map=score_map)
    await backend.keys.put_settings("key-1", first)
    assert await backend.keys.settings("key-1") == first
    second = msgspec.structs.replace(first, map=None)
    await backend.keys.put_settings("key-1", second)
    assert await backend.keys.settings("key-1") == second
    await backend.keys.forget("key-1")
    assert await backend.keys.settings("key-1") is None


async def within_a_minute(backend: Backend) -> None:
    """Wait for a minute that is long enough for what follows: its end gives a quota back."""
    if isinstance(backend, FakeBackend):
        backend.clock.advance(MINUTE - backend.clock.seconds % MINUTE)
        return
    assert isinstance(backend, RedisBackend)
    with backend.server.client() as client:
        while client.time()[0] % MINUTE > MINUTE - 5:
            await asyncio.sleep(0.1)


async def test_a_quota_is_spent_by_each_key_for_itself(backend: Backend) -> None:
    await within_a_minute(backend)
    assert [await backend.keys.spend("key-1", per_minute=3, units=1) for _ in range(3)] == [0, 0, 0]
    wait = await backend.keys.spend("key-1", per_minute=3, units=1)
    assert 1 <= wait <= MINUTE
    assert await backend.keys.spend("key-2", per_minute=3, units=1) == 0


async def test_units_are_spent_all_or_none(backend: Backend) -> None:
    await within_a_minute(backend)
    assert await backend.keys.spend("key-1", per_minute=10, units=8) == 0
    assert await backend.keys.spend("key-1", per_minute=10, units=3) > 0
    assert await backend.keys.spend("key-1", per_minute=10, units=2) == 0


async def test_two_processes_share_a_quota(redis_backend: RedisBackend) -> None:
    await within_a_minute(redis_backend)
    other = open_storage(redis_backend.server.url, backlog=1, site_backlog=1)
    both = (redis_backend.keys, other.keys)
    waits = await asyncio.gather(*(both[n % 2].spend("key-1", per_minute=20, units=1) for n in range(50)))
    assert waits.count(0) == 20
    await other.close()


async def test_a_repeated_call_spends_nothing_more(
    redis_backend: RedisBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    await within_a_minute(redis_backend)
    monkeypatch.setattr("service.storage.foreign_keys.secrets.token_hex", lambda _: "the same call")
    assert [await redis_backend.keys.spend("key-1", per_minute=2, units=2) for _ in range(3)] == [0, 0, 0]


async def test_what_was_spent_is_forgotten_with_the_minute(redis_backend: RedisBackend) -> None:
    await within_a_minute(redis_backend)
    await redis_backend.keys.spend("key-1", per_minute=2, units=2)
    with redis_backend.server.client() as client:
        (name,) = client.keys("gp:{dir}:quota:*")
        assert name.decode() in {directory_keys.quota("key-1", 0), directory_keys.quota("key-1", 1)}
        assert 0 < client.pttl(name) <= MINUTE * 1000


async def test_the_latest_suggestions_come_first_by_site(backend: Backend, site: Site) -> None:
    made = [suggestion(number) for number in range(5)]
    for one in made:
        await backend.feedback.add(site, one)
    await backend.feedback.add(None, suggestion(9))
    assert await backend.feedback.latest(site, limit=3) == made[:1:-1]
    assert await backend.feedback.latest(None, limit=3) == [suggestion(9)]


async def test_the_oldest_suggestions_are_forgotten(
    backend: Backend, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback, "MOST", 4)
    monkeypatch.setattr(fake_foreign, "MOST", 4)
    for number in range(7):
        await backend.feedback.add(site, suggestion(number))
    assert await backend.feedback.latest(site, limit=100) == [suggestion(number) for number in (6, 5, 4, 3)]


async def test_a_removed_site_takes_what_was_said_for_it_along(backend: Backend, site: Site, clock: Clock) -> None:
    doomed = site_of(clock, "mill-2")
    await backend.directory.add_site(doomed, policy_of())
    await backend.feedback.add(doomed, suggestion())
    await backend.feedback.add(site, suggestion())
    await backend.directory.remove_site(doomed)
    assert await backend.feedback.latest(doomed, limit=5) == []
    assert await backend.feedback.latest(site, limit=5) == [suggestion()]
