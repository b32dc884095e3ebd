"""What an operator does, over memory: retries in steps, the fates of what was buried, and freezes that end."""

from datetime import timedelta

import msgspec
import pytest

from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.moves import retried
from service.domain.operating import Act, Freeze
from service.domain.orders import Frozen
from service.domain.site import Site
from service.workflow import operate
from service.workflow.house import House
from service.workflow.submit import _come_back
from tests.builders import Writer
from tests.contract.test_fleet import worker
from tests.ports import FakeBackend
from tests.steps import applied, entry_of, submitted

ANNA = Act(by="anna")


async def buried(fake: FakeBackend, writer: Writer, count: int) -> list[str]:
    """Bury comments; gives their ids."""
    sent = [await submitted(fake, writer) for _ in range(count)]
    for comment in sent:
        await applied(fake, writer, writer.bury(comment, await entry_of(fake, comment)))
    return [comment.id for comment in sent]


async def test_everything_buried_goes_back_whatever_its_number(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    ids = await buried(fake, writer, operate.STEP + 3)
    done = await operate.retry(house, ["main"], ANNA)
    assert (done.queued, done.cleared, done.unreadable) == (ids, [], [])
    assert await fake.controls.buried("main", after="", limit=9) == []
    entries = await fake.queue.take("main", "w", count=1_000, block_ms=1)
    assert [(entry.id, entry.version) for entry in entries] == [(comment_id, 3) for comment_id in ids]
    comment = await fake.comments.load(mill, ids[0])
    assert comment is not None
    assert [(d.actor, d.by, d.after) for d in comment.trail] == [
        ("system", "worker-1", "held"),
        ("operator", "anna", "pending"),
    ]


async def test_what_was_decided_is_gone_or_broken_is_told_apart_and_left_alone(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    waits, decided, gone, broken = await buried(fake, writer, 4)
    held = await fake.comments.load(mill, decided)
    assert held is not None
    await applied(fake, writer, writer.decide(held, "rejected"))
    fake.erase(mill, gone)
    fates = {grave.buried.id: grave.fate for grave in await operate.graves(house, ["main"], limit=10)}
    assert fates == {waits: "waits", decided: "decided", gone: "gone", broken: "waits"}
    done = await operate.retry(house, ["main"], ANNA, only=waits)
    assert (done.queued, done.cleared) == ([waits], [])
    done = await operate.retry(house, ["main"], ANNA)
    assert (done.queued, done.cleared) == ([broken], [decided, gone])
    comment = await fake.comments.load(mill, decided)
    assert comment is not None
    assert comment.status == "rejected"
    with pytest.raises(NotFound):
        await operate.retry(house, ["main"], ANNA, only=waits)


async def test_what_cannot_be_moved_now_stays_on_the_list(
    house: House, fake: FakeBackend, mill: Site, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await buried(fake, writer, 1)

    async def not_now(*_: object) -> Frozen:
        return Frozen()

    monkeypatch.setattr(fake.comments, "move", not_now)
    assert (await operate.retry(house, ["main"], ANNA)).kept == ids
    assert [b.id for b in await fake.controls.buried("main", after="", limit=9)] == ids


async def test_only_what_no_worker_could_judge_goes_back(fake: FakeBackend, mill: Site, writer: Writer) -> None:
    comment = await submitted(fake, writer)
    with pytest.raises(Conflict):
        retried(comment, by="anna", at=fake.clock())
    held = await applied(fake, writer, writer.judge(comment, "held"))
    with pytest.raises(Conflict):
        retried(held, by="anna", at=fake.clock())


async def test_a_lane_is_one_that_has_a_site(house: House, mill: Site) -> None:
    assert await operate.lanes_of(house, None) == ["main"]
    assert await operate.lanes_of(house, "main") == ["main"]
    with pytest.raises(NotFound, match="there are main"):
        await operate.lanes_of(house, "elsewhere")


async def test_a_freeze_ends_in_time_to_come_and_is_ended_once(house: House, fake: FakeBackend, mill: Site) -> None:
    with pytest.raises(Invalid):
        await operate.freeze_site(house, mill, Freeze(mode="pre", until=fake.clock()), ANNA)
    assert await house.controls.frozen(mill) is None
    until = fake.clock() + timedelta(hours=1)
    await operate.freeze_site(house, mill, Freeze(mode="pre", until=until), ANNA)
    assert await house.controls.frozen(mill) == Freeze(mode="pre", until=until)
    await operate.unfreeze_site(house, mill, Act(by="ben"))
    with pytest.raises(Conflict):
        await operate.unfreeze_site(house, mill, Act(by="ben"))


async def test_a_paused_lane_promises_no_speed(house: House, fake: FakeBackend, mill: Site) -> None:
    await fake.fleet.beat(msgspec.structs.replace(worker("w"), per_second=1_000.0), seconds=60)
    assert await _come_back(house, "main") == 1
    await fake.controls.pause("main", ANNA)
    assert await _come_back(house, "main") == 30
