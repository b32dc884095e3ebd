"""What is old goes, by status and days; what must stay stays."""

from datetime import timedelta

from service.domain.comment import Comment
from service.domain.rule_settings import RetentionRule, Rules
from service.domain.status import Status
from service.workflow import holds
from service.workflow.archive import Archive
from service.workflow.retention import STEP, RetentionChore, sweep
from tests.builders import Writer, policy_of
from tests.ports import FakeBackend
from tests.steps import applied, judged, published, submitted


async def aged(fake: FakeBackend, writer: Writer, status: Status, days: float) -> Comment:
    """Leave a comment that was decided some days ago."""
    writer.clock.advance(-days * 86_400)
    comment = await judged(fake, writer, await submitted(fake, writer), status)
    writer.clock.advance(days * 86_400)
    return comment


async def kept(fake: FakeBackend, writer: Writer, *comments: Comment) -> list[Status | None]:
    stored = [await fake.comments.load(writer.site, comment.id) for comment in comments]
    return [comment.status if comment else None for comment in stored]


async def test_rejected_comments_go_after_thirty_days_and_others_stay(
    archive: Archive, fake: FakeBackend, writer: Writer
) -> None:
    old = await aged(fake, writer, "rejected", 31)
    young = await aged(fake, writer, "rejected", 29)
    others = [await aged(fake, writer, status, 4_000) for status in ("approved", "held")]
    swept = await sweep(archive, writer.site)
    assert (swept.purged, swept.wiped, swept.position) == (1, 0, None)
    assert await kept(fake, writer, old, young, *others) == [None, "rejected", "approved", "held"]


async def test_days_count_from_the_decision(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    comment = await aged(fake, writer, "approved", 300)
    await applied(fake, writer, writer.decide(comment, "rejected"))
    assert (await sweep(archive, writer.site)).purged == 0
    writer.clock.advance(31 * 86_400)
    assert (await sweep(archive, writer.site)).purged == 1


async def test_what_has_shown_replies_keeps_its_place(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    comment = await published(fake, writer, "A text to be forgotten.")
    reply = await published(fake, writer, parent=comment.id)
    await applied(fake, writer, writer.decide(comment, "rejected"))
    writer.clock.advance(31 * 86_400)
    swept = await sweep(archive, writer.site)
    assert (swept.purged, swept.wiped) == (0, 1)
    assert await kept(fake, writer, comment, reply) == ["deleted", "approved"]
    stored = await fake.comments.load(writer.site, comment.id)
    assert stored is not None
    assert (stored.body, stored.author.key, stored.trail[-1].actor) == ("", "", "retention")


async def test_every_status_may_have_its_days(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    rule = RetentionRule(rejected_days=None, held_days=10, approved_days=20, deleted_days=5)
    policy = policy_of(rules=Rules(retention=rule), version=2)
    await fake.directory.put_policy(writer.site, policy, replaces=1)
    comments = [await aged(fake, writer, s, 50) for s in ("rejected", "held", "approved")]
    deleted = await applied(fake, writer, writer.delete(await published(fake, writer)))
    fresh = [await aged(fake, writer, s, 1) for s in ("held", "approved")]
    writer.clock.advance(6 * 86_400)
    chore = RetentionChore(archive)
    while await chore.step("main") >= STEP:
        pass
    assert await kept(fake, writer, *comments, deleted, *fresh) == ["rejected", None, None, None, "held", "approved"]


async def test_a_sweep_goes_on_where_it_was(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    comments = [await aged(fake, writer, "rejected", 40) for _ in range(STEP + 30)]
    first = await sweep(archive, writer.site)
    assert (first.purged, first.position) == (STEP, ("rejected", comments[STEP - 1].id))
    assert (await sweep(archive, writer.site, first.position)).purged == 30
    chore = RetentionChore(archive)
    assert await chore.step("main") == 0
    assert await chore.step("elsewhere") == 0


async def test_a_legal_hold_keeps_what_is_old(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    comment = await aged(fake, writer, "rejected", 40)
    until = writer.clock() + timedelta(days=2)
    await holds.place(archive, writer.site, comment.id, by="admin", reason="case 7", until=until)
    swept = await sweep(archive, writer.site)
    assert (swept.purged, swept.kept_under_legal_hold) == (0, 1)
    writer.clock.advance(3 * 86_400)
    assert (await sweep(archive, writer.site)).purged == 1
