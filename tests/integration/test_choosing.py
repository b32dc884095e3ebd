"""Choosing and comparing classifiers: a planted model is undone by one command, and a shadow only watches."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.domain import moves
from service.domain.comment import Comment, Reason
from service.domain.errors import StorageDown
from service.domain.orders import Lost, Move, Moved, MoveResult
from service.domain.rules import WORKER_RULES
from service.domain.site import Site
from service.storage.keys import GROUP, lane_keys
from service.storage.shadows import RedisShadows
from tests.audit import audit, contents, read_lane
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.ports import RedisBackend
from tests.processes import ToyGatepost, WorkerProcess, wait_until
from tests.redis_server import RedisServer
from tests.steps import applied
from tests.toy_classifier import PlantedToy, ToyClassifier
from workers.judge import Judge
from workers.redecide import Choice, Outcome, Redecider
from workers.run import BROKEN_EXIT

BODIES = ("A fine morning at the mill.", "You fool, the weir is closed.", "What an idiot wrote this.")
VERDICTS = {BODIES[0]: "approved", BODIES[1]: "held", BODIES[2]: "rejected"}
MANY, SOME = 2_000, 300
KEYS = lane_keys("main")


def judge_of(toy: ToyClassifier) -> Judge:
    return Judge(toy, WORKER_RULES, uncovered=lambda _t, _l: None)


class Town:
    """A site whose comments a planted model has decided."""

    def __init__(self, redis: RedisServer) -> None:
        self.redis = redis
        self.clock = Clock()
        self.backend = RedisBackend(redis, self.clock)
        self.site = site_of(self.clock)
        self.writer = Writer(self.clock, self.site)
        self.began: datetime = self.clock()

    async def open(self) -> None:
        await self.backend.directory.add_site(self.site, policy_of())

    async def decide(self, bodies: list[str], toy: ToyClassifier) -> list[Comment]:
        """Submit comments and have a worker with a classifier decide them."""
        judge, done = judge_of(toy), []
        for start in range(0, len(bodies), 250):
            orders = [self.writer.order(self.writer.comment(body)) for body in bodies[start : start + 250]]
            await asyncio.gather(*(self.backend.comments.submit(self.site, order) for order in orders))
            entries = await self.backend.queue.take("main", "w1", count=1_000, block_ms=1)
            context = await self.backend.queue.context({self.site.id: self.site}, entries)
            judgements = judge.judge([waiting.subject for waiting in context.waiting])
            made = [
                Move(
                    before=waiting.subject.comment,
                    after=moves.judged(
                        waiting.subject.comment, j.verdict, j.scores, by="w1", at=self.clock(), policy_version=1
                    ),
                    entry=waiting.entry,
                )
                for waiting, j in zip(context.waiting, judgements, strict=True)
            ]
            results = await asyncio.gather(*(self.backend.comments.move(self.site, move) for move in made))
            assert all(isinstance(result, Moved) for result in results)
            done += [move.after for move in made]
        return done

    async def plant(self, count: int) -> list[Comment]:
        """Have the planted model approve everything."""
        done = await self.decide([BODIES[n % 3] for n in range(count)], PlantedToy())
        assert {comment.status for comment in done} == {"approved"}
        return done

    async def moderate(self, comments: list[Comment]) -> list[Comment]:
        """Have people hold, reject, and change their minds; a reader reports the last."""
        after = []
        for number, comment in enumerate(comments[:-1]):
            moved = await applied(
                self.backend, self.writer, self.writer.decide(comment, "rejected" if number % 2 else "held")
            )
            if number % 3 == 0:
                moved = await applied(self.backend, self.writer, self.writer.decide(moved, "approved"))
            after.append(moved)
        reported = moves._moved(
            comments[-1],
            moves._decision(
                comments[-1],
                actor="report",
                by="reader",
                to="held",
                at=self.clock(),
                reasons=(Reason(rule="report", code="reported"),),
            ),
        )
        after.append(await applied(self.backend, self.writer, Move(before=comments[-1], after=reported)))
        return after

    @property
    def choice(self) -> Choice:
        """Choose all that the planted model decided."""
        return Choice(since=self.began, until=self.clock() + timedelta(seconds=1), classifier="bad")

    async def redecide(self, comments: Any = None, *, dry_run: bool = False) -> Outcome:
        """Decide anew with the sound toy."""
        store = comments or self.backend.comments
        redecider = Redecider(store, judge_of(ToyClassifier()), by="redecide-1", now=self.clock)
        return await redecider.run(self.site, self.choice, dry_run=dry_run)

    async def command(self, *arguments: str, code: int = 0, **env: str) -> Any:
        """Run one of gatepost's commands; returns what it answered."""
        process = ToyGatepost(self.redis.url, self.redis.folder / "command.log", *arguments, **env)
        process.start()
        ended = await asyncio.to_thread(process.wait)
        assert ended == code, process.output()
        return json.loads(process.output()) if code == 0 else process.output()

    def stored(self) -> dict[str, Comment]:
        """Read every record."""
        with self.redis.client() as client:
            return {i: comment for (_, i), comment in read_lane(client, "main").comments.items()}

    def contents(self) -> dict[bytes, object]:
        """Read all that is stored."""
        with self.redis.client() as client:
            return contents(client)

    def faults(self) -> list[str]:
        """Audit the lane."""
        with self.redis.client() as client:
            return audit(client, quiet=True)


