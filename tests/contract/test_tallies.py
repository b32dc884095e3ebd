"""Counters, what waits, and who may appeal how often."""

import msgspec
import pytest

from service.domain import moves, tallies
from service.domain.errors import TooMany
from service.domain.orders import Move
from service.domain.site import Site
from tests.builders import Writer, scores_of
from tests.ports import Backend
from tests.steps import applied, held, judged, published, submitted


async def counters(backend: Backend, site: Site, writer: Writer) -> dict[str, int]:
    month = tallies.month_name(writer.clock())
    return (await backend.tallies.months(site, [month]))[month]


async def test_every_move_is_counted_once(backend: Backend, site: Site, writer: Writer) -> None:
    waits = await held(backend, writer, await submitted(backend, writer))
    move = writer.decide(waits, "rejected")
    for _ in range(2):
        await backend.comments.move(site, move)
    day = f"{writer.clock():%d}"
    assert await counters(backend, site, writer) == {
        f"{day}:moves:worker:pending:held": 1,
        f"{day}:moves:moderator:held:rejected": 1,
        "rule:rejected:moderator": 1,
        f"{day}:by:moderator-1:rejected": 1,
        f"{day}:wait:0": 1,
    }


async def test_months_are_read_apart_and_dropped(backend: Backend, site: Site, writer: Writer) -> None:
    await published(backend, writer)
    now = writer.clock()
    this, last = tallies.months_back(now, 2)
    found = await backend.tallies.months(site, [this, last], recent=True)
    assert list(found) == [this, last]
    assert (sum(found[this].values()), found[last]) == (1, {})
    assert await backend.tallies.drop(site, [this, last]) == 1
    assert await backend.tallies.drop(site, [this, last]) == 0
    assert (await backend.tallies.months(site, [this]))[this] == {}


async def test_what_waits_is_measured(backend: Backend, site: Site, writer: Writer) -> None:
    assert await backend.tallies.queue(site) == tallies.QueueFigures(held=0, oldest=None)
    first = await held(backend, writer, await submitted(backend, writer), scores_of(0.5, insult=1.0))
    await held(backend, writer, await submitted(backend, writer), scores_of(0.549, insult=0.0))
    await published(backend, writer)
    queue = await backend.tallies.queue(site)
    assert (queue.held, queue.oldest) == (2, first.decided_at)
    toxicity = await backend.tallies.distribution(site, "toxicity")
    assert (len(toxicity), toxicity[10], sum(toxicity)) == (20, 2, 2)
    insult = await backend.tallies.distribution(site, "insult")
    assert (insult[0], insult[19], sum(insult)) == (1, 1, 2)
    assert await backend.tallies.distribution(site, "threat") == [0] * 20


async def test_what_waits_on_an_appeal_is_listed_and_leaves_with_its_decision(
    backend: Backend, site: Site, writer: Writer
) -> None:
    rejected = [await judged(backend, writer, await submitted(backend, writer), "rejected") for _ in range(2)]
    one, two = rejected
    held_one = moves.appealed(one, "It was a joke.", at=writer.clock())
    await applied(backend, writer, Move(before=one, after=held_one))
    assert await backend.appeals.waiting(site, limit=9) == [one.id]
    await applied(backend, writer, Move(before=two, after=moves.appealed(two, "No.", at=writer.clock())))
    assert sorted(await backend.appeals.waiting(site, limit=9)) == [one.id, two.id]
    assert len(await backend.appeals.waiting(site, limit=1)) == 1
    after = await applied(backend, writer, writer.decide(held_one, "approved"))
    assert after.appeal is not None
    assert await backend.appeals.waiting(site, limit=9) == [two.id]
    assert (await counters(backend, site, writer))["appeal:overturned:other"] == 1


async def test_an_undone_decision_on_an_appeal_puts_it_back(backend: Backend, site: Site, writer: Writer) -> None:
    one = await judged(backend, writer, await submitted(backend, writer), "rejected")
    appealed = moves.appealed(one, "It was a joke.", at=writer.clock())
    await applied(backend, writer, Move(before=one, after=appealed))
    decided = await applied(backend, writer, writer.decide(appealed, "rejected"))
    move = writer.decide(decided, "held")
    trail = (*move.after.trail[:-1], msgspec.structs.replace(move.after.trail[-1], undoes=decided.trail[-1].id))
    await applied(backend, writer, Move(before=decided, after=msgspec.structs.replace(move.after, trail=trail)))
    assert await backend.appeals.waiting(site, limit=9) == [one.id]


async def test_an_author_appeals_so_often_a_day(backend: Backend, site: Site) -> None:
    for call in ("a", "a", "b"):
        await backend.appeals.count(site, "anna", a_day=2, call=call)
    with pytest.raises(TooMany) as refused:
        await backend.appeals.count(site, "anna", a_day=2, call="c")
    assert 0 < refused.value.retry_after <= 43_200
    await backend.appeals.count(site, "ben", a_day=2, call="d")
    assert await backend.appeals.forget(site, "anna", dry_run=True) == 1
    assert await backend.appeals.forget(site, "anna", dry_run=False) == 1
    assert await backend.appeals.forget(site, "anna", dry_run=False) == 0
    await backend.appeals.count(site, "anna", a_day=2, call="e")
