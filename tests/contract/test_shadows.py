"""What shadows read and keep: the workers' decisions, numbered without gaps, and scores beside the records."""

import pytest
from redis.exceptions import ResponseError

from service.domain.comment import Comment
from service.domain.site import Site
from service.domain.views import Kept
from service.domain.work import Decided, ShadowPosition
from service.storage.keys import lane_keys
from tests.builders import Writer
from tests.ports import Backend
from tests.redis_backend import RedisBackend
from tests.steps import applied, approved, entry_of, held, published, submitted
from tests.toy_classifier import StricterToy, ToyClassifier
from workers.scoring import Scorer
from workers.shadow import Shadow

LANE, NAME, EVER = "main", "toy@70f", "g"


async def decided(backend: Backend, after: str = "0-0", count: int = 1_000) -> list[Decided]:
    return await backend.shadows.read(LANE, after, count=count, block_ms=1)


async def kept(backend: Backend, site: Site, shadow: str = NAME) -> dict[str, Kept]:
    found = await backend.comments.between(site, first="", last=EVER, limit=1_000, shadow=shadow)
    return {item.comment.id: item for item in found.kept}


def shadow_of(backend: Backend, toy: ToyClassifier) -> Shadow:
    return Shadow(feed=backend.shadows, comments=backend.comments, directory=backend.directory, scorer=Scorer(toy))


@pytest.fixture
def toy() -> ToyClassifier:
    return ToyClassifier()


@pytest.fixture
def shadow(backend: Backend, toy: ToyClassifier) -> Shadow:
    return shadow_of(backend, toy)


async def test_workers_decisions_are_numbered_without_gaps(backend: Backend, site: Site, writer: Writer) -> None:
    assert await decided(backend) == []
    first = await published(backend, writer)
    await applied(backend, writer, writer.decide(first, "held"))
    second = await held(backend, writer, await submitted(backend, writer))
    third = await submitted(backend, writer)
    await applied(backend, writer, writer.bury(third, await entry_of(backend, third)))
    edited = await applied(backend, writer, writer.edit(second, "Anew."))
    again = await approved(backend, writer, edited)
    found = await decided(backend)
    # People's choices and burials are none of a model's.
    assert [(d.number, d.site, d.id, d.version) for d in found] == [
        (1, site.id, first.id, 2),
        (2, site.id, second.id, 2),
        (3, site.id, again.id, 4),
    ]
    assert await decided(backend, found[0].entry_id) == found[1:]
    assert await decided(backend, count=2) == found[:2]
    assert await decided(backend, found[-1].entry_id) == []


async def test_a_redecision_is_no_worker_s_decision(backend: Backend, writer: Writer) -> None:
    shown = await published(backend, writer)
    await applied(backend, writer, writer.redecide(shown, "held"))
    assert len(await decided(backend)) == 1