@pytest.fixture
async def town(one_redis: RedisServer) -> AsyncIterator[Town]:
    made = Town(one_redis)
    await made.open()
    yield made
    await made.backend.close()


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


def scored(redis: RedisServer) -> int:
    with redis.client() as client:
        raw: Any = client
        return sum(bool(raw.hexists(key, "z")) for key in raw.scan_iter(match=f"{KEYS.comments('mill')}*"))


async def test_a_shadow_follows_scores_and_decides_nothing(town: Town, tmp_path: Path) -> None:
    shadow = WorkerProcess(town.redis.url, tmp_path / "shadow.log", "--shadow", "toy-stricter")
    worker = WorkerProcess(town.redis.url, tmp_path / "worker.log", GATEPOST_LOG="warning")
    try:
        decided = await town.decide(list(BODIES) * 20, ToyClassifier())
        orders = [town.writer.order(town.writer.comment(BODIES[n % 3])) for n in range(60)]
        await asyncio.gather(*(town.backend.comments.submit(town.site, order) for order in orders))
        shadow.start()
        await asyncio.to_thread(wait_until, lambda: scored(town.redis) == 60, "the shadow to catch up")
        # Alone, it takes nothing from the queue and decides nothing.
        with town.redis.client() as client:
            raw: Any = client
            assert raw.xlen(KEYS.live) == 60
            assert raw.xpending(KEYS.live, GROUP)["pending"] == 0
            assert {c["name"] for c in raw.xinfo_consumers(KEYS.live, GROUP)} <= {b"w1"}
            assert raw.xinfo_groups(KEYS.decided) == []
        stored = town.stored()
        assert [stored[comment.id] for comment in decided] == decided
        assert {stored[order.comment.id].status for order in orders} == {"pending"}

        worker.start()
        await asyncio.to_thread(wait_until, lambda: scored(town.redis) == 120, "the shadow to follow")
        stored = town.stored()
        assert {i: c.status for i, c in stored.items()} == {i: VERDICTS[c.body] for i, c in stored.items()}
        assert all([d.actor for d in c.trail] == ["worker"] for c in stored.values())
        assert town.faults() == []
        feed = RedisShadows(town.backend.storage.link)
        position = await feed.position("main", "toy@71f")
        assert (position.number, position.scored, position.missed) == (120, 120, 0)

        # Nobody waits for a shadow, and it goes on where it was.
        assert await asyncio.to_thread(shadow.stop) == 0
        more = [town.writer.order(town.writer.comment(BODIES[0])) for _ in range(30)]
        await asyncio.gather(*(town.backend.comments.submit(town.site, order) for order in more))
        await asyncio.to_thread(wait_until, lambda: town.faults() == [], "the worker to decide")
        assert scored(town.redis) == 120
        shadow.start()
        await asyncio.to_thread(wait_until, lambda: scored(town.redis) == 150, "the shadow to come back")
        assert (await feed.position("main", "toy@71f")).scored == 150

        span = ("--site", "mill", "--until", (town.clock() + timedelta(minutes=1)).isoformat())
        said = await town.command("shadow", "report", *span, "--json")
        assert (said["comments"], said["scored"], said["agreement"]) == (150, 150, round(110 / 150, 4))
        assert said["shadows"] == {"toy@71f": {"scored": 150, "missed": 0}}
        assert said["verdicts"] == {"approved/approved": 70, "held/rejected": 40, "rejected/rejected": 40}
    finally:
        shadow.kill()
        worker.kill()


async def test_a_shadow_that_cannot_be_loaded_says_so(town: Town, tmp_path: Path) -> None:
    await town.decide([BODIES[0]], ToyClassifier())
    before = town.contents()
    shadow = WorkerProcess(town.redis.url, tmp_path / "shadow.log", "--shadow", "nothing")
    shadow.start()
    assert await asyncio.to_thread(shadow.wait) == 2
    assert "There is no classifier nothing" in shadow.output()
    broken = WorkerProcess(town.redis.url, tmp_path / "broken.log", "--shadow", "toy-broken")
    broken.start()
    assert await asyncio.to_thread(broken.wait) == BROKEN_EXIT
    assert town.contents() == before
