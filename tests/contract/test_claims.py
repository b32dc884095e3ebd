"""Claims: two moderators never read the same comment, and nobody decides by a claim that has passed."""

import asyncio

import pytest

from service.domain.comment import Comment
from service.domain.news import ClaimNews
from service.domain.orders import Claimed, Lost, Moved
from service.domain.site import Site
from service.domain.views import ReviewQuery
from tests.builders import Writer, scores_of
from tests.ports import Backend
from tests.redis_backend import RedisBackend
from tests.steps import applied, held, judged, published, submitted

FIRST = ReviewQuery(status="held", sort="first", limit=3)


async def queue(backend: Backend, writer: Writer, *risks: float) -> list[Comment]:
    """Hold comments of these risks; the riskiest is the first of the console's order."""
    return [await held(backend, writer, await submitted(backend, writer), scores_of(risk)) for risk in risks]


def of(limit: int, **filters: object) -> ReviewQuery:
    return ReviewQuery(**{"status": "held", "sort": "first", "limit": limit, **filters})  # type: ignore[arg-type]


async def ids(backend: Backend, site: Site, by: str, limit: int = 3, **filters: object) -> list[str]:
    return [comment.id for comment, _ in await backend.claims.next(site, of(limit, **filters), by=by)]


async def test_the_next_are_the_first_that_nobody_has(backend: Backend, site: Site, writer: Writer) -> None:
    made = await queue(backend, writer, 0.6, 0.9, 0.7, 0.8, 0.5)
    order = [made[i].id for i in (1, 3, 2, 0, 4)]
    found = await backend.claims.next(site, of(2), by="anna")
    assert [comment.id for comment, _ in found] == order[:2]
    assert [comment for comment, _ in found] == [made[1], made[3]]
    assert await ids(backend, site, "ben", 2) == order[2:4]
    assert await ids(backend, site, "anna", 9) == order[4:]
    assert await ids(backend, site, "ben", 9) == []


async def test_who_comes_at_once_gets_different_ones(backend: Backend, site: Site, writer: Writer) -> None:
    made = await queue(backend, writer, *(0.5 + number / 1000 for number in range(60)))
    found = await asyncio.gather(*(ids(backend, site, f"m{number}", 4) for number in range(20)))
    taken = [comment_id for some in found for comment_id in some]
    assert len(taken) == len(set(taken))
    # Whoever asks for four while there are enough gets four: nobody goes empty because another was quicker.
    assert set(taken) == {comment.id for comment in made}
    assert sorted(map(len, found)) == [0] * 5 + [4] * 15


async def test_more_than_one_step_of_the_index_may_be_claimed(backend: Backend, site: Site, writer: Writer) -> None:
    made = await queue(backend, writer, *(0.9 - number / 1000 for number in range(225)))
    await backend.claims.take(site, made[:100], by="anna", most=100)
    await backend.claims.take(site, made[100:200], by="anna", most=100)
    await backend.claims.take(site, made[200:210], by="anna", most=100)
    assert await ids(backend, site, "ben", 20) == [comment.id for comment in made[210:]]


async def test_numbers_grow_and_stay_one_s_own(backend: Backend, site: Site, writer: Writer) -> None:
    made = await queue(backend, writer, 0.6, 0.9)
    first = await backend.claims.take(site, made, by="anna", most=2)
    again = await backend.claims.take(site, made, by="anna", most=2)
    assert [claim.number for claim in first] == [claim.number for claim in again] == [1, 2]
    assert [claim.id for claim in first] == [comment.id for comment in made]
    assert await backend.claims.take(site, made, by="ben", most=2) == []
    seen = await backend.claims.of(site, [c.id for c in made])
    assert {i: (claim.id, claim.number, claim.by) for i, claim in seen.items()} == {
        claim.id: (claim.id, claim.number, "anna") for claim in again
    }
    await backend.claims.release(site, [(made[0].id, 1)], by="anna")
    (other,) = await backend.claims.take(site, made, by="ben", most=2)
    assert (other.id, other.number, other.by) == (made[0].id, 3, "ben")


async def test_only_what_is_as_it_was_read_is_claimed(backend: Backend, site: Site, writer: Writer) -> None:
    (waits,) = await queue(backend, writer, 0.6)
    pending = await submitted(backend, writer)
    shown = await published(backend, writer)
    gone = await applied(backend, writer, writer.delete(await published(backend, writer)))
    decided = await applied(backend, writer, writer.decide(waits, "approved"))
    found = await backend.claims.take(site, [waits, pending, gone, decided, shown], by="anna", most=9)
    assert [claim.id for claim in found] == [decided.id, shown.id]


async def test_a_claim_lasts_as_long_as_it_is_renewed(backend: Backend, site: Site, writer: Writer) -> None:
    (waits,) = await queue(backend, writer, 0.6)
    short = backend.short_claims(0.2)
    (claim,) = await short.take(site, [waits], by="anna", most=1)
    (until,) = await backend.claims.renew(site, [(waits.id, claim.number)], by="anna")
    assert until is not None
    assert until > claim.until
    assert await backend.claims.renew(site, [(waits.id, claim.number + 1)], by="anna") == [None]
    assert await backend.claims.renew(site, [(waits.id, claim.number)], by="ben") == [None]
    await backend.claims.release(site, [(waits.id, claim.number)], by="ben")
    assert (await backend.claims.of(site, [waits.id]))[waits.id].by == "anna"
    (until,) = await short.renew(site, [(waits.id, claim.number)], by="anna")
    backend.clock.advance(1)
    async with asyncio.timeout(10):
        while await backend.claims.of(site, [waits.id]):
            await asyncio.sleep(0.01)
    assert await backend.claims.renew(site, [(waits.id, claim.number)], by="anna") == [None]


