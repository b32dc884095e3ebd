"""The inspection under planted faults: each is found, what can be mended is, and nothing sound is called ill."""

from collections.abc import Callable
from typing import Any

import pytest

from service.domain.checkup import Fault
from service.domain.chores import STEP
from service.domain.site import Site
from service.storage.chores import Recounts
from service.storage.keys import GROUP, lane_keys, parts_of
from tests.audit import audit, contents
from tests.builders import THREAD, Writer, policy_of, scores_of, site_of
from tests.contract.test_submit import key_of, limits_of
from tests.fakes.clock import Clock
from tests.redis_backend import RedisBackend
from tests.steps import applied, approved, entry_of, held, published, submitted


class Scene:
    """A lane with something of everything, and the faults that may be planted in it."""

    def __init__(self, backend: RedisBackend, site: Site) -> None:
        self.backend = backend
        self.site = site
        self.writer = Writer(backend.clock, site)

    async def set_up(self) -> None:
        backend, writer = self.backend, self.writer
        await backend.directory.add_site(self.site, policy_of())
        self.parent = await published(backend, writer)
        self.reply = await published(backend, writer, parent=self.parent.id)
        await applied(backend, writer, writer.decide(self.parent, "rejected"))
        self.held = await held(backend, writer, await submitted(backend, writer), scores_of(0.7, insult=0.6))
        gone = await approved(backend, writer, await submitted(backend, writer))
        await applied(backend, writer, writer.delete(gone))
        self.taken = await submitted(backend, writer)
        await entry_of(backend, self.taken)
        order = writer.order(idempotency=key_of(), limits=limits_of())
        await backend.comments.submit(self.site, order)
        self.waits = order.comment

    async def look(self, *, mend: bool = False, claim_seconds: int = 30) -> list[Fault]:
        found = self.backend.storage.inspection.faults("main", [self.site], claim_seconds=claim_seconds, mend=mend)
        return [fault async for fault in found]

    def faults(self) -> dict[str, tuple[str, Callable[[Any], object]]]:
        site, keys = self.site.id, lane_keys("main")
        shown, thread = keys.shown(site, THREAD), keys.thread(site, THREAD)
        author = keys.author(site, "anna")
        live = keys.live
        return {
            "a member without a record": ("list", lambda c: c.zadd(keys.status(site, "held"), {"nobody": 0})),
            "a comment in two statuses": ("list", lambda c: c.zadd(keys.status(site, "approved"), {self.held.id: 0})),
            "an index entry lost": ("list", lambda c: c.zrem(keys.status(site, "held"), self.held.id)),
            "an unapproved comment listed": ("list", lambda c: c.zadd(shown, {self.held.id: 0})),
            "a listed comment of no record": ("list", lambda c: c.zadd(shown, {"nobody": 0})),
            "an approved comment not listed": ("list", lambda c: c.zrem(shown, self.reply.id)),
            "a place not listed": ("list", lambda c: c.zrem(shown, self.parent.id)),
            "a risk changed": ("list", lambda c: c.zadd(keys.risk(site, "insult"), {self.held.id: 0.5})),
            "a risk of what is not held": ("list", lambda c: c.zadd(keys.risk(site, "max"), {self.reply.id: 0.5})),
            "a comment to be looked at for nothing": ("list", lambda c: c.zadd(keys.look(site), {self.reply.id: 0})),
            "another author's comment": ("list", lambda c: c.zadd(keys.author(site, "ben"), {self.held.id: 0})),
            "an author's index entry lost": ("list", lambda c: c.zrem(author, self.held.id)),
            "a count off": ("count", lambda c: c.hincrby(thread, "n", 1)),
            "a reply miscounted": ("count", lambda c: c.hincrby(keys.comment(site, self.parent.id), "n", 1)),
            "an entry lost": ("unqueued", lambda c: c.xdel(live, c.xrevrange(live, count=1)[0][0])),
            "every entry lost": ("unqueued", lambda c: c.delete(live)),
            "an entry acknowledged and not deleted": (
                "undelivered",
                lambda c: c.xack(live, GROUP, c.xrange(live, count=1)[0][0]),
            ),
        }


@pytest.fixture
async def scene(redis_backend: RedisBackend, clock: Clock) -> Scene:
    made = Scene(redis_backend, site_of(clock))
    await made.set_up()
    return made


def _lasting(client: Any) -> dict[bytes, Any]:
    """Read everything but limits, which run out while the test goes on."""
    return {key: value for key, value in contents(client).items() if b":l:" not in key}


async def test_each_planted_fault_is_found_told_and_mended(scene: Scene) -> None:
    with scene.backend.server.client() as client:
        raw: Any = client
        assert audit(client) == []
        assert await scene.look() == []
        for name, (kind, plant) in scene.faults().items():
            kept = {key: (raw.dump(key), max(0, raw.pttl(key))) for key in raw.keys("*")}
            plant(raw)
            planted = _lasting(client)
            found = await scene.look()
            assert kind in {fault.kind for fault in found}, name
            assert not any(fault.mended for fault in found)
            # Looking alone changes nothing.
            assert _lasting(client) == planted, name
            mended = await scene.look(mend=True)
            assert all(fault.mended for fault in mended), name
            assert kind in {fault.kind for fault in mended}, name
            assert audit(client) == [], name
            assert await scene.look() == [], name
            raw.flushall()
            for key, (value, millis) in kept.items():
                if value is not None:
                    raw.restore(key, millis, value)


