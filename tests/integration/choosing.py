"""A site with a model to choose, over a real Redis."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from service.domain import moves
from service.domain.comment import Comment, Reason
from service.domain.orders import Move, Moved
from service.domain.rules import WORKER_RULES
from service.storage.comments import SHARE
from service.storage.keys import lane_keys
from tests.audit import audit, contents, read_lane
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.processes import ToyGatepost
from tests.redis_backend import RedisBackend
from tests.redis_server import RedisServer
from tests.steps import applied
from tests.toy_classifier import PlantedToy, ToyClassifier
from workers.judge import Judge
from workers.redecide import Choice, Outcome, Redecider

BODIES = ("A fine morning at the mill.", "You fool, the weir is closed.", "What an idiot wrote this.")


VERDICTS = {BODIES[0]: "approved", BODIES[1]: "held", BODIES[2]: "rejected"}


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
        for start in range(0, len(bodies), SHARE):
            orders = [self.writer.order(self.writer.comment(body)) for body in bodies[start : start + SHARE]]
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
    def span(self) -> tuple[str, ...]:
        """Name the site and all the time until now to a command."""
        return ("--site", "mill", "--until", (self.clock() + timedelta(minutes=1)).isoformat())

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


@asynccontextmanager
async def town_on(one_redis: RedisServer) -> AsyncIterator[Town]:
    """Open the town over an emptied Redis."""
    made = Town(one_redis)
    await made.open()
    try:
        yield made
    finally:
        await made.backend.close()