async def test_who_has_no_claim_decides_nothing_that_another_has(backend: Backend, site: Site, writer: Writer) -> None:
    (waits,) = await queue(backend, writer, 0.6)
    (claim,) = await backend.claims.take(site, [waits], by="anna", most=1)
    for number in (None, claim.number):
        result = await backend.comments.move(site, writer.decide(waits, "approved", by="ben", claim=number))
        assert result == Claimed(by="anna")
    await applied(backend, writer, writer.decide(waits, "rejected", by="anna", claim=claim.number))


async def test_an_old_number_decides_nothing_even_when_nobody_has_a_claim(
    backend: Backend, site: Site, writer: Writer
) -> None:
    (waits,) = await queue(backend, writer, 0.6)
    (old,) = await backend.claims.take(site, [waits], by="anna", most=1)
    await backend.claims.release(site, [(waits.id, old.number)], by="anna")
    (new,) = await backend.claims.take(site, [waits], by="ben", most=1)
    assert await backend.comments.move(site, writer.decide(waits, "approved", by="anna", claim=old.number)) == Claimed(
        by="ben"
    )
    await backend.claims.release(site, [(waits.id, new.number)], by="ben")
    assert await backend.comments.move(site, writer.decide(waits, "approved", by="anna", claim=old.number)) == Claimed(
        by=""
    )
    # A claim that ran out and that nobody took after is as good as it was.
    await applied(backend, writer, writer.decide(waits, "approved", by="ben", claim=new.number))


async def test_of_two_who_decide_at_once_the_one_with_the_claim_wins(
    backend: Backend, site: Site, writer: Writer
) -> None:
    (waits,) = await queue(backend, writer, 0.6)
    (claim,) = await backend.claims.take(site, [waits], by="anna", most=1)
    theirs, ours = await asyncio.gather(
        backend.comments.move(site, writer.decide(waits, "rejected", by="ben")),
        backend.comments.move(site, writer.decide(waits, "approved", by="anna", claim=claim.number)),
    )
    assert isinstance(ours, Moved)
    assert isinstance(theirs, Claimed | Lost)


@pytest.mark.parametrize("by", ["author", "report"])
async def test_an_edit_or_a_decision_ends_a_claim(backend: Backend, site: Site, writer: Writer, by: str) -> None:
    (waits,) = await queue(backend, writer, 0.6)
    (claim,) = await backend.claims.take(site, [waits], by="anna", most=1)
    moved = await applied(
        backend,
        writer,
        writer.edit(waits, "Anew.") if by == "author" else writer.decide(waits, "approved", by="anna"),
    )
    assert await backend.claims.of(site, [waits.id]) == {}
    result = await backend.comments.move(site, writer.decide(waits, "approved", by="anna", claim=claim.number))
    assert result == Lost(current=moved)


async def test_what_was_skipped_is_given_to_others(backend: Backend, site: Site, writer: Writer) -> None:
    made = await queue(backend, writer, 0.9, 0.8)
    (claim, _) = await backend.claims.take(site, made, by="anna", most=2)
    await backend.claims.skip(site, made[0].id, by="anna")
    # A claim of somebody else's stays.
    await backend.claims.skip(site, made[1].id, by="ben")
    assert set(await backend.claims.of(site, [c.id for c in made])) == {made[1].id}
    assert await backend.claims.renew(site, [(claim.id, claim.number)], by="anna") == [None]
    assert await ids(backend, site, "anna") == []
    assert await ids(backend, site, "ben") == [made[0].id]


async def test_filters_narrow_what_is_next(backend: Backend, site: Site, writer: Writer) -> None:
    plain, high = await queue(backend, writer, 0.5, 0.9)
    left = await held(backend, writer, await submitted(backend, writer, thread="/weir", author="ben"), scores_of(0.7))
    left = await applied(backend, writer, writer.escalate(left))
    looked = await judged(backend, writer, await submitted(backend, writer), "approved", look=True)
    wanted: list[tuple[dict[str, object], list[str]]] = [
        ({"queue": "escalated"}, [left.id]),
        ({"escalated": False}, [high.id, plain.id]),
        ({"queue": "urgent"}, []),
        ({"thread": "/weir"}, [left.id]),
        ({"author": "ben"}, [left.id]),
        ({"min_score": 0.6}, [high.id, left.id]),
        ({"without": ("threat",)}, [high.id, left.id, plain.id]),
        ({"without": ("threat", "toxicity"), "sort": "first"}, []),
        ({"label": "toxicity", "sort": "riskiest"}, [high.id, left.id, plain.id]),
        ({"status": None, "look": True, "sort": "oldest"}, [looked.id]),
    ]
    for number, (filters, want) in enumerate(wanted):
        found = await backend.claims.next(site, of(9, **filters), by=f"m{number}")
        assert [comment.id for comment, _ in found] == want, filters
        await backend.claims.release(site, [(c.id, claim.number) for c, claim in found], by=f"m{number}")


async def test_those_who_watch_a_site_hear_of_claims(redis_backend: RedisBackend, redis_site: Site) -> None:
    writer = Writer(redis_backend.clock, redis_site)
    (waits,) = await queue(redis_backend, writer, 0.6)
    async with redis_backend.storage.news.listen(redis_site) as heard:
        (claim,) = await redis_backend.claims.take(redis_site, [waits], by="anna", most=1)
        await redis_backend.claims.release(redis_site, [(waits.id, claim.number)], by="ben")
        await redis_backend.claims.release(redis_site, [(waits.id, claim.number)], by="anna")
        told = [await anext(heard), await anext(heard)]
    assert told == [
        ClaimNews(id=waits.id, by="anna", until=claim.until.isoformat().replace("+00:00", "Z")),
        ClaimNews(id=waits.id, by="anna", until=""),
    ]
