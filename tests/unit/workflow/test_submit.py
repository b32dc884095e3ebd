"""A submission becomes a pending comment, or nothing at all."""

import asyncio
import dataclasses
from typing import Any

import msgspec
import pytest

from service.domain.comment import Comment, Submission
from service.domain.errors import Conflict, Invalid, Refused, TooMany, Unavailable
from service.domain.rule_settings import DuplicateRule, RateRule, Rules
from service.domain.site import Site
from service.domain.work import WorkerInfo
from service.workflow.house import House, Patience
from service.workflow.submit import Receipt, Sender, submit
from tests.builders import THREAD, policy_of
from tests.contract.test_fleet import worker
from tests.fakes.clock import Clock
from tests.ports import FakeBackend

PLAIN = Submission(thread=THREAD, body="A fine morning.", author_name=" Anna ")
READER = Sender(address="203.0.113.7", by_site=False)
SITE = Sender(address="", by_site=True)
KEY = "k" * 16


async def send(
    house: House,
    site: Site,
    sender: Sender = READER,
    *,
    key: str | None = None,
    print_: bytes = b"1",
    **changes: Any,
) -> Receipt:
    sent = msgspec.structs.replace(PLAIN, **changes)
    return await submit(house, site, sent, sender=sender, idempotency_key=key, fingerprint=print_)


