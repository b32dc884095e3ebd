"""Figures: for those who decide, and for everybody."""

from datetime import timedelta

import msgspec
import pytest

from service.domain import tallies
from service.domain.errors import Forbidden
from service.domain.orders import Move
from service.domain.site import Principal, Site
from service.workflow.figures import dashboard, transparency
from service.workflow.house import House
from tests.builders import Writer, replaced, scores_of
from tests.ports import FakeBackend
from tests.steps import applied, held, judged, published, submitted

NORA = Principal(id="moderator-1", role="moderator", sites=("mill",))
DORA = Principal(id="moderator-2", role="moderator", sites=("mill",), rank="senior")


async def a_day(fake: FakeBackend, writer: Writer) -> None:
    """Leave something of everything: 6 rejected by the machine, 3 by people of whom one took theirs back."""
    for _ in range(6):
        await judged(fake, writer, await submitted(fake, writer), "rejected")
    await published(fake, writer)
    for by in ("moderator-1", "moderator-1", "moderator-2"):
        waits = await held(fake, writer, await submitted(fake, writer), scores_of(0.7))
        writer.clock.advance(100)
        decided = await applied(fake, writer, writer.decide(waits, "rejected", by=by))
    undo = writer.decide(decided, "held", by="moderator-2")
    last = msgspec.structs.replace(undo.after.trail[-1], undoes=decided.trail[-1].id)
    await applied(fake, writer, Move(before=decided, after=replaced(undo.after, trail=(*decided.trail, last))))
    waits = await held(fake, writer, await submitted(fake, writer), scores_of(0.55))
    await applied(fake, writer, writer.decide(waits, "approved"))


async def test_a_dashboard_counts_what_stands(house: House, fake: FakeBackend, mill: Site, writer: Writer) -> None:
    await a_day(fake, writer)
    board = await dashboard(house, mill, NORA, days=3, team=False)
    assert len(board.days) == 3
    together = {name: sum(getattr(day, name) for day in board.days) for name in ("approved", "held", "rejected")}
    assert together == {"approved": 2, "held": 4, "rejected": 8}
    assert board.held == 1
    assert board.oldest_seconds is not None
    assert board.labels["toxicity"][14] == 1
    assert board.overrides == {
        "held_approved": 1,
        "held_rejected": 2,
        "approved_rejected": 0,
        "rejected_approved": 0,
    }
    assert board.by == {"approved": 1, "rejected": 2, "held": 0, "undone": 0}
    assert board.median_wait_seconds is not None
    assert 64 <= board.median_wait_seconds <= 128


async def test_the_teams_figures_are_for_seniors(house: House, fake: FakeBackend, mill: Site, writer: Writer) -> None:
    await a_day(fake, writer)
    with pytest.raises(Forbidden):
        await dashboard(house, mill, NORA, days=3, team=True)
    board = await dashboard(house, mill, DORA, days=3, team=True)
    assert board.by == {"approved": 1, "rejected": 3, "held": 0, "undone": 1}
    mine = await dashboard(house, mill, DORA, days=3, team=False)
    assert mine.by == {"approved": 0, "rejected": 1, "held": 0, "undone": 1}


async def test_everybody_reads_months_and_no_rare_rule(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    assert await transparency(house, mill, now=writer.clock()) == []
    await a_day(fake, writer)
    month = f"{writer.clock():%Y-%m}"
    counters = fake.memory.tallies["mill", month]
    counters["rule:rejected:thresholds/toxicity"] += 6
    counters["rule:rejected:house/kind"] += 2
    counters["report:rule"] += 7
    (found,) = await transparency(house, mill, now=writer.clock())
    assert found.month == month
    assert found.outcomes == {"approved": 2, "held": 4, "rejected": 8, "deleted": 0}
    # 2 of `kind` and 3 of a moderator's own are 5 together.
    assert found.rules["rejected"] == {"thresholds/toxicity": 6, "other": 5}
    assert found.automatic_share == 0.75
    assert found.reports == {"rule": 7, "illegal": 0}


def test_waits_fall_into_buckets_of_powers_of_two() -> None:
    assert [tallies.wait_bucket(seconds) for seconds in (-1, 0, 0.9, 1, 2, 3, 4, 2**40)] == [0, 0, 0, 1, 2, 2, 3, 25]
    assert tallies.median_wait([]) is None
    assert tallies.median_wait([{"01:wait:0": 2}]) == 0.5
    assert tallies.median_wait(
        [{"01:wait:3": 3}, {"02:wait:10": 2, "02:moves:worker:pending:held": 9}]
    ) == pytest.approx(4 + 4 * 2.5 / 3)


async def test_days_are_cut_across_months(writer: Writer) -> None:
    last = writer.clock().date().replace(day=2)
    before = last - timedelta(days=4)
    months = {
        tallies.month_name(last): {"02:moves:worker:pending:approved": 3, "09:moves:worker:pending:approved": 9},
        tallies.month_name(before): {f"{before:%d}:moves:worker:pending:held": 2, "rule:held:thresholds": 2},
    }
    rows = tallies.by_day(tallies.of_days(months, last, 5))
    assert [(row.approved, row.held) for row in rows] == [(0, 2), (0, 0), (0, 0), (0, 0), (3, 0)]
    assert tallies.months_back(last.replace(month=1), 3, skip=1) == [
        f"{last.year - 1}-12",
        f"{last.year - 1}-11",
        f"{last.year - 1}-10",
    ]
