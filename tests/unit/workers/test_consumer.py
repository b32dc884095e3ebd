"""The consumer over fake ports: poison, a broken model and a lost storage lose and publish nothing."""

import asyncio
import contextlib
from typing import Any

import pytest

from service.domain.operating import Act, Freeze
from service.domain.site import Site
from tests.fakes.clock import Clock
from tests.unit.workers.consumer_bench import WAIT, Bench
from workers.scoring import BrokenClassifier


@pytest.fixture
def bench(clock: Clock) -> Bench:
    return Bench(clock)


async def test_every_comment_gets_its_verdict_once(bench: Bench) -> None:
    sent = await bench.send("fine", "a fool", "an idiot", *["fine"] * 40)
    async with bench.running():
        await bench.until(lambda: bench.left() == 0)
    assert await bench.statuses(sent) == ["approved", "held", "rejected", *["approved"] * 40]
    assert bench.consumer.holdings.counters["approved"] == 41
    assert len(bench.consumer.holdings) == 0
    for comment in sent:
        stored = await bench.backend.comments.load(bench.site, comment.id)
        assert stored is not None
        assert len(stored.trail) == 1


async def test_a_move_is_of_the_entry_and_marks_words_on_the_record_alone(bench: Bench) -> None:
    sent = await bench.send(" ".join(f"word{n}" for n in range(70)), "fool", "You idiot.")
    entries = await bench.backend.queue.take("main", "w1", count=10, block_ms=1)
    context = await bench.backend.queue.context({bench.site.id: bench.site}, entries)
    decided = list(zip(context.waiting, await bench.consumer._decided(context.waiting), strict=True))
    moves = [bench.consumer.verdicts.move(*pair) for pair in await bench.consumer.verdicts.explained(decided)]
    assert [move.before for move in moves] == sent
    assert [move.entry for move in moves] == entries
    assert [move.after.status for move in moves] == ["approved", "held", "rejected"]
    after = moves[2].after
    assert after.scores is not None
    assert after.scores.labels == {"toxicity": 0.99, "insult": 0.495}
    assert [(r.code, r.spans) for r in after.reasons] == [("above-reject-threshold", ((4, 9),))]
    # The trail is kept for ever and needs no places in a text that may be gone.
    assert after.trail[-1].reasons[0].spans == ()


@pytest.mark.parametrize("mark", ["[raise]", "[nan]", "[above one]", "[short]"])
async def test_poison_fails_alone_three_times_and_goes_to_a_human(bench: Bench, mark: str) -> None:
    sent = await bench.send("fine", f"poison {mark}", "an idiot")
    async with bench.running():
        await bench.until(lambda: bench.left() == 0)
    assert await bench.statuses(sent) == ["approved", "held", "rejected"]
    held = await bench.backend.comments.load(bench.site, sent[1].id)
    assert held is not None
    assert [r.code for r in held.reasons] == ["classifier-failed"]
    assert held.trail[-1].actor == "system"
    assert [(b.site, b.id, b.error) for b in bench.backend.memory.buried["main"]] == [
        (bench.site.id, sent[1].id, "ValueError")
    ]
    alone = [batch for batch in bench.toy.batches if batch[0].startswith("poison") and len(batch) == 1]
    assert len(alone) >= 3
    assert bench.consumer.holdings.counters["buried"] == 1
    assert not bench.backend.memory.attempts


async def test_an_entry_that_ended_three_processes_is_not_tried_a_fourth_time(bench: Bench) -> None:
    (comment,) = await bench.send("kills whoever reads it")
    (entry,) = await bench.backend.queue.take("main", "dead", count=1, block_ms=1)
    for _ in range(3):
        await bench.backend.queue.attempt(entry)
    async with bench.running():
        await bench.until(lambda: bench.left() == 0)
    assert await bench.statuses([comment]) == ["held"]
    assert not any("kills" in text for batch in bench.toy.batches for text in batch)
    assert bench.backend.memory.buried["main"][0].error == "ProcessEnded"


async def test_a_broken_classifier_gives_everything_back_uncounted(bench: Bench, clock: Clock) -> None:
    sent = await bench.send(*["fine"] * 10)
    bench.toy.broken = True
    async with bench.running() as working:
        async with asyncio.timeout(WAIT):
            with pytest.raises(BrokenClassifier):
                await working
    assert await bench.statuses(sent) == ["pending"] * 10
    assert bench.left() == 10
    assert sum(bench.backend.memory.attempts.values()) == 0
    # A sound worker takes over at once, without waiting for the claim to run out.
    entries = await bench.backend.queue.reclaim("main", "w2", idle_ms=10**9, count=100)
    untaken = await bench.backend.queue.take("main", "w2", count=100, block_ms=1)
    assert len(entries) + len(untaken) == 10


