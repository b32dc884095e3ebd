"""The eyes of chaos: what is planted in Redis, or among what people were told, is seen."""

from collections.abc import Callable
from typing import Any

import pytest

from service.domain.comment import Comment
from service.storage.keys import lane_keys, thread_hash
from tests.audit import Lane, audit
from tests.builders import Writer, policy_of, replaced, site_of
from tests.chaos.ledger import Ledger
from tests.chaos.texts import Draft, drafts, rewritten
from tests.chaos.verify import faults_of
from tests.fakes.clock import Clock
from tests.redis_backend import RedisBackend
from tests.redis_server import RedisServer
from tests.steps import applied, held, published, submitted


async def test_the_audit_sees_each_planted_fault(one_redis: RedisServer) -> None:
    clock = Clock()
    backend, site = RedisBackend(one_redis, clock), site_of(clock)
    writer, keys = Writer(clock, site), lane_keys(site.lane)
    await backend.directory.add_site(site, policy_of())
    parent = await published(backend, writer)
    reply = await published(backend, writer, parent=parent.id)
    await applied(backend, writer, writer.decide(parent, "rejected"))
    waits = await held(backend, writer, await submitted(backend, writer))
    pending = await submitted(backend, writer)
    hashed = thread_hash(parent.thread)
    faults: dict[str, Callable[[Any], object]] = {
        "a comment deleted": lambda c: c.delete(keys.comment(site.id, waits.id)),
        "an index entry doubled": lambda c: c.zadd(keys.status(site.id, "approved"), {waits.id: 0}),
        "an index entry lost": lambda c: c.zrem(keys.status(site.id, "held"), waits.id),
        "an unapproved comment listed": lambda c: c.zadd(keys.shown(site.id, parent.thread), {waits.id: 0}),
        "an approved comment not listed": lambda c: c.zrem(keys.shown(site.id, parent.thread), reply.id),
        "a risk changed": lambda c: c.zadd(keys.risk(site.id, "max"), {waits.id: 0.5}),
        "a count off by one": lambda c: c.hincrby(f"{keys.prefix}t:{site.id}:{hashed}", "n", 1),
        "a reply miscounted": lambda c: c.hincrby(keys.comment(site.id, parent.id), "n", 1),
        "a record and its fields apart": lambda c: c.hset(keys.comment(site.id, waits.id), "s", "approved"),
        "an entry lost": lambda c: c.delete(keys.live),
        "an entry doubled": lambda c: c.xadd(keys.live, {"s": site.id, "i": pending.id, "v": 1}),
        "its public past forgotten": lambda c: c.hdel(keys.comment(site.id, parent.id), "p"),
        "its parent forgotten": lambda c: c.hdel(keys.comment(site.id, reply.id), "u"),
        "a rate that never expires": lambda c: c.set(keys.rate("address", site.id, "x"), "1"),
        "an author's index entry lost": lambda c: c.zrem(keys.author(site.id, "anna"), waits.id),
    }
    with one_redis.client() as client:
        raw: Any = client
        assert audit(client) == []
        assert audit(client, quiet=True) != []
        for name, plant in faults.items():
            kept = {key: raw.dump(key) for key in raw.keys("*")}
            plant(raw)
            assert audit(client) != [], name
            raw.flushall()
            for key, value in kept.items():
                raw.restore(key, 0, value)
            assert audit(client) == [], name
    await backend.close()


