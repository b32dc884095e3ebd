"""Every version of a policy is kept with who stored it and when, 100 of them."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from service.domain.errors import Precondition
from service.domain.policy_history import VERSIONS, PolicyChange, PolicyVersion
from service.domain.site import Site
from service.storage.keys import lane_keys
from tests.builders import policy_of
from tests.ports import Backend
from tests.redis_backend import RedisBackend

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)


async def test_versions_are_kept_with_who_and_when(backend: Backend, site: Site) -> None:
    (first,) = await backend.history.versions(site)
    assert (first.version, first.by, first.at) == (1, "operator", site.created_at)
    second = policy_of("pre", version=2)
    await backend.directory.put_policy(site, second, replaces=1, change=PolicyChange(by="anna", at=AT))
    third = policy_of("hybrid", version=3)
    await backend.directory.put_policy(site, third, replaces=2, change=PolicyChange(by="bert", at=AT, back_to=1))
    assert await backend.history.versions(site) == [
        PolicyVersion(version=3, by="bert", at=AT, back_to=1),
        PolicyVersion(version=2, by="anna", at=AT),
        first,
    ]
    assert [await backend.history.version(site, n) for n in range(5)] == [None, policy_of(), second, third, None]


async def test_who_comes_late_leaves_no_version(backend: Backend, site: Site) -> None:
    await backend.directory.put_policy(site, policy_of("pre", version=2), replaces=1)
    with pytest.raises(Precondition):
        await backend.directory.put_policy(site, policy_of("post", version=2), replaces=1)
    assert await backend.history.version(site, 2) == policy_of("pre", version=2)
    assert len(await backend.history.versions(site)) == 2


async def test_a_hundred_versions_are_kept(backend: Backend, site: Site) -> None:
    for version in range(2, VERSIONS + 4):
        await backend.directory.put_policy(site, policy_of(version=version), replaces=version - 1)
    found = [one.version for one in await backend.history.versions(site)]
    assert found == list(range(VERSIONS + 3, 3, -1))
    assert await backend.history.version(site, 3) is None


async def test_a_site_that_goes_takes_its_versions_along(backend: Backend, site: Site) -> None:
    await backend.directory.remove_site(site)
    assert await backend.history.versions(site) == []
    await backend.directory.add_site(site, policy_of())


async def test_a_site_of_an_older_gatepost_has_its_policy_as_a_version(
    redis_backend: RedisBackend, redis_site: Site
) -> None:
    """Its first version was stored without a history, and is kept when it is replaced."""
    key = lane_keys(redis_site.lane).policy_history(redis_site.id)
    with redis_backend.server.client() as client:
        client.delete(key)
    assert await redis_backend.history.versions(redis_site) == [PolicyVersion(version=1)]
    assert await redis_backend.history.version(redis_site, 1) == policy_of()
    await redis_backend.directory.put_policy(redis_site, policy_of("pre", version=2), replaces=1)
    assert [one.version for one in await redis_backend.history.versions(redis_site)] == [2, 1]
    assert await redis_backend.history.version(redis_site, 1) == policy_of()
    assert await redis_backend.history.version(redis_site, 2) == replace(policy_of("pre"), version=2)


async def test_a_wrong_type_at_the_history_leaves_nothing_half_done(
    redis_backend: RedisBackend, redis_site: Site
) -> None:
    key = lane_keys(redis_site.lane).policy_history(redis_site.id)
    with redis_backend.server.client() as client:
        client.delete(key)
        client.rpush(key, "x")
    with pytest.raises(Exception, match="WRONGTYPE"):
        await redis_backend.directory.put_policy(redis_site, policy_of("pre", version=2), replaces=1)
    assert await redis_backend.directory.policy(redis_site) == policy_of()
