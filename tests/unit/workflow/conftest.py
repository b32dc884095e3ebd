"""A house over memory, with a site in it."""

import pytest

from service.domain.site import Site
from service.domain.tokens import AuthorTokens, Hasher
from service.workflow.archive import Archive
from service.workflow.house import House
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.ports import FakeBackend


@pytest.fixture
def fake(clock: Clock) -> FakeBackend:
    return FakeBackend(clock)


@pytest.fixture
def house(fake: FakeBackend, clock: Clock) -> House:
    return House(
        comments=fake.comments,
        queue=fake.queue,
        directory=fake.directory,
        changes=fake.changes,
        fleet=fake.fleet,
        controls=fake.controls,
        express=fake.express,
        keys=fake.keys,
        feedback=fake.feedback,
        reports=fake.reports,
        appeals=fake.appeals,
        tallies=fake.tallies,
        claims=fake.claims,
        batches=fake.batches,
        sessions=fake.sessions,
        acts=fake.acts,
        news=fake.news,
        shelf=fake.shelf,
        blocks=fake.blocks,
        history=fake.history,
        audits=fake.audits,
        rehearsals=fake.rehearsals,
        tokens=AuthorTokens(("s" * 32,)),
        hasher=Hasher(b"p" * 32),
        now=clock,
    )


@pytest.fixture
def archive(fake: FakeBackend, clock: Clock) -> Archive:
    return Archive(
        comments=fake.comments,
        directory=fake.directory,
        traces=fake.traces,
        places=(fake.buried, fake.reports),
        holds=fake.holds,
        ledger=fake.ledger,
        blocks=fake.blocks,
        reports=fake.reports,
        appeals=fake.appeals,
        tallies=fake.tallies,
        now=clock,
    )


@pytest.fixture
async def mill(fake: FakeBackend, clock: Clock) -> Site:
    site = site_of(clock)
    await fake.directory.add_site(site, policy_of(classifier="embedded-fast"))
    return site


@pytest.fixture
def writer(clock: Clock, mill: Site) -> Writer:
    return Writer(clock, mill)