class Told:
    """A lane with four comments, and what everybody was told of them; in order, until something is planted."""

    def __init__(self) -> None:
        clock = Clock()
        self.writer = Writer(clock, site_of(clock))
        self.lane, self.ledger = Lane("main"), Ledger(polls=1, streams=1)
        fine, foul, gone, anew = self._drafts()
        self.fine = self._store(fine, "approved")
        self.foul = self._store(foul, "rejected")
        self.gone = self.put(self.writer.delete(self._store(gone, "approved")).after)
        self.ledger.withdrawn[self.gone.id] = 10.0
        waits = self.put(self.writer.edit(self._store(anew, "approved"), rewritten(anew)).after)
        self.anew = self.put(self.writer.judge(waits, "held").after)
        self.ledger.rewritten[self.anew.id] = 10.0
        self.lane.decided = 5
        for comment, draft in ((self.fine, fine), (self.gone, gone), (self.anew, anew)):
            self.ledger.polled[comment.id, draft.body] = 9.0

    def _drafts(self) -> tuple[Draft, Draft, Draft, Draft]:
        found = drafts(1, 500, ())
        fine, gone, anew, *_ = [d for d in found if d.verdict == "approved"]
        return fine, next(d for d in found if d.verdict == "rejected"), gone, anew

    def _store(self, draft: Draft, to: Any) -> Comment:
        comment = self.writer.comment(draft.body, thread=draft.thread)
        self.ledger.accepted(draft, comment.id, reply=False)
        return self.put(self.writer.judge(comment, to).after)

    def put(self, comment: Comment) -> Comment:
        self.lane.comments["mill", comment.id] = comment
        return comment

    def lose(self, comment: Comment) -> None:
        del self.lane.comments["mill", comment.id]

    def judge_again(self) -> None:
        twice = self.fine.trail[-1]
        self.put(replaced(self.fine, trail=(*self.fine.trail, twice), version=3))

    def body_of(self, comment: Comment) -> str:
        return self.ledger.drafts[comment.id].body


PLANTED: dict[str, tuple[Callable[[Told], object], str]] = {
    "a 202 is lost": (lambda t: t.lose(t.fine), "is not stored"),
    "a key has two comments": (
        lambda t: t.ledger.receipts[t.ledger.drafts[t.fine.id].key].add("another"),
        "answered with 2 comments",
    ),
    "nobody was told": (lambda t: t.put(t.writer.comment()), "no 202 named it"),
    "it is decided twice": (Told.judge_again, "2 deciding entries for 1 texts"),
    "it was never decided": (
        lambda t: t.put(replaced(t.fine, trail=(), status="pending", version=1)),
        "0 deciding entries for 1 texts",
    ),
    "the verdict is another's": (lambda t: t.put(replaced(t.foul, trail=t.fine.trail)), "approved, not rejected"),
    "what is rejected was shown": (
        lambda t: t.ledger.streamed.add((t.foul.id, t.foul.body)),
        "shown a text that was never approved",
    ),
    "a new text was shown before it was approved": (
        lambda t: t.ledger.polled.update({(t.anew.id, t.anew.body): 12.0}),
        "shown a text that was never approved",
    ),
    "what is withdrawn is shown on": (
        lambda t: t.ledger.polled.update({(t.gone.id, t.body_of(t.gone)): 11.0}),
        "still shown 1.00 s after",
    ),
    "what was rewritten is shown on": (
        lambda t: t.ledger.polled.update({(t.anew.id, t.body_of(t.anew)): 11.0}),
        "still shown 1.00 s after",
    ),
    "a withdrawal is forgotten": (lambda t: t.ledger.withdrawn.update({t.fine.id: 1.0}), "withdrawn: True"),
    "a rewriting is forgotten": (lambda t: t.ledger.rewritten.update({t.fine.id: 1.0}), "rewritten 0 times, told 1"),
    "a moderator's decision is forgotten": (
        lambda t: t.ledger.decided.update({(t.fine.id, 3): "rejected"}),
        "a moderator was told",
    ),
    "its text is another's": (lambda t: t.put(replaced(t.fine, body="Another.")), "not the text that was sent"),
    "a decision is counted twice": (lambda t: setattr(t.lane, "decided", 6), "6 decisions of workers are counted"),
    "an answer was wrong": (lambda t: t.ledger.wrong.append("500"), "500"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_people_were_told_is_held_against_what_is_stored(name: str) -> None:
    told = Told()
    assert faults_of(told.lane, told.ledger) == []
    plant, says = PLANTED[name]
    plant(told)
    assert says in "; ".join(faults_of(told.lane, told.ledger))
