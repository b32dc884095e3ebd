"""Sites, policies and credentials."""

import msgspec
import pytest

from service.domain.blocking import Placing, Writing
from service.domain.errors import Conflict, NotFound, Precondition
from service.domain.rule_settings import ThreadsRule
from service.domain.site import Principal, Role, Site
from service.domain.views import ReviewQuery
from tests.builders import THREAD, Writer, policy_of, scores_of, site_of
from tests.contract.test_submit import key_of, limits_of
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.redis_backend import RedisBackend
from tests.steps import held, judged, published, submitted


def principal_of(name: str, *sites: str, role: Role = "moderator") -> Principal:
    return Principal(id=f"{role}-{name}", role=role, sites=sites, name=name)


async def test_sites_are_found_and_listed_by_id(backend: Backend, site: Site, clock: Clock) -> None:
    other = site_of(clock, "another", lane="second")
    await backend.directory.add_site(other, policy_of())
    assert await backend.directory.site(site.id) == site
    assert await backend.directory.site("nobody") is None
    assert await backend.directory.sites() == [other, site]
    assert await backend.directory.lanes() == ["main", "second"]


async def test_an_id_is_taken_once(backend: Backend, site: Site, clock: Clock) -> None:
    for lane in ("main", "second"):
        usurper = site_of(clock, site.id, lane=lane, origins=("https://evil.example",))
        with pytest.raises(Conflict) as caught:
            await backend.directory.add_site(usurper, policy_of("post"))
        assert caught.value.slug == "site-exists"
    assert await backend.directory.sites() == [site]
    assert (await backend.directory.policy(site)).mode == "hybrid"


async def test_a_site_s_record_is_replaced(backend: Backend, site: Site) -> None:
    moved = msgspec.structs.replace(site, origins=("https://new.example",))
    await backend.directory.put_site(moved)
    assert await backend.directory.site(site.id) == moved


async def test_a_policy_replaces_the_version_it_names_and_no_other(backend: Backend, site: Site) -> None:
    await backend.directory.put_policy(site, policy_of("pre", version=2), replaces=1)
    with pytest.raises(Precondition) as caught:
        await backend.directory.put_policy(site, policy_of("post", version=2), replaces=1)
    assert caught.value.slug == "version-mismatch"
    assert await backend.directory.policy(site) == policy_of("pre", version=2)


async def test_a_site_without_record_has_no_policy(backend: Backend, site: Site, clock: Clock) -> None:
    nobody = site_of(clock, "nobody")
    with pytest.raises(NotFound):
        await backend.directory.policy(nobody)
    with pytest.raises(NotFound):
        await backend.directory.put_policy(nobody, policy_of(), replaces=1)


async def test_a_credential_speaks_for_whom_it_was_made_until_it_is_revoked(backend: Backend, site: Site) -> None:
    anna, ben = principal_of("anna", site.id), principal_of("ben", site.id)
    await backend.directory.add_principal(anna, "gpm_a")
    await backend.directory.add_principal(ben, "gpm_b")
    assert await backend.directory.principal("gpm_a") == anna
    assert await backend.directory.principal("gpm_c") is None
    assert await backend.directory.principals() == [anna, ben]
    assert await backend.directory.revoke(anna.id)
    assert not await backend.directory.revoke(anna.id)
    assert await backend.directory.principal("gpm_a") is None
    assert await backend.directory.principals() == [ben]


async def test_a_removed_site_leaves_nothing_and_others_alone(backend: Backend, site: Site, clock: Clock) -> None:
    # The longer name begins with the shorter one: removing by prefix would take both.
    doomed, kept = Writer(clock, site_of(clock, "mill-2")), Writer(clock, site)
    await backend.directory.add_site(doomed.site, policy_of())
    await backend.directory.add_principal(principal_of("x", "mill-2", role="site"), "gps_x")
    await backend.directory.add_principal(principal_of("both", "mill-2", site.id), "gpm_both")
    shown = await published(backend, kept)
    for writer in (doomed,):
        await backend.comments.submit(writer.site, writer.order(idempotency=key_of(), limits=limits_of()))
        await judged(backend, writer, await submitted(backend, writer), "approved", look=True)
        await held(backend, writer, await submitted(backend, writer), scores_of(0.8))
        await published(backend, writer)
    assert await backend.directory.remove_site(doomed.site) == 4
    assert await backend.directory.site("mill-2") is None
    assert await backend.directory.principal("gps_x") is None
    assert await backend.directory.principal("gpm_both") is not None
    assert (await backend.comments.review(doomed.site, ReviewQuery())).comments == ()
    assert await backend.comments.counts(doomed.site, [THREAD]) == [0]
    assert (await backend.comments.page(site, THREAD, sort="oldest", limit=5, after=None)).comments == (shown,)
    entries = await backend.queue.own("main", "w")
    context = await backend.queue.context({site.id: site}, entries)
    assert context.waiting == ()
    for entry in context.stale:
        await backend.queue.discard(entry)
    # Nothing of before comes back with a new site of the same name.
    await backend.directory.add_site(doomed.site, policy_of())
    accepted = await backend.comments.submit(doomed.site, doomed.order(idempotency=key_of(fingerprint="0" * 32)))
    assert not accepted.replayed
    await backend.directory.remove_site(doomed.site)


async def test_no_key_names_a_removed_site(redis_backend: RedisBackend, redis_site: Site, clock: Clock) -> None:
    backend, writer = redis_backend, Writer(clock, redis_site)
    writing = Writing(author="a" * 32, address="b" * 32, slow="a" * 32)
    rule = ThreadsRule(slow_seconds=60)
    order = writer.order(idempotency=key_of(), limits=limits_of(), writing=writing, threads=rule)
    await backend.comments.submit(redis_site, order)
    await backend.blocks.place(redis_site, Placing(id="block-1", kind="author", key="a" * 32, by="m"))
    await judged(backend, writer, await submitted(backend, writer), "approved", look=True)
    await held(backend, writer, await submitted(backend, writer), scores_of(0.8))
    await backend.directory.remove_site(redis_site)
    with backend.server.client() as client:
        assert [key for key in client.keys("*") if redis_site.id.encode() in key] == []


async def test_a_token_is_stored_only_as_a_hash(redis_backend: RedisBackend, redis_site: Site) -> None:
    await redis_backend.directory.add_principal(principal_of("anna", redis_site.id), "gpm_a-very-secret-token")
    kept = b"".join(file.read_bytes() for file in redis_backend.server.folder.rglob("*.aof*") if file.is_file())
    assert b"moderator-anna" in kept
    assert b"a-very-secret-token" not in kept
