"""One lane, many sites: whoever floods waits behind the others, and imports behind everyone."""

import pytest

from service.domain.errors import Unavailable
from service.domain.site import Site
from tests.builders import Writer, policy_of, site_of
from tests.contract.test_queue import take
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.steps import applied


async def test_what_a_site_has_waiting_beyond_its_share_stands_behind_the_others(
    backend: Backend, site: Site, writer: Writer, clock: Clock
) -> None:
    comments = backend.bounded(backlog=1_000, site_backlog=1_000, share=3)
    other = Writer(clock, site_of(clock, "other"))
    await backend.directory.add_site(other.site, policy_of())
    flood = [writer.order() for _ in range(40)]
    for order in flood:
        await comments.submit(site, order)
    late = other.order()
    await comments.submit(other.site, late)
    assert (await backend.queue.backlog(["main"])).entries == 41
    first = await take(backend, count=10)
    assert [e.id for e in first] == [*(o.comment.id for o in flood[:3]), late.comment.id]
    assert {e.stream for e in first} == {"live"}
    rest = [e for _ in range(10) for e in await take(backend, count=10)]
    assert [e.id for e in rest] == [o.comment.id for o in flood[3:]]
    assert {e.stream for e in rest} == {"surplus"}
    # What was worked off makes room in the share again.
    by_id = {o.comment.id: o.comment for o in flood}
    for entry in (*first, *rest):
        if entry.site == site.id:
            await applied(backend, writer, writer.judge(by_id[entry.id], "approved", entry=entry))
    await applied(backend, other, other.judge(late.comment, "approved", entry=first[-1]))
    await comments.submit(site, writer.order())
    assert [e.stream for e in await take(backend)] == ["live"]


async def test_surplus_gets_one_turn_in_four_and_bulk_does_not_hold_it_up(
    backend: Backend, site: Site, writer: Writer, clock: Clock
) -> None:
    comments = backend.bounded(backlog=1_000, site_backlog=1_000, share=1)
    other = Writer(clock, site_of(clock, "other"))
    await backend.directory.add_site(other.site, policy_of())
    for _ in range(40):
        await comments.submit(other.site, other.order(stream="bulk"))
    for _ in range(30):
        await comments.submit(site, writer.order())
    for number in range(30):
        # Each of a site of its own, so that all are within their share.
        single = Writer(clock, site_of(clock, f"single-{number}"))
        await backend.directory.add_site(single.site, policy_of())
        await comments.submit(single.site, single.order())
    got = [(await take(backend, count=1))[0].stream for _ in range(24)]
    assert got.count("surplus") in (5, 6)
    assert got.count("bulk") in (1, 2)
    rest = [(await take(backend, count=1))[0].stream for _ in range(76)]
    assert sorted({*got, *rest}) == ["bulk", "live", "surplus"]
    # Once live is empty, surplus comes before bulk but for bulk's own turns.
    last = max(turn for turn, stream in enumerate(rest) if stream == "surplus")
    assert rest[:last].count("bulk") <= 4
    assert rest[last + 1 :] == ["bulk"] * (len(rest) - last - 1)


async def test_of_what_stands_behind_only_so_much_is_taken(backend: Backend, site: Site, writer: Writer) -> None:
    comments = backend.bounded(backlog=1_000, site_backlog=1_000, share=2)
    for _ in range(12):
        await comments.submit(site, writer.order())
    taken = [await backend.queue.take("main", "w", count=100, block_ms=1, behind=4) for _ in range(3)]
    assert [len(entries) for entries in taken] == [2, 4, 4]
    assert await backend.queue.take("main", "w", count=100, block_ms=1, behind=0) == []
    assert len(await backend.queue.take("main", "w", count=100, block_ms=1, behind=4)) == 2


async def test_a_surplus_fills_the_lane_s_backlog_too(backend: Backend, site: Site, writer: Writer) -> None:
    comments = backend.bounded(backlog=5, site_backlog=100, share=2)
    for _ in range(5):
        await comments.submit(site, writer.order())
    with pytest.raises(Unavailable):
        await comments.submit(site, writer.order())