async def test_a_classifier_that_breaks_on_a_comment_alone_counts_no_try(bench: Bench) -> None:
    (comment,) = await bench.send("fine")
    await bench.backend.queue.take("main", "dead", count=1, block_ms=1)
    bench.toy.broken = True
    async with bench.running() as working:
        with contextlib.suppress(BrokenClassifier):
            await bench.until(working.done)
    assert await bench.statuses([comment]) == ["pending"]
    assert sum(bench.backend.memory.attempts.values()) == 0


STEPS = [
    ("queue", "take"),
    ("queue", "own"),
    ("queue", "context"),
    ("queue", "attempt"),
    ("queue", "discard"),
    ("queue", "reclaim"),
    ("directory", "site"),
    ("comments", "move"),
]


@pytest.mark.parametrize("way", ["before", "after"])
@pytest.mark.parametrize(("port", "step"), STEPS)
async def test_a_storage_lost_at_any_step_loses_and_doubles_nothing(
    bench: Bench, port: str, step: str, way: str
) -> None:
    sent = await bench.send("fine", "an idiot", "poison [raise]", "a fool", *["fine"] * 20)
    stale = sent[4]
    await bench.backend.comments.move(bench.site, bench.writer.judge(stale, "rejected"))
    getattr(bench, port).fails[step] = [way, "works", way, way, "works", way]
    async with bench.running():
        await bench.until(lambda: bench.left() == 0)
    want = ["approved", "rejected", "held", "held", "rejected", *["approved"] * 19]
    assert await bench.statuses(sent) == want
    for comment in sent:
        stored = await bench.backend.comments.load(bench.site, comment.id)
        assert stored is not None
        assert len(stored.trail) == 1


@pytest.mark.parametrize(("port", "step"), [("queue", "attempt"), ("comments", "move")])
async def test_a_storage_that_comes_and_goes_buries_nothing(bench: Bench, port: str, step: str) -> None:
    (comment,) = await bench.send("fine")
    await bench.backend.queue.take("main", "dead", count=1, block_ms=1)
    getattr(bench, port).fails[step] = ["after" if step == "attempt" else "before"] * 6
    async with bench.running():
        await bench.until(lambda: bench.left() == 0)
    assert await bench.statuses([comment]) == ["approved"]
    assert not bench.backend.memory.buried["main"]


async def test_what_is_stale_or_unreadable_is_acknowledged_and_decides_nothing(bench: Bench) -> None:
    gone, broken, decided = await bench.send("one", "two", "three")
    bench.backend.erase(bench.site, gone.id)
    bench.backend.garble(bench.site, broken.id)
    await bench.backend.comments.move(bench.site, bench.writer.judge(decided, "rejected"))
    async with bench.running():
        await bench.until(lambda: bench.left() == 0)
    assert await bench.statuses([decided]) == ["rejected"]
    assert [(b.id, b.error) for b in bench.backend.memory.buried["main"]] == [(broken.id, "unreadable")]
    assert bench.consumer.holdings.counters["stale"] == 2


async def test_two_workers_share_the_work_and_decide_each_once(clock: Clock) -> None:
    one = Bench(clock)
    other = Bench(clock, name="w2", backend=one.backend)
    sent = await one.send(*["fine", "an idiot"] * 100)
    async with one.running(), other.running():
        await one.until(lambda: one.left() == 0)
    assert await one.statuses(sent) == ["approved", "rejected"] * 100


async def test_a_worker_that_is_told_to_stop_finishes_what_it_holds(bench: Bench) -> None:
    sent = await bench.send(*["fine"] * 50)
    async with bench.running():
        await bench.until(lambda: len(bench.consumer.holdings) or bench.left() == 0)
    assert len(bench.consumer.holdings) == 0
    assert set(await bench.statuses(sent)) == {"approved"}


async def test_a_lane_whose_context_cannot_be_read_is_not_held_for_ever(bench: Bench) -> None:
    (comment,) = await bench.send("fine")
    (entry,) = await bench.backend.queue.take("main", bench.consumer.name, count=1, block_ms=1)

    async def broken(*_: object) -> None:
        raise ValueError("no policy")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench.backend.queue, "context", broken)
        with pytest.raises(ValueError, match="no policy"):
            await bench.consumer.hand_in("main", [entry])
    assert len(bench.consumer.holdings) == 0
    async with bench.running():
        await bench.until(lambda: bench.left() == 0)
    assert await bench.statuses([comment]) == ["approved"]


async def test_a_freeze_between_verdict_and_decision_puts_the_comment_before_a_human(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, works = await bench.send("fine"), bench.backend.comments.move

    async def freeze_first(site: Site, move: Any) -> Any:
        monkeypatch.undo()
        await bench.backend.controls.freeze(bench.site, Freeze(mode="pre"), Act(by="anna"))
        return await works(site, move)

    monkeypatch.setattr(bench.backend.comments, "move", freeze_first)
    async with bench.running():
        await bench.until(lambda: bench.left() == 0)
    assert await bench.statuses(sent) == ["held"]
    assert bench.consumer.holdings.counters["held"] == 1
    assert len(bench.consumer.holdings) == 0
