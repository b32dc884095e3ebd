"""A closed day is drawn once: uniformly, the same by whoever draws it, and only what still stands."""

import asyncio
import math

import pytest
from msgspec.structs import replace

from service.domain.auditing import AuditPlan, day_of, drawn, lot_of, sample_size
from service.domain.comment import Comment
from service.domain.rule_settings import AuditRule, Rules
from service.workflow.archive import Archive
from service.workflow.drawing import AuditChore
from tests.builders import Writer, policy_of
from tests.ports import FakeBackend
from tests.steps import applied, judged, submitted

DAY = 86_400.0


async def drawn_of(archive: Archive, fake: FakeBackend) -> None:
    chore = AuditChore(archive, fake.audits)
    while await chore.step("main"):
        pass


async def rule(fake: FakeBackend, writer: Writer, **settings: object) -> None:
    policy = policy_of(rules=Rules(audit=AuditRule(**settings)))  # type: ignore[arg-type]
    await fake.directory.put_policy(writer.site, replace(policy, version=2), replaces=1)


async def decided(fake: FakeBackend, writer: Writer, count: int, to: str = "approved") -> list[Comment]:
    found = []
    for _ in range(count):
        writer.clock.advance(1)
        found.append(await judged(fake, writer, await submitted(fake, writer), to))  # type: ignore[arg-type]
    return found


def midnight(writer: Writer) -> float:
    """Give the seconds until the next UTC day."""
    return DAY - writer.clock.seconds % DAY


@pytest.mark.parametrize(
    ("share", "least", "size", "sample"),
    [(0.01, 5, 0, 0), (0.01, 5, 3, 3), (0.01, 5, 400, 5), (0.01, 5, 501, 6), (1.0, 0, 9, 9), (0.0, 0, 9, 0)],
)
def test_how_many_are_drawn(share: float, least: int, size: int, sample: int) -> None:
    assert sample_size(AuditRule(share=share, least=least), size) == sample


def test_every_member_is_drawn_as_often_as_any_other() -> None:
    members = [f"{n:08x}-0000-7000-8000-000000000000" for n in range(40)]
    often = dict.fromkeys(members, 0)
    for day in range(2_000):
        lots = {member: lot_of("salt", "mill", f"day {day}", member) for member in members}
        cut = drawn(list(lots.values()), AuditRule(share=0.25, least=0)).cut
        for member, lot in lots.items():
            often[member] += lot <= cut
    assert sum(often.values()) == 2_000 * 10
    # A quarter each, within what chance allows (chi squared with 39 degrees: 99.9 % are below 72).
    spread = sum((count - 500) ** 2 / (500 * 0.75) for count in often.values())
    assert spread < 72


