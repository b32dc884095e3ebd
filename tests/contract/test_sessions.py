"""Sign-ins: found, run out, ended; stored only as hashes."""

from service.domain.sessions import COOKIE_LENGTH, SESSION_SECONDS, csrf_of, is_csrf, mint_cookie, session_of
from service.domain.site import Site
from service.domain.tokens import credential_hash
from tests.contract.test_directory import principal_of
from tests.ports import Backend
from tests.redis_backend import RedisBackend

ANNA = principal_of("anna", "mill")


async def test_a_sign_in_is_found_by_its_cookie_until_it_ends(backend: Backend, site: Site) -> None:
    cookie = mint_cookie()
    assert len(cookie) == COOKIE_LENGTH
    assert await backend.sessions.find(session_of(cookie)) is None
    begun = await backend.sessions.begin(session_of(cookie), credential_hash("gpm_a"))
    found = await backend.sessions.find(session_of(cookie))
    assert found is not None
    assert found.credential == credential_hash("gpm_a")
    assert abs((found.expires_at - begun.expires_at).total_seconds()) <= 2
    await backend.sessions.end(session_of(mint_cookie()))
    assert await backend.sessions.find(session_of(cookie)) is not None
    await backend.sessions.end(session_of(cookie))
    if isinstance(backend, RedisBackend):
        with backend.server.client() as client:
            # By the servers' own clock, of which a millisecond must pass.
            client.wait(0, 2)
    assert await backend.sessions.find(session_of(cookie)) is None


async def test_a_sign_in_is_stored_as_hashes_and_runs_out(redis_backend: RedisBackend, redis_site: Site) -> None:
    cookie = mint_cookie()
    await redis_backend.sessions.begin(session_of(cookie), credential_hash("gpm_a"))
    with redis_backend.server.client() as client:
        (key,) = [name for name in client.keys("gp:{dir}:*") if b"session" in name]
        assert SESSION_SECONDS - 60 < client.ttl(key) <= SESSION_SECONDS
        stored = key + b" " + (client.get(key) or b"")
    for secret in (cookie, csrf_of(cookie), "gpm_a"):
        assert secret.encode() not in stored


async def test_a_hash_speaks_for_whom_its_token_speaks_for(backend: Backend, site: Site) -> None:
    await backend.directory.add_principal(ANNA, "gpm_a")
    assert await backend.directory.holder(credential_hash("gpm_a")) == ANNA
    assert await backend.directory.holder(credential_hash("gpm_b")) is None
    await backend.directory.revoke(ANNA.id)
    assert await backend.directory.holder(credential_hash("gpm_a")) is None


def test_what_a_page_must_say_belongs_to_one_cookie_alone() -> None:
    one, other = mint_cookie(), mint_cookie()
    assert is_csrf(csrf_of(one), one)
    assert not any(is_csrf(said, one) for said in ("", csrf_of(other), one, session_of(one), "\ud800"))
