"""A site on every kind of backend, and an audit when a test is done."""

from collections.abc import AsyncIterator

import pytest

from service.domain.site import Site
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.redis_backend import RedisBackend


@pytest.fixture
async def site(backend: Backend, clock: Clock) -> AsyncIterator[Site]:
    """Give a site; when the test is done, every index and count must agree with the records."""
    made = site_of(clock)
    await backend.directory.add_site(made, policy_of())
    yield made
    assert backend.faults() == []


@pytest.fixture
async def redis_site(redis_backend: RedisBackend, clock: Clock) -> Site:
    made = site_of(clock)
    await redis_backend.directory.add_site(made, policy_of())
    return made


@pytest.fixture
def writer(clock: Clock, site: Site) -> Writer:
    return Writer(clock, site)