async def test_a_closed_day_is_drawn_once(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    await rule(fake, writer, share=0.0, least=4)
    comments = await decided(fake, writer, 10)
    rejected = await decided(fake, writer, 2, "rejected")
    await decided(fake, writer, 3, "held")
    await drawn_of(archive, fake)
    assert await fake.audits.count(writer.site) == 0
    writer.clock.advance(midnight(writer))
    await drawn_of(archive, fake)
    waiting = await fake.audits.waiting(writer.site, after="", limit=99)
    assert sorted(entry.stratum for entry in waiting) == ["approved"] * 4 + ["rejected"] * 2
    assert {entry.id for entry in waiting} <= {comment.id for comment in comments + rejected}
    assert {(e.stratum, e.size, e.sample) for e in waiting} == {("approved", 10, 4), ("rejected", 2, 2)}
    assert [await fake.comments.load(writer.site, comment.id) for comment in comments] == comments
    await drawn_of(archive, fake)
    assert await fake.audits.waiting(writer.site, after="", limit=99) == waiting


async def test_what_people_touched_and_what_waits_is_not_drawn(
    archive: Archive, fake: FakeBackend, writer: Writer
) -> None:
    await rule(fake, writer, share=1.0)
    moved, deleted, stays = await decided(fake, writer, 3)
    await applied(fake, writer, writer.decide(moved, "rejected"))
    await applied(fake, writer, writer.delete(deleted))
    writer.clock.advance(midnight(writer))
    await drawn_of(archive, fake)
    assert [entry.id for entry in await fake.audits.waiting(writer.site, after="", limit=9)] == [stays.id]


async def test_what_is_not_decided_yet_is_waited_for_but_for_a_day(
    archive: Archive, fake: FakeBackend, writer: Writer
) -> None:
    await rule(fake, writer, share=1.0)
    await decided(fake, writer, 1)
    late = await submitted(fake, writer)
    writer.clock.advance(midnight(writer))
    await drawn_of(archive, fake)
    assert await fake.audits.count(writer.site) == 0
    writer.clock.advance(DAY)
    await drawn_of(archive, fake)
    assert await fake.audits.count(writer.site) == 1
    assert await fake.audits.entry(writer.site, late.id) is None


class Broken(Exception):
    """The storage, in the middle of it."""


async def test_a_second_drawing_after_a_crash_finds_the_same_sample(
    archive: Archive, fake: FakeBackend, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rule(fake, writer, share=0.0, least=6)
    comments = await decided(fake, writer, 20)
    day = day_of(comments[0].id)
    writer.clock.advance(midnight(writer))
    place = fake.audits.place

    async def some(site: object, entries: list[object]) -> int:
        await place(site, entries[:2])  # type: ignore[arg-type]
        raise Broken

    monkeypatch.setattr(fake.audits, "place", some)
    with pytest.raises(Broken):
        await drawn_of(archive, fake)
    monkeypatch.undo()
    plan = await fake.audits.plan(writer.site, day)
    assert plan is not None
    first = await fake.audits.waiting(writer.site, after="", limit=99)
    assert len(first) == 2
    # Meanwhile one that was not drawn and one that was have moved: nobody takes their places.
    salt = await fake.audits.salt(writer.site)
    chosen = [c for c in comments if lot_of(salt, "mill", day, c.id) <= plan.approved.cut]
    others = [c for c in comments if c not in chosen]
    await applied(fake, writer, writer.decide(chosen[-1], "rejected"))
    await applied(fake, writer, writer.decide(others[0], "rejected"))
    await drawn_of(archive, fake)
    found = await fake.audits.waiting(writer.site, after="", limit=99)
    assert [entry.id for entry in found] == [comment.id for comment in chosen[:-1]]
    assert {(entry.size, entry.sample) for entry in found} == {(20, 6)}


async def test_what_moved_after_it_was_drawn_is_dropped_and_said_so(
    archive: Archive, fake: FakeBackend, writer: Writer
) -> None:
    await rule(fake, writer, share=1.0)
    edited, deleted, stays = await decided(fake, writer, 3)
    writer.clock.advance(midnight(writer))
    await drawn_of(archive, fake)
    await applied(fake, writer, writer.edit(edited, "Another text."))
    await applied(fake, writer, writer.delete(deleted))
    await drawn_of(archive, fake)
    assert [entry.id for entry in await fake.audits.waiting(writer.site, after="", limit=9)] == [stays.id]
    entries = {entry.id: entry for entry in await fake.audits.entries(writer.site, day_of(stays.id))}
    assert [entries[comment.id].dropped for comment in (edited, deleted, stays)] == ["moved", "gone", ""]
    days = await fake.audits.days(writer.site, day_of(stays.id), day_of(stays.id))
    assert (days[0].size, days[0].dropped) == (3, 2)


async def test_nothing_is_drawn_where_it_is_switched_off(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    await rule(fake, writer, enabled=False)
    await decided(fake, writer, 3)
    writer.clock.advance(midnight(writer))
    await drawn_of(archive, fake)
    assert await fake.audits.count(writer.site) == 0


async def test_days_without_a_worker_are_drawn_late_and_old_ones_forgotten(
    archive: Archive, fake: FakeBackend, writer: Writer
) -> None:
    await rule(fake, writer, share=1.0)
    (comment,) = await decided(fake, writer, 1)
    writer.clock.advance(5 * DAY)
    await drawn_of(archive, fake)
    assert await fake.audits.count(writer.site) == 1
    writer.clock.advance(401 * DAY)
    await drawn_of(archive, fake)
    assert await fake.audits.plan(writer.site, day_of(comment.id)) is None
    assert await fake.audits.count(writer.site) == 0


async def test_two_housekeepers_at_once_draw_one_sample(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    await rule(fake, writer, share=0.3)
    comments = await decided(fake, writer, 20)
    writer.clock.advance(midnight(writer))
    await asyncio.gather(drawn_of(archive, fake), drawn_of(archive, fake))
    plan: AuditPlan | None = await fake.audits.plan(writer.site, day_of(comments[0].id))
    assert plan is not None
    assert await fake.audits.count(writer.site) == plan.approved.sample == math.ceil(0.3 * 20)
