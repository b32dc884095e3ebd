"""What shadows read and keep: the workers' decisions, numbered without gaps, and scores beside the records."""

from typing import Any

import pytest
from redis.exceptions import ResponseError

from service.domain.comment import Comment
from service.domain.ids import first_id
from service.domain.site import Site, Thread
from service.domain.status import Status
from service.domain.views import Kept
from service.domain.work import Decided, ShadowPosition
from service.storage.keys import lane_keys
from tests.builders import Writer, policy_of, scores_of
from tests.fakes.clock import Clock
from tests.ports import Backend, RedisBackend
from tests.steps import applied, approved, entry_of, held, judged, published, submitted
from tests.toy_classifier import ToyClassifier
from workers.scoring import Scorer
from workers.shadow import Shadow

LANE, NAME, EVER = "main", "toy@70f", "g"


async def decided(backend: Backend, after: str = "0-0", count: int = 1_000) -> list[Decided]:
    return await backend.shadows.read(LANE, after, count=count, block_ms=1)


async def kept(backend: Backend, site: Site) -> dict[str, Kept]:
    found = await backend.comments.between(site, first="", last=EVER, limit=1_000)
    return {item.comment.id: item for item in found}


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


async def test_scores_are_kept_beside_the_version_that_they_are_of(
    backend: Backend, site: Site, writer: Writer
) -> None:
    one, two, three = [await published(backend, writer) for _ in range(3)]
    await applied(backend, writer, writer.decide(two, "held"))
    backend.erase(site, three.id)
    scores = scores_of(0.4)
    await backend.shadows.store(LANE, "a", ShadowPosition(), [(one, scores), (two, scores), (three, scores)])
    found = await kept(backend, site)
    assert {i: item.shadow for i, item in found.items()} == {one.id: scores, two.id: None}
    assert await backend.comments.load(site, three.id) is None
    # The record itself knows nothing of it.
    assert await backend.comments.load(site, one.id) == one
    await backend.directory.remove_site(site)


@pytest.mark.parametrize("step", ["edit", "delete"])
async def test_a_shadow_s_scores_go_with_the_text(backend: Backend, site: Site, writer: Writer, step: str) -> None:
    shown = await published(backend, writer)
    await backend.shadows.store(LANE, "a", ShadowPosition(), [(shown, scores_of(0.4))])
    assert (await kept(backend, site))[shown.id].shadow == scores_of(0.4)
    if step == "delete":
        await applied(backend, writer, writer.delete(shown))
        assert await kept(backend, site) == {}
    else:
        edited = await applied(backend, writer, writer.edit(shown, "Anew."))
        assert await kept(backend, site) == {}
        await approved(backend, writer, edited)
        assert (await kept(backend, site))[shown.id].shadow is None
    assert not backend.shadow_scores_of(site, shown.id)


async def test_a_shadow_s_scores_stay_with_a_text_that_others_decide(
    backend: Backend, site: Site, writer: Writer
) -> None:
    shown = await published(backend, writer)
    await backend.shadows.store(LANE, "a", ShadowPosition(), [(shown, scores_of(0.4))])
    after = await applied(backend, writer, writer.decide(shown, "rejected"))
    assert await kept(backend, site) == {shown.id: Kept(comment=after, shadow=scores_of(0.4))}


async def test_decided_comments_are_read_by_id_in_pages(
    backend: Backend, site: Site, writer: Writer, clock: Clock
) -> None:
    ways: tuple[Status, ...] = ("approved", "held", "rejected")
    sent = [await judged(backend, writer, await submitted(backend, writer), ways[n % 3]) for n in range(9)]
    await submitted(backend, writer)
    await applied(backend, writer, writer.delete(sent.pop(4)))
    ids = [comment.id for comment in sent]

    async def read(first: str, last: str, limit: int = 100) -> list[str]:
        return [k.comment.id for k in await backend.comments.between(site, first=first, last=last, limit=limit)]

    assert await read("", EVER) == ids
    assert [k.comment for k in await backend.comments.between(site, first="", last=EVER, limit=3)] == sent[:3]
    assert await read(ids[1], EVER, 3) == ids[2:5]
    assert await read(ids[1], ids[3]) == ids[2:4]
    assert await read(ids[-1], EVER) == []
    # A moment stands before all that was made in its millisecond.
    assert await read(first_id(sent[2].created_at), first_id(sent[5].created_at)) == ids[2:5]


async def test_between_skips_what_is_gone_and_goes_on(backend: Backend, site: Site, writer: Writer) -> None:
    sent = [await published(backend, writer) for _ in range(4)]
    for comment in sent[:2]:
        backend.erase(site, comment.id)
    # An empty page would say that there is no more.
    found = await backend.comments.between(site, first="", last=EVER, limit=2)
    assert found
    assert {k.comment.id for k in found} <= {c.id for c in sent[2:]}
    await backend.directory.remove_site(site)


async def test_subjects_know_the_parent_the_mode_and_the_policy(backend: Backend, site: Site, writer: Writer) -> None:
    parent = await published(backend, writer)
    reply = await published(backend, writer, parent=parent.id)
    alone = await published(backend, writer, thread="/weir")
    await applied(backend, writer, writer.decide(parent, "held"))
    await backend.comments.patch_thread(
        site, "/weir", changes=Thread(key="/weir", mode="pre"), fields=frozenset({"mode"})
    )
    await backend.directory.put_policy(site, policy_of("post", version=2), replaces=1)
    subjects = await backend.comments.subjects(site, [reply, alone])
    assert [(s.comment, s.site, s.parent_shown, s.mode, s.policy.version) for s in subjects] == [
        (reply, site, False, "post", 2),
        (alone, site, True, "pre", 2),
    ]
    assert await backend.comments.subjects(site, []) == []
    await backend.directory.remove_site(site)
    assert await backend.comments.subjects(site, [reply, alone]) == []


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


async def test_an_unreadable_record_is_missed_and_does_not_end_the_shadow(
    redis_backend: RedisBackend, redis_site: Site, toy: ToyClassifier
) -> None:
    writer = Writer(redis_backend.clock, redis_site)
    broken, _ = [await published(redis_backend, writer) for _ in range(2)]
    redis_backend.garble(redis_site, broken.id)
    position = await shadow_of(redis_backend, toy).step(LANE, block_ms=1)
    assert (position.scored, position.missed) == (1, 1)


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


async def test_who_moves_while_a_span_is_read_is_no_ghost(
    redis_backend: RedisBackend, redis_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, writer = redis_backend, Writer(redis_backend.clock, redis_site)
    edited, deleted, same = [await published(backend, writer) for _ in range(3)]
    read, seen = backend.storage.link.pipeline, 0

    async def meddle(*args: Any, **kwargs: Any) -> list[Any]:
        nonlocal seen
        answers = await read(*args, **kwargs)
        seen += 1
        if seen == 1:
            # As if one had been approved, then held, while both indexes were read.
            answers[1] = [same.id.encode(), *answers[1]]
            await applied(backend, writer, writer.edit(edited, "Anew."))
            await applied(backend, writer, writer.delete(deleted))
        return answers

    monkeypatch.setattr(backend.storage.link, "pipeline", meddle)
    found = await backend.comments.between(redis_site, first="", last=EVER, limit=10)
    assert found == [Kept(comment=same, shadow=None)]
