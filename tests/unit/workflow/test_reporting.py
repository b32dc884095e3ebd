"""Who can take a comment off the page by reporting it, and who cannot."""

from typing import Any

import msgspec
import pytest

from service.domain import reporting
from service.domain.authors import device_key
from service.domain.comment import Comment
from service.domain.errors import Invalid, NotFound, TooMany
from service.domain.reporting import Record
from service.domain.rule_settings import HouseRule, ReportsRule, Rules
from service.domain.site import Principal, Site
from service.domain.tallies import months_back
from service.workflow.archive import Archive
from service.workflow.house import House
from service.workflow.reporting import Complaint, dismiss, report, reported_comments
from service.workflow.settling import ReportsChore, TalliesChore
from service.workflow.submit import Sender
from tests.builders import Writer, policy_of
from tests.ports import FakeBackend
from tests.steps import applied, published, submitted

UNDO = 31
NORA = Principal(id="moderator-1", role="moderator", sites=("mill",))


def device(number: int) -> str:
    return f"device-{number:022d}"


async def say(house: House, site: Site, comment_id: str, number: int, address: str = "", **said: Any) -> None:
    words = Complaint(device=device(number), **{"kind": "rule", **said})
    await report(house, site, comment_id, words, sender=Sender(address=address or f"10.0.0.{number}", by_site=False))


async def stored(fake: FakeBackend, comment: Comment) -> Comment:
    return fake.memory.records[comment.site, comment.id]


def prove(fake: FakeBackend, house: House, *numbers: int) -> None:
    """Give some readers a past of reports that were right."""
    for number in numbers:
        key = device_key(house.hasher, "mill", device(number))
        fake.memory.reporters["mill", key] = Record(right=20)