async def test_what_cannot_be_mended_is_told_and_left_alone(scene: Scene) -> None:
    keys, site = lane_keys("main"), scene.site.id
    scene.backend.garble(scene.site, scene.held.id)
    with scene.backend.server.client() as client:
        raw: Any = client
        raw.delete(keys.comment(site, scene.reply.id))
        raw.set(keys.comment(site, scene.reply.id), "x")
        found = await scene.look(mend=True)
        assert {(f.id, f.mended) for f in found if f.kind == "unreadable"} == {
            (scene.held.id, False),
            (scene.reply.id, False),
        }
        assert raw.hexists(keys.comment(site, scene.held.id), "r")
        assert raw.zscore(keys.status(site, "held"), scene.held.id) == 0
        assert raw.get(keys.comment(site, scene.reply.id)) == b"x"


async def test_a_key_of_another_kind_is_told_stops_nothing_and_is_left_alone(scene: Scene) -> None:
    keys, site = lane_keys("main"), scene.site.id
    places = [keys.status(site, "held"), keys.shown(site, THREAD), keys.thread(site, THREAD), keys.author(site, "anna")]
    link = scene.backend.storage.link
    with scene.backend.server.client() as client:
        raw: Any = client
        for key in [*places, keys.look(site), keys.risk(site, "max")]:
            kept: Any = raw.dump(key)
            raw.delete(key)
            raw.rpush(key, "planted")
            found = await scene.look(mend=True)
            assert "unreadable" in {fault.kind for fault in found}, key
            assert not any(fault.mended for fault in found), key
            chore = Recounts(link)
            while await chore.step("main"):
                pass
            assert raw.lrange(key, 0, -1) == [b"planted"]
            raw.delete(key)
            if kept is not None:
                raw.restore(key, 0, kept)
        assert audit(client) == []


async def test_an_id_of_a_time_to_come_and_an_entry_that_nobody_lets_go_are_told(scene: Scene) -> None:
    scene.writer.clock.advance(3600)
    ahead = await published(scene.backend, scene.writer, thread="/ahead")
    found = await scene.look(claim_seconds=0)
    assert [f.id for f in found if f.kind == "future"] == [ahead.id]
    # With a claim time of nothing every entry in hand has been so for too long.
    assert scene.taken.id in {f.id for f in found if f.kind == "stuck"}


async def test_what_is_decided_while_it_is_looked_at_is_no_fault(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    backend, writer, link = scene.backend, scene.writer, scene.backend.storage.link
    works, done = link.pipeline, False

    async def then_a_decision(*args: Any, **kwargs: Any) -> Any:
        nonlocal done
        answers = await works(*args, **kwargs)
        if not done and args[0] and args[0][0][0] == "HMGET":
            done = True
            await applied(backend, writer, writer.decide(scene.held, "approved"))
        return answers

    monkeypatch.setattr(link, "pipeline", then_a_decision)
    assert await scene.look(mend=True) == []
    monkeypatch.undo()
    assert done
    assert backend.faults() == []


async def test_a_long_list_is_walked_to_its_end(scene: Scene) -> None:
    for _ in range(STEP + 10):
        await published(scene.backend, scene.writer, thread="/long")
    shown = lane_keys("main").shown(scene.site.id, "/long")
    with scene.backend.server.client() as client:
        raw: Any = client
        raw.zadd(shown, {f"nobody-{n}": 0 for n in range(STEP)})
        found = await scene.look(mend=True)
        assert len([f for f in found if f.kind == "list"]) == STEP
        assert audit(client) == []


async def test_keys_that_nobody_knows_are_told_by_kind(scene: Scene, clock: Clock) -> None:
    inspection = scene.backend.storage.inspection
    assert await inspection.strays([scene.site]) == []
    with scene.backend.server.client() as client:
        raw: Any = client
        for key in (
            "gp:{main}:c:weir:1",
            "gp:{main}:c:weir:2",
            "gp:{main}:l:address:weir:x",
            "gp:{old}:q:live",
            "gp:x",
        ):
            raw.set(key, "")
        raw.set("another program's", "")
        found = await inspection.strays([scene.site])
    assert [(s.lane, s.site, s.kind, s.keys) for s in found] == [
        ("", "", "gp:x", 1),
        ("main", "weir", "c", 2),
        ("main", "weir", "l", 1),
        ("old", "", "q", 1),
    ]


def test_a_key_is_read_as_it_was_made() -> None:
    keys = lane_keys("main")
    made = {
        keys.site("mill"): ("site", "mill"),
        keys.comment("mill", "1"): ("c", "mill"),
        keys.thread("mill", "/a:b"): ("t", "mill"),
        keys.look("mill"): ("look", "mill"),
        keys.rate("address", "mill", "x"): ("l", "mill"),
        keys.frozen("mill"): ("frozen", "mill"),
        keys.live: ("q", ""),
        keys.lease: ("hk", ""),
    }
    assert {key: parts_of(key) for key in made} == {key: ("main", *parts) for key, parts in made.items()}
