"""The housekeeper over a fake lease: one a lane, a step at a time, whatever a chore does."""

import asyncio

import pytest

from service.domain.chores import STEP
from service.domain.errors import StorageDown
from tests.fakes.clock import Clock
from tests.ports import FakeBackend
from workers import housekeeping
from workers.housekeeping import LEASE_SECONDS, Housekeeper


class ToyChore:
    """A chore that has so much to do in each lane, and may fail."""

    def __init__(self, name: str, *, period: float = 3600.0) -> None:
        self.name = name
        self.period = period
        self.left: dict[str, int] = {}
        self.steps: list[str] = []
        self.raises: list[Exception] = []

    async def step(self, lane: str) -> int:
        self.steps.append(lane)
        if self.raises:
            raise self.raises.pop()
        done = min(STEP, self.left.get(lane, 0))
        self.left[lane] = self.left.get(lane, 0) - done
        return done


@pytest.fixture
def backend(clock: Clock) -> FakeBackend:
    return FakeBackend(clock)


def keeper(backend: FakeBackend, *chores: ToyChore, name: str = "a", lanes: tuple[str, ...] = ("main",)) -> Housekeeper:
    return Housekeeper(name=name, housekeeping=backend.housekeeping, chores=chores, lanes=lambda: lanes)


async def test_full_steps_go_on_and_the_others_are_not_kept_waiting(backend: FakeBackend) -> None:
    long, short = ToyChore("long"), ToyChore("short")
    long.left["main"] = 2 * STEP + 7
    house = keeper(backend, long, short)
    assert [await house.round() for _ in range(4)] == [True, True, False, False]
    assert (len(long.steps), len(short.steps)) == (3, 1)
    assert (await backend.housekeeping.runs("main"))["long"].touched == 2 * STEP + 7
    assert set(house.last_runs) == {"main/long", "main/short"}
    assert house.keeps == ("main",)


async def test_a_lane_is_kept_by_one_and_passes_on(backend: FakeBackend, clock: Clock) -> None:
    chore, other = ToyChore("c"), ToyChore("c")
    first, second = keeper(backend, chore), keeper(backend, other, name="b")
    await first.round()
    await second.round()
    assert (chore.steps, other.steps, list(second.keeps), second.last_runs) == (["main"], [], [], {})
    await first.leave()
    await second.round()
    assert list(second.keeps) == ["main"]
    # It was done an hour before it is due again: whoever follows knows.
    assert other.steps == []
    assert set(second.last_runs) == {"main/c"}
    await first.round()
    assert list(first.keeps) == []
    clock.advance(LEASE_SECONDS + 1)
    await first.round()
    await second.round()
    assert [*first.keeps, *second.keeps] == ["main"]
    assert list(first.keeps) == ["main"]


async def test_what_was_done_long_ago_is_done_at_once(backend: FakeBackend, clock: Clock) -> None:
    chore = ToyChore("c", period=100)
    await backend.housekeeping.done("main", "c", touched=1)
    clock.advance(101)
    await keeper(backend, chore).round()
    assert chore.steps == ["main"]


async def test_a_chore_that_fails_takes_no_other_with_it(backend: FakeBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "FAILED_SECONDS", 0.0)
    bad, good = ToyChore("bad"), ToyChore("good")
    bad.raises.append(ValueError("unexpected"))
    house = keeper(backend, bad, good)
    await house.round()
    assert (len(bad.steps), len(good.steps)) == (1, 1)
    assert set(house.last_runs) == {"main/good"}
    await house.round()
    assert (len(bad.steps), len(good.steps)) == (2, 1)
    assert set(house.last_runs) == {"main/good", "main/bad"}


async def test_a_storage_that_is_away_is_asked_again(backend: FakeBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "ROUND_SECONDS", 0.0)
    chore = ToyChore("c")
    chore.raises.append(StorageDown("away", retry_after=2))
    running = asyncio.create_task(keeper(backend, chore).run())
    async with asyncio.timeout(10):
        while len(chore.steps) < 2:
            await asyncio.sleep(0.001)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_lane_that_is_served_no_more_is_kept_no_more(backend: FakeBackend) -> None:
    lanes = ["main", "second"]
    house = Housekeeper(name="a", housekeeping=backend.housekeeping, chores=(ToyChore("c"),), lanes=lambda: lanes)
    kept = []
    await house.round()
    kept.append(house.keeps)
    lanes.remove("second")
    await house.round()
    kept.append(house.keeps)
    assert kept == [("main", "second"), ("main",)]
