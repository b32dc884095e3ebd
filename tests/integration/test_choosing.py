"""Choosing and comparing classifiers: a planted model is undone by one command, and a shadow only watches."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from service.domain import moves
from service.domain.comment import Comment
from service.domain.errors import StorageDown
from service.domain.orders import Lost, Move, MoveResult
from service.domain.site import Site
from tests.integration.choosing import BODIES, KEYS, VERDICTS, Town, town_on
from tests.redis_server import RedisServer
from tests.steps import applied
from tests.toy_classifier import ToyClassifier

MANY, SOME = 2_000, 300


@pytest.fixture
async def town(one_redis: RedisServer) -> AsyncIterator[Town]:
    async with town_on(one_redis) as made:
        yield made


async def test_a_planted_model_is_undone_by_one_command(town: Town) -> None:
    sound = await town.decide([BODIES[n % 3] for n in range(30)], ToyClassifier())
    planted = await town.plant(MANY)
    human = await town.moderate(planted[::10])
    before = town.contents()
    people = {comment.id for comment in human}
    touched = [c for c in planted if c.id not in people and VERDICTS[c.body] != "approved"]
    changes = {f"approved → {to}": sum(VERDICTS[c.body] == to for c in touched) for to in ("held", "rejected")}
    command = ("redecide", "--site", "mill", "--classifier", "bad", "--json")
    span = ("--since", town.began.isoformat(), "--until", (town.clock() + timedelta(minutes=1)).isoformat())

    said = await town.command(*command, *span, "--dry-run")
    assert (said["dry_run"], said["moved"], said["changes"]) == (True, 0, changes)
    assert (said["examined"], said["untouched"]) == (MANY + 30, 30 + len(people))
    assert town.contents() == before

    done = await town.command(*command, *span)
    assert (done["moved"], done["lost"], done["failed"], done["changes"]) == (len(touched), 0, 0, changes)
    assert (done["examined"], done["untouched"]) == (said["examined"], said["untouched"])
    stored = town.stored()
    for comment in touched:
        now = stored[comment.id]
        assert now.status == VERDICTS[comment.body]
        assert now.trail[:-1] == comment.trail
        last = now.trail[-1]
        assert (last.actor, last.before, last.after, last.policy_version) == ("redecision", "approved", now.status, 1)
        assert last.by.startswith("redecide-")
        assert now.scores is not None
        assert now.scores.hash == "70f"
        assert now.reasons
    # All others are as they were, to the last field.
    moved = {comment.id for comment in touched}
    for comment in (*sound, *human, *(c for c in planted if c.id not in moved | people)):
        assert stored[comment.id] == comment
    assert town.faults() == []

    before = town.contents()
    again = await town.command(*command, *span)
    assert (again["moved"], again["lost"], again["changes"]) == (0, 0, {})
    assert town.contents() == before


async def test_a_span_and_a_policy_say_which_decisions(town: Town) -> None:
    early = await town.plant(30)
    town.clock.advance(3600)
    middle = town.clock()
    await town.plant(30)
    end = town.clock()
    town.clock.advance(3600)
    await town.plant(30)
    spans = ("--site", "mill", "--since", middle.isoformat(), "--until", end.isoformat(), "--json")
    assert (await town.command("redecide", *spans, "--policy", "2"))["untouched"] == 60
    done = await town.command("redecide", *spans, "--policy", "1")
    assert (done["moved"], done["unchanged"]) == (20, 10)
    stored = town.stored()
    assert sum(comment.status != "approved" for comment in stored.values()) == 20
    assert all(stored[comment.id] == comment for comment in early)


async def test_redecide_says_what_it_cannot_do(town: Town) -> None:
    span = ("--since", "2026-01-01", "--until", "2027-01-01T00:00:00Z")
    assert "There is no site weir." in await town.command("redecide", "--site", "weir", *span, code=1)
    assert "is not a time" in await town.command("redecide", "--site", "mill", "--since", "noon", *span[2:], code=2)
    both = ("--classifier", "bad", "--policy", "1")
    assert "not both" in await town.command("redecide", "--site", "mill", *span, *both, code=2)
    turned = ("--since", "2027-01-01", "--until", "2026-01-01")
    assert "must be later" in await town.command("redecide", "--site", "mill", *turned, code=2)


@pytest.mark.parametrize("fault", ["record", "type"])
async def test_unreadable_records_are_left_and_counted(town: Town, fault: str) -> None:
    planted = await town.plant(6)
    broken = KEYS.comment("mill", planted[1].id)
    with town.redis.client() as client:
        town.backend.garble(town.site, planted[1].id)
        if fault == "type":
            client.delete(broken)
            client.rpush(broken, "planted")
        before = town.contents()[broken.encode()]
        span = ("--since", town.began.isoformat(), "--until", (town.clock() + timedelta(minutes=1)).isoformat())
        said = await town.command("redecide", "--site", "mill", *span, "--classifier", "bad", "--json")
        assert (said["examined"], said["unreadable"], said["moved"]) == (5, 1, 3)
        assert town.contents()[broken.encode()] == before


async def test_redecide_with_a_broken_classifier_moves_nothing(town: Town) -> None:
    await town.plant(3)
    before = town.contents()
    span = ("--site", "mill", "--since", town.began.isoformat(), "--until", town.clock().isoformat())
    said = await town.command("redecide", *span, code=1, GATEPOST_CLASSIFIER="toy-broken")
    assert "Error: toy cannot score the control text" in said
    assert "Traceback" not in said
    assert town.contents() == before


class Disturbed:
    """The comments, where something happens around the moves."""

    def __init__(self, town: Town, happens: Callable[[int, Move], Awaitable[None]], *, after: bool = False) -> None:
        self._town = town
        self._happens = happens
        self._after = after
        self.moves = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._town.backend.comments, name)

    async def move(self, site: Site, move: Move) -> MoveResult:
        """Move, with something before or after."""
        self.moves += 1
        if not self._after:
            await self._happens(self.moves, move)
        result = await self._town.backend.comments.move(site, move)
        if self._after:
            await self._happens(self.moves, move)
        return result


@pytest.mark.parametrize("after", [False, True])
async def test_a_run_cut_off_in_the_middle_is_finished_by_the_next(town: Town, *, after: bool) -> None:
    planted = await town.plant(SOME)

    async def away(number: int, _: Move) -> None:
        if number == 120:
            raise StorageDown("away", retry_after=2)

    with pytest.raises(StorageDown):
        await town.redecide(Disturbed(town, away, after=after))
    half = sum(len(comment.trail) == 2 for comment in town.stored().values())
    assert half == (120 if after else 119)
    outcome = await town.redecide()
    assert (outcome.moved, outcome.lost) == (200 - half, 0)
    stored = town.stored()
    for comment in planted:
        now = stored[comment.id]
        assert now.status == VERDICTS[comment.body]
        assert [d.actor for d in now.trail] == ["worker", *(["redecision"] if now.status != "approved" else [])]
    assert town.faults() == []
    assert (await town.redecide()).changes == {}


async def test_what_somebody_decides_during_the_run_is_left_alone(town: Town) -> None:
    await town.plant(SOME)
    meddled: dict[str, Comment] = {}

    async def meddle(number: int, move: Move) -> None:
        if number == 50:
            decided = town.writer.decide(move.before, "held", by="moderator-1")
            meddled[move.before.id] = await applied(town.backend, town.writer, decided)
        if number == 60:
            meddled[move.before.id] = await applied(town.backend, town.writer, town.writer.delete(move.before))

    outcome = await town.redecide(Disturbed(town, meddle))
    assert (outcome.moved, outcome.lost) == (198, 2)
    stored = town.stored()
    assert {i: stored[i] for i in meddled} == meddled
    assert town.faults() == []
    # The deleted one is no longer decided, and the moderator's is a human's.
    again = await town.redecide()
    assert (again.moved, again.lost, again.changes) == (0, 0, {})


async def test_who_wants_to_decide_what_was_decided_anew_learns_of_it(town: Town) -> None:
    planted = await town.plant(3)
    await town.redecide()
    result = await town.backend.comments.move(town.site, town.writer.decide(planted[2], "held"))
    assert isinstance(result, Lost)
    assert moves.lost_race(result.current).decided_by == "redecide-1"
