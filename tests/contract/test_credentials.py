"""Tokens: found, given another with an overlap, run out, revoked; and wrong ones counted."""

import asyncio

import pytest

from service.domain.errors import Refused
from service.domain.site import Principal, Site
from service.domain.tokens import BAD_CREDENTIAL_SECONDS, BAD_CREDENTIALS, TOKENS_AT_ONCE, credential_hash
from service.storage.directory import RedisDirectory
from service.storage.open import open_storage
from tests.contract.test_directory import principal_of
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.redis_backend import RedisBackend

ANNA = principal_of("anna", "mill")


async def found_now(backend: Backend, token: str) -> Principal | None:
    """Ask as a process does that has not asked before."""
    if isinstance(backend, RedisBackend):
        return await RedisDirectory(backend.storage.link).principal(token)
    return await backend.directory.principal(token)


async def test_a_rotated_token_and_the_older_ones_speak_for_the_same_person(backend: Backend, site: Site) -> None:
    directory = backend.directory
    await directory.add_principal(ANNA, "gpm_first")
    assert await directory.rotate(ANNA.id, "gpm_second", overlap=3600)
    assert await directory.rotate(ANNA.id, "gpm_third", overlap=7200)
    assert [await directory.principal(token) for token in ("gpm_first", "gpm_second", "gpm_third")] == [ANNA] * 3
    assert await directory.principals() == [ANNA]
    newest, second, first = await directory.credentials()
    assert [credential.id for credential in (newest, second, first)] == [
        credential_hash(token)[:12] for token in ("gpm_third", "gpm_second", "gpm_first")
    ]
    assert newest.expires_at is None
    assert first.expires_at is not None
    assert second.expires_at is not None
    # A later rotation with a longer overlap does not give an older token more time.
    assert 3_500 < (second.expires_at - first.expires_at).total_seconds() < 3_700
    assert not await directory.rotate("nobody", "gpm_x", overlap=0)
    assert await directory.principal("gpm_x") is None


async def test_a_retried_rotation_is_its_own_work(backend: Backend, site: Site) -> None:
    await backend.directory.add_principal(ANNA, "gpm_first")
    for _ in range(2):
        assert await backend.directory.rotate(ANNA.id, "gpm_second", overlap=3600)
    assert len(await backend.directory.credentials()) == 2


async def test_without_overlap_the_older_token_is_worthless_at_once(backend: Backend, site: Site) -> None:
    await backend.directory.add_principal(ANNA, "gpm_first")
    assert await backend.directory.rotate(ANNA.id, "gpm_second", overlap=0)
    assert await backend.directory.principal("gpm_first") is None
    assert await backend.directory.principal("gpm_second") == ANNA
    assert len(await backend.directory.credentials()) == 1


async def test_a_token_runs_out(backend: Backend, site: Site) -> None:
    ben = principal_of("ben", "mill")
    await backend.directory.add_principal(ANNA, "gpm_short", seconds=1)
    await backend.directory.add_principal(ben, "gpm_long", seconds=3600)
    assert await found_now(backend, "gpm_short") == ANNA
    backend.clock.advance(1)
    async with asyncio.timeout(20):
        # Redis has a clock of its own, which nothing here can turn.
        while await found_now(backend, "gpm_short") is not None:
            await asyncio.sleep(0.02)
    assert await found_now(backend, "gpm_long") == ben
    assert await backend.directory.principals() == [ben]
    # Who somebody is outlives their token: an operator may still give them another.
    assert await backend.directory.rotate(ANNA.id, "gpm_again", overlap=60)
    assert await backend.directory.principal("gpm_again") == ANNA


async def test_one_token_is_revoked_and_the_others_stay(backend: Backend, site: Site) -> None:
    directory = backend.directory
    await directory.add_principal(ANNA, "gpm_lost")
    await directory.rotate(ANNA.id, "gpm_new", overlap=3600)
    assert not await directory.revoke(ANNA.id, "0" * 12)
    assert await directory.revoke(ANNA.id, credential_hash("gpm_lost")[:12])
    assert await directory.principal("gpm_lost") is None
    assert await directory.principal("gpm_new") == ANNA
    assert await directory.revoke(ANNA.id)
    assert await directory.principal("gpm_new") is None
    assert await directory.credentials() == []


async def test_only_so_many_tokens_overlap(backend: Backend, site: Site) -> None:
    await backend.directory.add_principal(ANNA, "gpm_0")
    for number in range(1, TOKENS_AT_ONCE):
        assert await backend.directory.rotate(ANNA.id, f"gpm_{number}", overlap=3600)
    with pytest.raises(Refused):
        await backend.directory.rotate(ANNA.id, "gpm_one-too-many", overlap=3600)
    assert await backend.directory.principal("gpm_one-too-many") is None
    assert await backend.directory.rotate(ANNA.id, "gpm_fresh", overlap=0)
    assert len(await backend.directory.credentials()) == 1


async def test_wrong_tokens_are_counted_by_who_sends_them(backend: Backend) -> None:
    count = backend.directory.count_bad_credential
    assert [await count("here") for _ in range(BAD_CREDENTIALS)] == [0] * BAD_CREDENTIALS
    wait = await count("here")
    assert 1 <= wait <= BAD_CREDENTIAL_SECONDS
    assert await count("elsewhere") == 0


async def test_wrong_tokens_are_counted_exactly_by_processes_at_once(redis_backend: RedisBackend) -> None:
    others = [open_storage(redis_backend.server.url, backlog=1, site_backlog=1) for _ in range(2)]
    try:
        waits = await asyncio.gather(
            *(other.directory.count_bad_credential("here") for other in others for _ in range(2 * BAD_CREDENTIALS))
        )
    finally:
        for other in others:
            await other.close()
    # One more may have come due while they ran.
    assert BAD_CREDENTIALS <= waits.count(0) <= BAD_CREDENTIALS + 1
    assert all(1 <= wait <= BAD_CREDENTIAL_SECONDS for wait in waits if wait)


async def test_a_count_of_wrong_tokens_passes(redis_backend: RedisBackend, clock: Clock) -> None:
    await redis_backend.directory.count_bad_credential("here")
    with redis_backend.server.client() as client:
        (key,) = client.keys("gp:{dir}:attempts:*")
        assert 0 < client.pttl(key) <= BAD_CREDENTIAL_SECONDS * 1000


async def test_what_a_process_remembers_is_not_trusted_when_it_cannot_ask(
    redis_backend: RedisBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = redis_backend.directory
    await directory.add_principal(ANNA, "gpm_a")
    assert await directory.principal("gpm_a") == ANNA
    monkeypatch.setattr("service.storage.directory.CACHE_SECONDS", 0.0)

    async def away(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(redis_backend.storage.link, "pipeline", away)
        for _ in range(2):
            with pytest.raises(ConnectionError):
                await directory.principal("gpm_a")
    assert await directory.principal("gpm_a") == ANNA
