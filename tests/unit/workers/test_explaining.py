"""Explaining comes after deciding, and never instead of it."""

import threading
from collections.abc import Sequence

import pytest

from tests.fakes.clock import Clock
from tests.unit.workers.consumer_bench import Bench

Spans = list[dict[str, list[tuple[int, int]]]]


@pytest.fixture
def bench(clock: Clock) -> Bench:
    return Bench(clock)


async def test_nobody_waits_for_the_words_that_held_another_comment(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, spans_of = threading.Event(), bench.toy.spans_of

    def when_shown(texts: Sequence[str], limit: int = 5) -> Spans:
        assert shown.wait(20)
        return spans_of(texts, limit)

    monkeypatch.setattr(bench.toy, "spans_of", when_shown)
    sent = await bench.send("fine", "a fool", "also fine")
    async with bench.running():
        await bench.until(lambda: bench.left() == 1)
        assert await bench.statuses(sent) == ["approved", "pending", "approved"]
        later = await bench.send("fine too")
        await bench.until(lambda: bench.consumer.holdings.counters["approved"] == 3)
        assert await bench.statuses(later) == ["approved"]
        shown.set()
        await bench.until(lambda: bench.left() == 0)
    held = await bench.backend.comments.load(bench.site, sent[1].id)
    assert held is not None
    assert [(held.status, reason.spans) for reason in held.reasons] == [("held", ((2, 6),))]


async def test_a_verdict_stands_where_it_cannot_be_explained(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(texts: Sequence[str], limit: int = 5) -> Spans:
        message = f"no words for {len(texts)} texts, {limit} at most"
        raise RuntimeError(message)

    monkeypatch.setattr(bench.toy, "spans_of", failing)
    sent = await bench.send("fine", "a fool")
    async with bench.running():
        await bench.until(lambda: bench.left() == 0)
    assert await bench.statuses(sent) == ["approved", "held"]
    assert bench.consumer.holdings.counters["failures"] == 1
