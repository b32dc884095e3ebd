"""An erasure amid everything that goes on: workers decide, the author writes, moderators change their minds."""

import asyncio
import random

from service.domain.comment import Comment
from service.domain.ids import first_id
from service.domain.orders import Moved
from service.domain.site import Site
from service.wiring import archive_of
from service.workflow.erase import erase
from service.workflow.reapply import reapply
from tests.builders import Writer
from tests.contract.test_traces import hold_of
from tests.redis_backend import RedisBackend
from tests.unit.workflow.test_erase import ANNA, by_anna


async def test_an_erasure_amid_verdicts_and_edits_ends_with_nothing_left(
    redis_backend: RedisBackend, redis_site: Site
) -> None:
    writer, store, dice = Writer(redis_backend.clock, redis_site), redis_backend.comments, random.Random(7)
    comments = [by_anna(writer) for _ in range(150)]
    await asyncio.gather(*(store.submit(redis_site, writer.order(comment)) for comment in comments))
    held = comments[10]
    await redis_backend.holds.add(redis_site, hold_of(redis_backend.clock, held))
    moved = 0

    async def live_on(comment: Comment) -> None:
        nonlocal moved
        for _ in range(dice.randrange(1, 5)):
            current = await store.load(redis_site, comment.id)
            assert current is not None
            if current.status == "deleted":
                return
            if current.status == "pending":
                move = writer.judge(current, dice.choice(("approved", "held", "rejected")), look=dice.random() < 0.2)
            elif dice.random() < 0.5:
                move = writer.edit(current, "Anew.")
            else:
                move = writer.decide(current, "held" if current.status == "approved" else "approved")
            result = await store.move(redis_site, move)
            moved += isinstance(result, Moved)

    archive = archive_of(redis_backend.storage)
    # The clock of the ids goes on with every comment and move: what is there when it is asked for is meant.
    living = [asyncio.create_task(live_on(comment)) for comment in comments]
    async with asyncio.timeout(20):
        while moved < 30:
            await asyncio.sleep(0)
    before = moved
    done = await erase(archive, redis_site, ANNA)
    await asyncio.gather(*living)
    assert moved > before
    assert done.kept_under_legal_hold == 1
    await reapply(archive, redis_site)
    (left,) = (await redis_backend.traces.of_author(redis_site, ANNA, after="", limit=400)).traces
    assert left.comment.id == held.id
    gone = (await redis_backend.traces.aged(redis_site, "deleted", after="", last="g", limit=400)).traces
    assert len(gone) == 149
    assert {(t.comment.body, t.comment.author.key, t.comment.trail[-1].actor) for t in gone} == {("", "", "erasure")}
    assert redis_backend.faults() == []


async def test_who_writes_again_is_a_new_person(redis_backend: RedisBackend, redis_site: Site) -> None:
    writer, archive = Writer(redis_backend.clock, redis_site), archive_of(redis_backend.storage)
    await redis_backend.comments.submit(redis_site, writer.order(by_anna(writer)))
    await erase(archive, redis_site, ANNA)
    # Ids are minted by this clock, and what an erasure means is told by the real one.
    writer.clock.advance(3600)
    later = by_anna(writer)
    await redis_backend.comments.submit(redis_site, writer.order(later))
    await archive.ledger.take_in([], anew=True)
    await reapply(archive, redis_site)
    assert await redis_backend.comments.load(redis_site, later.id) == later
    (entry,) = [await archive.ledger.find(name) for name in await ledger_names(redis_backend)]
    assert entry is not None
    assert first_id(redis_site.created_at) < entry.until < later.id
    assert (entry.done, entry.author) == (True, "")
    assert (await erase(archive, redis_site, ANNA)).removed["comments"] == 1


async def ledger_names(backend: RedisBackend) -> list[str]:
    with backend.server.client() as client:
        return [name.decode() for name in client.hkeys("gp:{dir}:ledger")]