async def test_fifty_fresh_devices_on_fifty_addresses_do_not_unpublish_a_comment(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    shown = await published(fake, writer)
    for number in range(50):
        await say(house, mill, shown.id, number)
    assert (await stored(fake, shown)).status == "approved"
    ((comment, reports, priority),) = await reported_comments(house, NORA, mill, None)
    assert (comment.id, len(reports), priority) == (shown.id, 50, 50.0)


async def test_enough_proven_readers_hold_a_comment(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    shown = await published(fake, writer)
    prove(fake, house, 1, 2, 3, 4)
    for number in (1, 2, 3):
        await say(house, mill, shown.id, number)
    assert (await stored(fake, shown)).status == "approved"
    await say(house, mill, shown.id, 4)
    after = await stored(fake, shown)
    assert (after.status, after.trail[-1].actor, after.trail[-1].by) == ("held", "report", "readers")
    assert [(one.code, one.count) for one in after.reasons] == [("reported", 4)]


async def test_many_devices_behind_one_address_are_one(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    shown = await published(fake, writer)
    prove(fake, house, *range(1, 9))
    for number in range(1, 9):
        await say(house, mill, shown.id, number, "10.1.1.1")
    assert (await stored(fake, shown)).status == "approved"


async def test_one_device_behind_many_addresses_is_one(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    shown = await published(fake, writer)
    prove(fake, house, 1)
    for number in range(8):
        await say(house, mill, shown.id, 1, f"10.1.1.{number}")
    assert (await stored(fake, shown)).status == "approved"
    assert len(await fake.reports.of_comment(mill, shown.id)) == 1


async def test_what_a_moderator_approved_is_immune_but_for_notices(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    shown = await published(fake, writer)
    held = await applied(fake, writer, writer.decide(shown, "held"))
    approved = await applied(fake, writer, writer.decide(held, "approved"))
    prove(fake, house, *range(1, 9))
    for number in range(1, 9):
        await say(house, mill, shown.id, number)
    assert await reported_comments(house, NORA, mill, None) == []
    await say(house, mill, shown.id, 9, kind="illegal", text="This is against the law.")
    ((_, reports, priority),) = await reported_comments(house, NORA, mill, None)
    assert [one.text for one in reports] == ["This is against the law."]
    assert priority > 1e6
    assert (await stored(fake, shown)).status == "approved"
    # Written anew it is another text.
    edited = await applied(fake, writer, writer.edit(approved, "Worse."))
    anew = await applied(fake, writer, writer.judge(edited, "approved"))
    for number in range(1, 9):
        await say(house, mill, shown.id, number, f"10.2.2.{number}")
    assert (await stored(fake, anew)).status == "held"


async def test_proven_notices_hold_no_comment_that_a_moderator_approved(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    shown = await published(fake, writer)
    held = await applied(fake, writer, writer.decide(shown, "held"))
    await applied(fake, writer, writer.decide(held, "approved"))
    prove(fake, house, *range(1, 9))
    for number in range(1, 9):
        await say(house, mill, shown.id, number, kind="illegal")
    assert (await stored(fake, shown)).status == "approved"


async def test_what_nobody_could_see_takes_no_report(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    waits = await submitted(fake, writer)
    for comment_id in (waits.id, writer.comment().id, "nonsense"):
        for kind in ("rule", "illegal"):
            await say(house, mill, comment_id, 1, kind=kind)
    assert fake.memory.reports == {}


async def test_reports_are_limited_by_address_whatever_they_are_on(house: House, fake: FakeBackend, mill: Site) -> None:
    for number in range(reporting.A_BURST):
        await say(house, mill, "nonsense", number, "10.1.1.1")
    with pytest.raises(TooMany):
        await say(house, mill, "nonsense", 99, "10.1.1.1")


async def test_a_report_of_the_wrong_form_is_refused(house: House, fake: FakeBackend, mill: Site) -> None:
    rules = (HouseRule(id="kind", title={"en": "Be kind"}, text={"en": "Be kind."}),)
    policy = msgspec.structs.replace(policy_of(version=2), house_rules=rules)
    await fake.directory.put_policy(mill, policy, replaces=1)
    await say(house, mill, "nonsense", 1, house_rule="kind")
    for said in ({"house_rule": "none"}, {"text": "a\x00b"}, {"text": "x" * 1_001}, {"text": " "}):
        with pytest.raises(Invalid):
            await say(house, mill, "nonsense", 1, **said)


async def test_reports_that_are_switched_off_take_notices_alone(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    off = Rules(reports=ReportsRule(enabled=False))
    await fake.directory.put_policy(mill, policy_of(rules=off, version=2), replaces=1)
    shown = await published(fake, writer)
    prove(fake, house, *range(1, 9))
    for number in range(1, 9):
        await say(house, mill, shown.id, number, kind="illegal")
        await say(house, mill, shown.id, 10 + number)
    assert len(await fake.reports.of_comment(mill, shown.id)) == 8
    assert (await stored(fake, shown)).status == "approved"


@pytest.mark.parametrize(("to", "record"), [("rejected", Record(right=1)), ("approved", Record(wrong=1))])
async def test_a_moderators_decision_says_who_was_right(
    house: House, fake: FakeBackend, archive: Archive, mill: Site, writer: Writer, to: str, record: Record
) -> None:
    shown = await published(fake, writer)
    await say(house, mill, shown.id, 1)
    held = await applied(fake, writer, writer.decide(shown, "held"))
    chore, key = ReportsChore(archive), device_key(house.hasher, "mill", device(1))
    # A moderator who only holds has not said yet.
    writer.clock.advance(UNDO)
    await chore.step("main")
    assert await fake.reports.records(mill, [key]) == [Record()]
    await applied(fake, writer, writer.decide(held, "rejected" if to == "rejected" else "approved"))
    # As long as it can be taken back nobody is credited.
    await chore.step("main")
    assert await fake.reports.records(mill, [key]) == [Record()]
    writer.clock.advance(UNDO)
    for _ in range(2):
        assert await chore.step("main") < 200
    assert await fake.reports.records(mill, [key]) == [record]
    assert await fake.reports.of_comment(mill, shown.id) == []


async def test_what_was_said_after_the_decision_stays_open(
    house: House, fake: FakeBackend, archive: Archive, mill: Site, writer: Writer
) -> None:
    shown = await published(fake, writer)
    held = await applied(fake, writer, writer.decide(shown, "held"))
    await applied(fake, writer, writer.decide(held, "approved"))
    await say(house, mill, shown.id, 1, kind="illegal")
    writer.clock.advance(UNDO)
    await ReportsChore(archive).step("main")
    assert len(await fake.reports.of_comment(mill, shown.id)) == 1


async def test_what_is_rewritten_or_withdrawn_takes_its_reports_along(
    house: House, fake: FakeBackend, archive: Archive, mill: Site, writer: Writer
) -> None:
    one, two = await published(fake, writer), await published(fake, writer)
    for comment in (one, two):
        await say(house, mill, comment.id, 1)
    await applied(fake, writer, writer.edit(one, "Anew."))
    await applied(fake, writer, writer.delete(two))
    await ReportsChore(archive).step("main")
    assert fake.memory.reports == {}
    assert fake.memory.reporters == {}


async def test_dismissed_reports_were_wrong_and_the_text_is_immune(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    shown = await published(fake, writer)
    await say(house, mill, shown.id, 1)
    assert await dismiss(house, NORA, mill, shown.id) == 1
    assert await dismiss(house, NORA, mill, shown.id) == 0
    key = device_key(house.hasher, "mill", device(1))
    assert await fake.reports.records(mill, [key]) == [Record(wrong=1)]
    prove(fake, house, *range(2, 9))
    for number in range(2, 9):
        await say(house, mill, shown.id, number)
    assert (await stored(fake, shown)).status == "approved"
    with pytest.raises(NotFound):
        await dismiss(house, NORA, mill, "nonsense")


async def test_many_reported_comments_are_gone_over_in_steps(
    house: House, fake: FakeBackend, archive: Archive, mill: Site, writer: Writer
) -> None:
    for number in range(210):
        shown = await published(fake, writer)
        await say(house, mill, shown.id, number)
        await applied(fake, writer, writer.decide(shown, "rejected"))
    writer.clock.advance(UNDO)
    chore = ReportsChore(archive)
    assert [await chore.step("main"), await chore.step("main")] == [200, 10]
    assert fake.memory.reports == {}


async def test_counters_are_kept_for_25_months(fake: FakeBackend, archive: Archive, mill: Site, writer: Writer) -> None:
    months = months_back(writer.clock(), 27)
    for month in months:
        fake.memory.tallies["mill", month]["x"] = 1
    assert await TalliesChore(archive).step("main") == 2
    assert [month for _, month in fake.memory.tallies] == months[:25]


def test_a_reader_weighs_something_when_proven_and_right_more_often_than_not() -> None:
    weights = [reporting.weight_of(Record(right=right, wrong=wrong)) for right, wrong in ((4, 0), (0, 0), (2, 9))]
    assert weights == [0.0, 0.0, 0.0]
    rising = [reporting.weight_of(Record(right=right, wrong=1)) for right in (4, 9, 99)]
    assert rising == sorted(rising)
    assert 0.4 < rising[0] < rising[-1] < 1