def _as_sent(*changes: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return changes


async def stored(house: House, site: Site, receipt: Receipt) -> Comment:
    found = await house.comments.load(site, receipt.id)
    assert found is not None
    return found


async def test_what_is_accepted_is_pending_and_its_token_speaks_for_it(house: House, mill: Site) -> None:
    receipt = await send(house, mill)
    comment = await stored(house, mill, receipt)
    assert (comment.status, comment.version, comment.trail, comment.scores) == ("pending", 1, (), None)
    assert comment.author.name == "Anna"
    assert house.tokens.verify(receipt.token, mill.id, receipt.id, house.now())


async def test_an_author_is_known_by_device_else_by_what_was_typed(house: House, mill: Site) -> None:
    device = "d" * 32
    one, renamed, typed, shouted, mailed = [
        (await stored(house, mill, await send(house, mill, SITE, **changes))).author
        for changes in _as_sent(
            {"device": device},
            {"device": device, "author_name": "Berta"},
            {"author_name": "Anna"},
            {"author_name": "ANNA"},
            {"author_name": "Anna", "email": "A@B.example"},
        )
    ]
    assert one.key == renamed.key
    assert (one.strength, typed.strength) == ("device", "claimed")
    assert typed.key == shouted.key
    assert len({one.key, typed.key, mailed.key}) == 3
    assert (typed.email, len(mailed.email)) == ("", 32)
    for author in (one, mailed):
        kept = msgspec.json.encode(author)
        assert device.encode() not in kept
        assert b"b.example" not in kept.lower()


async def test_keyed_hashes_of_two_sites_have_nothing_in_common(house: House, mill: Site, fake: FakeBackend) -> None:
    other = msgspec.structs.replace(mill, id="other")
    await fake.directory.add_site(other, policy_of())
    (changes,) = _as_sent({"device": "d" * 32, "email": "a@b.example"})
    here, there = [
        (await stored(house, site, await send(house, site, SITE, **changes))).author for site in (mill, other)
    ]
    assert here.key != there.key
    assert here.email != there.email


async def test_a_bad_field_stores_nothing(house: House, mill: Site, fake: FakeBackend) -> None:
    with pytest.raises(Invalid):
        await send(house, mill, body=" ")
    assert fake.memory.records == {}


@pytest.mark.parametrize("key", ["", "short", "x" * 15, "x" * 129, "x" * 20 + " ", "ä" * 20, "x" * 20 + "\n"])
async def test_a_key_that_is_not_usable_is_refused(house: House, mill: Site, fake: FakeBackend, key: str) -> None:
    with pytest.raises(Refused) as caught:
        await send(house, mill, key=key)
    assert caught.value.slug == "invalid-idempotency-key"
    assert fake.memory.records == {}


async def test_a_repeated_submission_returns_the_first_receipt(house: House, mill: Site, clock: Clock) -> None:
    first = await send(house, mill, key=KEY)
    clock.advance(3600)
    again = await send(house, mill, key=KEY)
    assert again == dataclasses.replace(first, replayed=True)
    with pytest.raises(Conflict) as caught:
        await send(house, mill, key=KEY, print_=b"2")
    assert caught.value.slug == "idempotency-mismatch"
    clock.advance(23 * 3600 + 60)
    later = await send(house, mill, key=KEY, print_=b"2")
    assert later.id != first.id


async def limited(house: House, mill: Site, rule: RateRule) -> None:
    policy = policy_of(rules=Rules(rate=rule, duplicate=DuplicateRule(enabled=False)), version=2)
    await house.directory.put_policy(mill, policy, replaces=1)


async def test_limits_count_readers_and_let_them_come_back(house: House, mill: Site, clock: Clock) -> None:
    await limited(house, mill, RateRule(address_burst=3, address_per_minute=6))
    for number in range(3):
        await send(house, mill, author_name=f"n{number}")
    with pytest.raises(TooMany) as caught:
        await send(house, mill, author_name="n4")
    clock.advance(caught.value.retry_after)
    await send(house, mill, author_name="n5")
    # Another address and the site's own key are not counted together with it.
    await send(house, mill, Sender(address="203.0.113.8", by_site=False))
    for _ in range(10):
        await send(house, mill, SITE)


async def test_a_typed_name_uses_up_nobody_else_s_limit(house: House, mill: Site) -> None:
    await limited(house, mill, RateRule(author_per_minute=2))
    for _ in range(2):
        await send(house, mill)
    with pytest.raises(TooMany):
        await send(house, mill)
    await send(house, mill, Sender(address="203.0.113.8", by_site=False))


async def test_a_device_is_limited_wherever_it_goes(house: House, mill: Site) -> None:
    await limited(house, mill, RateRule(author_per_minute=2))
    for number in range(2):
        await send(house, mill, Sender(address=f"203.0.113.{number}", by_site=False), device="d" * 32)
    with pytest.raises(TooMany):
        await send(house, mill, Sender(address="203.0.113.99", by_site=False), device="d" * 32)


async def test_rules_that_are_off_limit_nobody(house: House, mill: Site) -> None:
    await limited(house, mill, RateRule(enabled=False, address_burst=1, author_per_minute=1))
    for _ in range(5):
        await send(house, mill)


@pytest.mark.parametrize(("per_second", "least", "most"), [(0.0, 30, 30), (0.001, 120, 120), (1_000.0, 1, 1)])
async def test_a_full_queue_says_honestly_when_to_come_back(
    house: House, mill: Site, fake: FakeBackend, per_second: float, least: int, most: int
) -> None:
    full = dataclasses.replace(house, comments=fake.bounded(backlog=3, site_backlog=100))
    if per_second:
        await fake.fleet.beat(msgspec.structs.replace(worker("w"), per_second=per_second), seconds=60)
    for _ in range(3):
        await send(full, mill, SITE)
    with pytest.raises(Unavailable) as caught:
        await send(full, mill, SITE)
    assert least <= caught.value.retry_after <= most
    assert len(fake.memory.records) == 3


async def test_a_flood_of_refusals_is_not_estimated_one_by_one(
    house: House, mill: Site, fake: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = dataclasses.replace(house, comments=fake.bounded(backlog=0, site_backlog=100))
    asked = 0

    async def workers() -> list[WorkerInfo]:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return []

    monkeypatch.setattr(full.fleet, "workers", workers)
    refused = await asyncio.gather(*(send(full, mill, SITE) for _ in range(50)), return_exceptions=True)
    assert {getattr(error, "retry_after", None) for error in refused} == {30}
    assert asked == 1
    monkeypatch.setattr("service.workflow.house.PATIENCE_SECONDS", 0.0)
    again = dataclasses.replace(full, patience=Patience())
    await asyncio.gather(*(send(again, mill, SITE) for _ in range(3)), return_exceptions=True)
    assert asked == 4


async def test_only_the_site_s_key_verifies_a_title(house: House, mill: Site) -> None:
    await send(house, mill, title="Cheap pills")
    thread = await house.comments.thread(mill, THREAD)
    assert thread is not None
    assert (thread.title, thread.title_verified) == ("Cheap pills", False)
    await send(house, mill, SITE, title="The mill")
    thread = await house.comments.thread(mill, THREAD)
    assert thread is not None
    assert (thread.title, thread.title_verified) == ("The mill", True)