async def test_a_retried_decision_is_numbered_once(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await submitted(backend, writer)
    move = writer.judge(comment, "approved", entry=await entry_of(backend, comment))
    for _ in range(3):
        await backend.comments.move(site, move)
    await backend.comments.move(site, writer.judge(comment, "rejected"))
    await applied(backend, writer, writer.decide(move.after, "held"))
    await backend.comments.move(site, move)
    later = await published(backend, writer)
    assert [(d.number, d.id) for d in await decided(backend)] == [(1, comment.id), (2, later.id)]


async def test_a_position_is_kept_per_shadow_and_lane(backend: Backend, site: Site) -> None:
    assert await backend.shadows.position(LANE, "a") == ShadowPosition()
    first, second = (ShadowPosition(entry_id=f"{n}-0", number=n, scored=n, missed=1) for n in (5, 7))
    await backend.shadows.store(LANE, "a", first, [])
    await backend.shadows.store(LANE, "b", second, [])
    assert await backend.shadows.position(LANE, "a") == first
    assert await backend.shadows.position(LANE, "b") == second
    assert await backend.shadows.position("other", "a") == ShadowPosition()
    assert await backend.shadows.positions(LANE) == {"a": first, "b": second}
    assert await backend.shadows.positions("other") == {}


async def test_two_shadows_do_not_overwrite_each_other(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer, "You fool.")
    for toy in (ToyClassifier(), StricterToy()):
        assert (await shadow_of(backend, toy).step(LANE, block_ms=1)).scored == 1
    said = [(await kept(backend, site, name))[shown.id].shadow for name in ("toy@70f", "toy@71f")]
    assert [s and (s.hash, s.labels["toxicity"]) for s in said] == [("70f", 0.6), ("71f", 0.99)]


async def test_an_unreadable_record_is_counted_and_the_rest_is_read(
    backend: Backend, site: Site, writer: Writer
) -> None:
    sent = [await published(backend, writer) for _ in range(5)]
    backend.garble(site, sent[1].id)
    backend.garble(site, sent[2].id)
    first = await backend.comments.between(site, first="", last=EVER, limit=3)
    assert ([k.comment for k in first.kept], first.unreadable, first.after) == ([sent[0]], 2, sent[2].id)
    rest = await backend.comments.between(site, first=sent[2].id, last=EVER, limit=3)
    assert ([k.comment for k in rest.kept], rest.unreadable, rest.after) == (sent[3:], 0, sent[4].id)
    end = await backend.comments.between(site, first=sent[4].id, last=EVER, limit=3)
    assert (end.kept, end.unreadable, end.after) == ((), 0, None)
    await backend.directory.remove_site(site)


async def test_a_shadow_scores_what_was_decided_and_decides_nothing(
    backend: Backend, site: Site, writer: Writer, shadow: Shadow
) -> None:
    sent = [await published(backend, writer, body) for body in ("fine", "You fool.", "You idiot.")]
    waits = await submitted(backend, writer, "You idiot, waiting.")
    position = await shadow.step(LANE, block_ms=1)
    assert (position.number, position.scored, position.missed) == (3, 3, 0)
    found = await kept(backend, site)
    shadows = [found[c.id].shadow for c in sent]
    assert [s and (s.labels["toxicity"], s.classifier, s.hash) for s in shadows] == [
        (0.01, "toy", "70f"),
        (0.6, "toy", "70f"),
        (0.99, "toy", "70f"),
    ]
    assert [found[c.id].comment for c in sent] == sent
    assert await backend.comments.load(site, waits.id) == waits
    assert (await backend.queue.backlog([LANE])).entries == 1
    # It goes on where it was, also after a restart, and another shadow starts anew.
    assert await shadow.step(LANE, block_ms=1) == position
    await published(backend, writer)
    toy = ToyClassifier()
    assert (await shadow_of(backend, toy).step(LANE, block_ms=1)).scored == 4
    assert toy.batches == [["A fine morning."]]
    toy.hash = "71f"
    assert (await shadow_of(backend, toy).step(LANE, block_ms=1)).scored == 4


async def test_a_text_that_is_no_more_is_missed_and_not_scored(
    backend: Backend, site: Site, writer: Writer, shadow: Shadow, toy: ToyClassifier
) -> None:
    edited, deleted, erased, *same = [await published(backend, writer, f"text {n}") for n in range(5)]
    await applied(backend, writer, writer.edit(edited, "Anew."))
    await applied(backend, writer, writer.delete(deleted))
    backend.erase(site, erased.id)
    position = await shadow.step(LANE, block_ms=1)
    assert (position.number, position.scored, position.missed) == (5, 2, 3)
    assert sorted(text for batch in toy.batches for text in batch) == ["text 3", "text 4"]
    assert (await kept(backend, site)).keys() >= {comment.id for comment in same}
    await backend.directory.remove_site(site)
    assert (await shadow_of(backend, named(toy, "2")).step(LANE, block_ms=1)).missed == 5


def named(toy: ToyClassifier, content: str) -> ToyClassifier:
    toy.hash = content
    return toy


async def test_what_people_decided_since_is_scored_nevertheless(
    backend: Backend, site: Site, writer: Writer, shadow: Shadow
) -> None:
    shown = await published(backend, writer, "You fool.")
    after = await applied(backend, writer, writer.decide(shown, "rejected"))
    assert (await shadow.step(LANE, block_ms=1)).missed == 0
    found = (await kept(backend, site))[shown.id]
    assert found.comment == after
    assert found.shadow is not None
    assert found.shadow.labels["toxicity"] == 0.6


async def test_what_was_trimmed_away_is_reported_as_missed(
    backend: Backend, site: Site, writer: Writer, shadow: Shadow
) -> None:
    await published(backend, writer)
    await shadow.step(LANE, block_ms=1)
    for _ in range(6):
        await published(backend, writer)
    backend.forget_decided(LANE, keep=2)
    position = await shadow.step(LANE, block_ms=1)
    assert (position.number, position.scored, position.missed) == (7, 3, 4)
    # A new shadow has missed nothing: it was not there.
    fresh = await shadow_of(backend, named(ToyClassifier(), "2")).step(LANE, block_ms=1)
    assert (fresh.scored, fresh.missed) == (2, 0)


@pytest.mark.parametrize("mark", ["[raise]", "[nan]", "[short]"])
async def test_a_text_that_cannot_be_scored_takes_no_other_with_it(
    backend: Backend, site: Site, writer: Writer, shadow: Shadow, mark: str
) -> None:
    sent = [await published(backend, writer, body) for body in ("fine", f"poison {mark}", "You fool.")]
    position = await shadow.step(LANE, block_ms=1)
    assert (position.number, position.scored, position.missed) == (3, 2, 1)
    found = await kept(backend, site)
    assert [found[c.id].shadow is not None for c in sent] == [True, False, True]


@pytest.mark.parametrize("fault", ["record", "type", "status", "scores"])
async def test_an_unreadable_record_ends_neither_shadow_nor_reading(
    redis_backend: RedisBackend, redis_site: Site, toy: ToyClassifier, fault: str
) -> None:
    writer = Writer(redis_backend.clock, redis_site)
    broken, whole = [await published(redis_backend, writer) for _ in range(2)]
    key = lane_keys(LANE).comment(redis_site.id, broken.id)
    with redis_backend.server.client() as client:
        if fault == "record":
            redis_backend.garble(redis_site, broken.id)
        elif fault == "type":
            client.delete(key)
            client.rpush(key, "planted")
        elif fault == "status":
            client.hset(key, "s", b"\xff")
        position = await shadow_of(redis_backend, toy).step(LANE, block_ms=1)
        if fault == "scores":
            client.hset(key, f"z:{NAME}", b"\xc1")
    assert (position.scored, position.missed) == ((2, 0) if fault == "scores" else (1, 1))
    found = await redis_backend.comments.between(redis_site, first="", last=EVER, limit=10, shadow=NAME)
    assert ([k.comment for k in found.kept], found.unreadable) == ([whole], 1)
    assert found.kept[0].shadow is not None
    await redis_backend.directory.remove_site(redis_site)


async def test_the_stream_of_decisions_is_trimmed_as_it_grows(
    redis_backend: RedisBackend, redis_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.storage.comments.DECIDED", 100)
    writer = Writer(redis_backend.clock, redis_site)
    comments: list[Comment] = []
    for _ in range(350):
        comment = writer.comment()
        comments.append(comment)
        await redis_backend.comments.submit(redis_site, writer.order(comment))
        await redis_backend.comments.move(redis_site, writer.judge(comment, "approved"))
    found = await decided(redis_backend)
    # Redis trims whole nodes of a hundred entries.
    assert 100 <= len(found) <= 250
    assert [item.number for item in found] == list(range(351 - len(found), 351))
    assert found[-1].id == comments[-1].id


async def test_a_wrong_type_at_a_shadow_s_keys_is_an_error(redis_backend: RedisBackend, redis_site: Site) -> None:
    writer, keys = Writer(redis_backend.clock, redis_site), lane_keys(LANE)
    shown = await published(redis_backend, writer)
    with redis_backend.server.client() as client:
        client.rpush(keys.shadows, "planted")
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            await redis_backend.shadows.position(LANE, NAME)
        client.delete(keys.shadows)
        client.delete(keys.decided)
        client.rpush(keys.decided, "planted")
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            await decided(redis_backend)
    assert shown == await redis_backend.comments.load(redis_site, shown.id)
