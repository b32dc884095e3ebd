"""Moderators block and lift, and what waits of the blocked is rejected as their decisions."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from service.domain.comment import Comment, Submission
from service.domain.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from service.domain.rule_settings import HouseRule, Rules, SizeRule, ThreadsRule
from service.domain.site import Principal, Site, Thread
from service.workflow import authoring, blocking, threads
from service.workflow.blocking import Wish
from service.workflow.house import House
from service.workflow.submit import Sender, submit
from service.workflow.undoing import undo_batch
from tests.builders import THREAD, Writer, policy_of
from tests.ports import FakeBackend
from tests.steps import applied, held

HOME, WORK = Sender(address="203.0.113.7", by_site=False), Sender(address="2001:db8::", by_site=False)
SITE = Sender(address="", by_site=True)
DEVICE = "d" * 32


async def send(house: House, site: Site, sender: Sender = HOME, **changes: Any) -> Comment:
    sent = msgspec.structs.replace(Submission(thread=THREAD, body="A fine morning.", author_name="Anna"), **changes)
    receipt = await submit(house, site, sent, sender=sender, idempotency_key=None, fingerprint=b"")
    found = await house.comments.load(site, receipt.id)
    assert found is not None
    return found


async def is_refused(house: House, site: Site, sender: Sender = HOME, **changes: Any) -> bool:
    try:
        await send(house, site, sender, **changes)
    except Forbidden as error:
        return error.slug == "blocked"
    return False


async def test_a_device_is_blocked_wherever_it_writes_from(house: House, mill: Site) -> None:
    comment = await send(house, mill, device=DEVICE)
    done = await blocking.block(house, mill, Wish(kind="author", comment=comment.id), by="mo")
    assert (done.block.key, done.block.author, done.before) == (comment.author.key, comment.author.key, None)
    for sender in (HOME, WORK, SITE):
        assert await is_refused(house, mill, sender, device=DEVICE)
    assert not await is_refused(house, mill)
    assert not await is_refused(house, mill, device="e" * 32)
    assert await blocking.blocked_until(house, mill, comment.author) == done.block.until
    assert await blocking.lift(house, mill, done.block.id, by="mo") == done.block
    assert not await is_refused(house, mill, device=DEVICE)
    assert await blocking.blocked_until(house, mill, comment.author) is None


@pytest.mark.parametrize("by_key", [False, True])
async def test_a_typed_name_is_blocked_with_its_address_and_strangers_are_not(
    house: House, mill: Site, *, by_key: bool
) -> None:
    comment = await send(house, mill)
    wish = Wish(kind="author", key=comment.author.key) if by_key else Wish(kind="author", comment=comment.id)
    done = await blocking.block(house, mill, wish, by="mo")
    assert done.block.key != comment.author.key == done.block.author
    assert await is_refused(house, mill)
    assert not await is_refused(house, mill, WORK)
    assert not await is_refused(house, mill, author_name="Ben")
    assert await blocking.blocked_until(house, mill, comment.author) == done.block.until
    # The key in the list of blocks blocks the same again.
    await blocking.lift(house, mill, done.block.id, by="mo")
    again = await blocking.block(house, mill, Wish(kind="author", key=done.block.key), by="mo")
    assert await is_refused(house, mill)
    assert again.block.key == done.block.key


@pytest.mark.parametrize("by", ["comment", "address", "hash"])
async def test_an_address_is_blocked_whatever_comes_from_it(house: House, mill: Site, by: str) -> None:
    comment = await send(house, mill, WORK)
    (hashed,) = await house.blocks.addresses(mill, [comment.id])
    wish = {
        "comment": Wish(kind="address", comment=comment.id),
        # Another one of the same household.
        "address": Wish(kind="address", key="2001:db8::ffff:2"),
        "hash": Wish(kind="address", key=hashed),
    }[by]
    assert (await blocking.block(house, mill, wish, by="mo")).block.key == hashed
    assert await is_refused(house, mill, WORK, author_name="Ben", device=DEVICE)
    assert not await is_refused(house, mill)


async def test_without_an_address_only_an_accountable_author_can_be_blocked(
    house: House, mill: Site, fake: FakeBackend
) -> None:
    typed, device = await send(house, mill), await send(house, mill, device=DEVICE)
    by_site = await send(house, mill, SITE)
    for comment in (typed, device):
        fake.forget_address(mill, comment.id)
    for wish in (
        Wish(kind="author", comment=typed.id),
        Wish(kind="author", key=typed.author.key),
        Wish(kind="address", comment=typed.id),
        Wish(kind="address", comment=device.id),
        Wish(kind="author", comment=by_site.id),
    ):
        with pytest.raises(Conflict) as caught:
            await blocking.block(house, mill, wish, by="mo")
        assert caught.value.slug == "address-unknown"
    await blocking.block(house, mill, Wish(kind="author", comment=device.id), by="mo")
    assert len(await house.blocks.of_site(mill)) == 1


@pytest.mark.parametrize(
    "wish",
    [
        Wish(kind="author"),
        Wish(kind="author", key="a" * 32, comment="x"),
        Wish(kind="author", key="Anna"),
        Wish(kind="author", key="203.0.113.7"),
        Wish(kind="address", key="home"),
        Wish(kind="author", key="a" * 32, note="x" * 501),
        Wish(kind="author", key="a" * 32, reject_waiting=True, house_rule="nothing"),
    ],
)
async def test_a_wish_that_cannot_be_is_refused(house: House, mill: Site, wish: Wish) -> None:
    with pytest.raises(Invalid):
        await blocking.block(house, mill, wish, by="mo")
    assert await house.blocks.of_site(mill) == []


async def test_an_end_has_a_zone_and_is_not_too_far(house: House, mill: Site) -> None:
    for until in (house.now().replace(tzinfo=None), house.now() + timedelta(days=4_000), house.now() - timedelta(1)):
        with pytest.raises(Invalid):
            await blocking.block(house, mill, Wish(kind="author", key="a" * 32, until=until), by="mo")
    with pytest.raises(NotFound):
        await blocking.block(house, mill, Wish(kind="author", comment="nothing"), by="mo")


async def test_what_waits_of_the_blocked_is_rejected_in_one_batch(
    house: House, mill: Site, fake: FakeBackend, writer: Writer
) -> None:
    rule = HouseRule(id="spam", title={"en": "Spam"}, text={"en": "No spam."})
    policy = msgspec.structs.replace(policy_of(classifier="embedded-fast", version=2), house_rules=(rule,))
    await house.directory.put_policy(mill, policy, replaces=1)
    mine = [await held(fake, writer, await send(house, mill)) for _ in range(3)]
    mine.append(await send(house, mill))
    shown = await send(house, mill)
    shown = await applied(fake, writer, writer.judge(shown, "approved"))
    strangers = [await send(house, mill, WORK), await send(house, mill, author_name="Ben")]
    with pytest.raises(Invalid) as caught:
        await blocking.block(house, mill, Wish(kind="author", comment=mine[0].id, reject_waiting=True), by="mo")
    assert caught.value.slug == "house-rule-required"
    wish = Wish(kind="author", comment=mine[0].id, reject_waiting=True, house_rule="spam")
    done = await blocking.block(house, mill, wish, by="mo")
    assert (done.rejected.rejected, done.rejected.left, done.rejected.complete) == (4, 0, True)
    for comment in mine:
        found = await house.comments.load(mill, comment.id)
        assert found is not None
        last = found.trail[-1]
        assert (found.status, last.actor, last.by, last.house_rule, last.batch) == (
            "rejected",
            "moderator",
            "mo",
            "spam",
            done.block.id,
        )
    for comment in (shown, *strangers):
        assert await house.comments.load(mill, comment.id) == comment
    again = await blocking.block(house, mill, wish, by="mo")
    assert (again.rejected.rejected, again.before) == (0, done.block)


async def test_the_rejections_of_a_block_are_taken_back_together(
    house: House, mill: Site, fake: FakeBackend, writer: Writer
) -> None:
    waits = await held(fake, writer, await send(house, mill, device=DEVICE))
    pending = await send(house, mill, device=DEVICE)
    mo = Principal(id="mo", role="moderator", sites=(mill.id,))
    wish = Wish(kind="author", comment=waits.id, reject_waiting=True)
    done = await blocking.block(house, mill, wish, by=mo.id, principal=mo)
    assert done.rejected.rejected == 2
    undone = await undo_batch(house, mo, mill.id, done.block.id)
    assert (undone.done, undone.failed) == (2, ())
    again = [await house.comments.load(mill, comment.id) for comment in (waits, pending)]
    assert [comment.status for comment in again if comment] == ["held", "held"]
    # The block stands: that is lifted by itself.
    assert await is_refused(house, mill, device=DEVICE)


async def test_sections_bound_what_a_block_rejects(house: House, mill: Site) -> None:
    fields = frozenset({"section"})
    await house.comments.patch_thread(mill, "/sports", changes=Thread(key="/sports", section="sports"), fields=fields)
    mine, other = [await send(house, mill, device=DEVICE, thread=thread) for thread in ("/sports", THREAD)]
    mo = Principal(id="mo", role="moderator", sites=(mill.id,), sections=("sports",))
    with pytest.raises(Forbidden):
        await blocking.block(house, mill, Wish(kind="author", comment=other.id), by=mo.id, principal=mo)
    wish = Wish(kind="author", comment=mine.id, reject_waiting=True)
    assert (await blocking.block(house, mill, wish, by=mo.id, principal=mo)).rejected.rejected == 1
    assert await house.comments.load(mill, other.id) == other


async def test_of_an_address_everything_that_waits_is_rejected_but_what_another_decides(
    house: House, mill: Site, fake: FakeBackend, writer: Writer
) -> None:
    mine = [await send(house, mill, author_name=name) for name in ("Anna", "Ben", "Cleo")]
    claimed = await held(fake, writer, mine[2])
    fake.memory.claims[mill.id, claimed.id] = (1, "another", fake.clock.seconds + 60)
    stranger = await send(house, mill, WORK)
    done = await blocking.block(house, mill, Wish(kind="address", key=HOME.address, reject_waiting=True), by="mo")
    assert (done.rejected.rejected, done.rejected.left) == (2, 1)
    statuses = [(await house.comments.load(mill, c.id) or c).status for c in (*mine, stranger)]
    assert statuses == ["rejected", "rejected", "held", "pending"]


async def test_the_blocked_rewrite_nothing(house: House, mill: Site, fake: FakeBackend, writer: Writer) -> None:
    comment = await held(fake, writer, await send(house, mill))
    await blocking.block(house, mill, Wish(kind="author", comment=comment.id), by="mo")
    with pytest.raises(Forbidden):
        await authoring.rewrite(house, mill, comment.id, "Anew.", address=HOME.address)
    assert (await authoring.rewrite(house, mill, comment.id, "Anew.", address=WORK.address)).status == "pending"


async def test_acts_are_noted_without_words_or_keys(house: House, mill: Site) -> None:
    comment = await send(house, mill)
    done = await blocking.block(house, mill, Wish(kind="author", comment=comment.id, note="A troll."), by="mo")
    await blocking.lift(house, mill, done.block.id, by="ben")
    await blocking.lift(house, mill, done.block.id, by="ben")
    changes = Thread(key=THREAD, closed=True, notice="Be kind.", slow_seconds=None)
    fields = frozenset({"closed", "notice", "slow_seconds"})
    await threads.change_thread(house, mill, THREAD, changes=changes, fields=fields, by="cleo")
    noted = (await house.acts.between(mill, limit=9)).acts
    assert [(act.by, act.kind) for act in noted] == [("mo", "block"), ("ben", "lift"), ("cleo", "thread")]
    assert noted[0].what.keys() == {"block", "kind", "until"}
    assert noted[2].what == {"thread": THREAD, "closed": "true", "notice": "set", "slow_seconds": "policy"}
    written = msgspec.json.encode(noted)
    assert b"troll" not in written
    assert done.block.key.encode() not in written


async def test_the_policy_bounds_a_comment_and_slows_a_writer(house: House, mill: Site) -> None:
    rules = Rules(size=SizeRule(most=20), threads=ThreadsRule(slow_seconds=60))
    await house.directory.put_policy(mill, policy_of(classifier="embedded-fast", version=2, rules=rules), replaces=1)
    for sender in (HOME, SITE):
        with pytest.raises(Invalid) as caught:
            await send(house, mill, sender, body="x" * 21)
        assert [fault.path for fault in caught.value.faults] == ["$.body"]
    first = await send(house, mill, body="x" * 20)
    with pytest.raises(Invalid):
        await authoring.rewrite(house, mill, first.id, "x" * 21)
    with pytest.raises(TooMany) as slowed:
        await send(house, mill, author_name="Ben")
    assert slowed.value.slug == "slow-mode"
    # A device is itself, whatever others of its household write; the site's key is never slowed.
    await send(house, mill, device=DEVICE)
    await send(house, mill, SITE)
    await send(house, mill, SITE)
    await send(house, mill, WORK)
