"""The scripts under attack: wrong types at every key, and a server that forgot them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ResponseError

from service.domain.acts import ModeratorAct
from service.domain.blocking import Placing
from service.domain.comment import Comment
from service.domain.operating import Act, Freeze
from service.domain.orders import Twin
from service.domain.reporting import Judged, ReportOrder
from service.domain.site import Principal, Site, Thread
from service.domain.work import Entry, ShadowPosition
from service.storage.dump_file import Head
from service.storage.keys import lane_keys
from service.storage.restore import Restorer
from service.storage.scripts import (
    ACT,
    BLOCK,
    CLAIM,
    CREDENTIAL,
    DISCARD,
    HOLD,
    MOVE,
    NOTE,
    PAGE,
    POLICY,
    PURGE,
    REINDEX,
    REPORT,
    REVOKE,
    SETTLE,
    SHADOW,
    SUBMIT,
    TEND,
    Script,
)
from service.storage.scripts import (
    THREAD as CHANGE,
)
from tests.audit import contents
from tests.builders import THREAD, Writer, policy_of, scores_of, site_of
from tests.contract.test_reports import file, report_of
from tests.contract.test_submit import key_of, limits_of
from tests.contract.test_traces import hold_of
from tests.fakes.clock import Clock
from tests.redis_backend import RedisBackend
from tests.redis_server import RedisServer
from tests.steps import applied, entry_of, held, published, submitted

NAMES = {
    SUBMIT.sha: "submit",
    MOVE.sha: "move",
    PAGE.sha: "page",
    DISCARD.sha: "discard",
    POLICY.sha: "policy",
    SHADOW.sha: "shadow",
    CREDENTIAL.sha: "credential",
    REVOKE.sha: "revoke",
    ACT.sha: "act",
    NOTE.sha: "note",
    PURGE.sha: "purge",
    HOLD.sha: "hold",
    REINDEX.sha: "reindex",
    REPORT.sha: "report",
    SETTLE.sha: "settle",
    CLAIM.sha: "claim",
    TEND.sha: "tend",
    CHANGE.sha: "thread",
    BLOCK.sha: "block",
}


class Scene:
    """A site with something of everything, and one call of each script that would go well."""

    def __init__(self, backend: RedisBackend, site: Site) -> None:
        self.backend = backend
        self.writer = Writer(backend.clock, site)
        self.site = site
        self.calls: dict[str, Callable[[], Awaitable[object]]] = {}

    async def set_up(self) -> None:
        backend, writer, site = self.backend, self.writer, self.site
        await backend.directory.add_site(site, policy_of())
        root = await published(backend, writer)
        middle = await published(backend, writer, parent=root.id)
        leaf = await published(backend, writer, parent=middle.id)
        await applied(backend, writer, writer.delete(root))
        await applied(backend, writer, writer.decide(middle, "rejected"))
        waits = await submitted(backend, writer)
        entry = await entry_of(backend, waits)
        back = await held(backend, writer, await submitted(backend, writer), scores_of(0.7, insult=0.6))
        head = Head(gatepost="", redis="", made_at=backend.clock(), sites={site.id: site.lane})
        restorer = Restorer(backend.storage.link, Path(), head, None)
        purged = await held(backend, writer, await submitted(backend, writer), scores_of(0.7, insult=0.6))
        await backend.queue.attempt(entry)
        await file(backend, writer, leaf, report_of(writer, leaf, "ben"))
        moderator = Principal(id="moderator-1", role="moderator", sites=(site.id,))
        await backend.directory.add_principal(moderator, "gpm_first", seconds=3600)
        self.ancestors: list[Comment] = [root, middle]
        self.entry: Entry = entry
        # What counts their texts, as around.lua and submit.lua leave it.
        keys, self.counting = lane_keys("main"), list[str]()
        with backend.server.client() as client:
            for number, counted in enumerate((leaf, purged)):
                text, twin = f"{number}" * 32, f"{number + 4}" * 32
                client.hset(keys.comment(site.id, counted.id), mapping={"x": text, "e": twin})
                client.zadd(keys.text(site.id, text), {counted.id: 1})
                client.set(keys.twin(site.id, twin), counted.id)
                self.counting += [keys.text(site.id, text), keys.twin(site.id, twin)]
        reply = writer.order(
            writer.comment(parent=leaf.id),
            idempotency=key_of(),
            limits=limits_of(),
            url="https://mill.example/",
            title="The mill",
            twin=Twin(key="9" * 32, minutes=10),
        )
        self.calls = {
            "submit": lambda: backend.comments.submit(site, reply),
            "hold": lambda: backend.comments.move(
                site, writer.judge(waits, "held", entry=entry, look=True, scores=scores_of(0.7, insult=0.6))
            ),
            "bury": lambda: backend.comments.move(site, writer.bury(waits, entry)),
            "withdraw": lambda: backend.comments.move(site, writer.delete(leaf)),
            "edit": lambda: backend.comments.move(site, writer.edit(leaf, "Anew.")),
            "page": lambda: backend.comments.page(site, THREAD, sort="oldest", limit=5, after=None),
            "discard": lambda: backend.queue.discard(entry),
            "discard and bury": lambda: backend.queue.discard(entry, buried="unreadable"),
            "policy": lambda: backend.directory.put_policy(site, policy_of("pre", version=2), replaces=1),
            "act": lambda: backend.controls.freeze(site, Freeze(mode="pre"), Act(by="anna")),
            "purge": lambda: backend.traces.purge(site, purged),
            "put back": lambda: restorer._index("main", site.id, [lane_keys("main").comment(site.id, back.id)]),
            "place a hold": lambda: backend.holds.add(site, hold_of(backend.clock, leaf)),
            "spend": lambda: backend.keys.spend("key-1", per_minute=100_000, units=2),
            "shadow": lambda: backend.shadows.store("main", "toy", ShadowPosition(), [(leaf, scores_of(0.4))]),
            "rotate": lambda: backend.directory.rotate("moderator-1", "gpm_second", overlap=60),
            "claim": lambda: backend.claims.take(site, [leaf, back], by="moderator-1", most=2),
            "renew claims": lambda: backend.claims.renew(site, [(leaf.id, 1), (back.id, 2)], by="moderator-1"),
            "release claims": lambda: backend.claims.release(site, [(leaf.id, 1), (back.id, 2)], by="moderator-1"),
            "thread": lambda: backend.comments.patch_thread(
                site, THREAD, changes=Thread(key=THREAD, notice="Be kind."), fields=frozenset({"notice"}), act="act-1"
            ),
            "block": lambda: backend.blocks.place(site, Placing(id="block-2", kind="author", key="b" * 32, by="m")),
            "revoke": lambda: backend.directory.revoke("moderator-1"),
            "report": lambda: backend.reports.file(
                site, ReportOrder(report=report_of(writer, leaf, "anna"), comment=leaf.id, text_version=1)
            ),
            "settle": lambda: backend.reports.settle(site, leaf.id, Judged(reporters=("ben",), verdict="right")),
            "note": lambda: backend.acts.note(
                site, ModeratorAct(id="act-1", at=backend.clock(), by="moderator-1", kind="thread")
            ),
        }


CALLS = (
    *("submit", "hold", "bury", "withdraw", "edit", "page", "discard", "discard and bury", "policy", "act", "shadow"),
    *("rotate", "revoke", "purge", "place a hold", "put back", "spend", "note"),
    *("claim", "renew claims", "release claims"),
    *("rotate", "revoke", "purge", "place a hold", "put back", "spend", "thread", "block"),
    *("report", "settle"),
)


@pytest.fixture
async def scene(redis_backend: RedisBackend, clock: Clock) -> Scene:
    made = Scene(redis_backend, site_of(clock))
    await made.set_up()
    return made


def dump(server: RedisServer) -> dict[bytes, object]:
    with server.client() as client:
        return contents(client)


async def keys_of(scene: Scene, call: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Learn a call's keys without running it."""
    seen: list[str] = []

    class Heard(Exception):
        pass

    async def listen(script: Script, keys: Sequence[str], args: Sequence[Any]) -> Any:
        seen.extend(keys)
        raise Heard

    with monkeypatch.context() as patch:
        patch.setattr(scene.backend.storage.link, "script", listen)
        with pytest.raises(Heard):
            await scene.calls[call]()
    return seen


@pytest.mark.parametrize("call", CALLS)
async def test_a_wrong_type_at_any_key_leaves_nothing_half_done(
    scene: Scene, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = scene.backend.server
    keys = await keys_of(scene, call, monkeypatch)
    if call in ("withdraw", "edit"):
        keys += [f"gp:{{main}}:c:{scene.site.id}:{comment.id}" for comment in scene.ancestors] + scene.counting[:2]
    if call == "purge":
        keys += scene.counting[2:]
    with server.client() as client:
        for key in dict.fromkeys(keys):
            kept: Any = client.dump(key)
            was: Any = client.type(key)
            client.delete(key)
            # A list is what no key of ours is.
            client.rpush(key, "planted")
            before = dump(server)
            with pytest.raises(ResponseError, match="WRONGTYPE"):
                await scene.calls[call]()
            assert dump(server) == before, key
            client.delete(key)
            if was != b"none":
                client.restore(key, 0, kept)
        assert await scene.calls[call]() is not False


@pytest.mark.parametrize("value", ["", "many", "1.5", "9e99"])
async def test_a_counter_that_is_no_number_leaves_nothing_half_done(scene: Scene, value: str) -> None:
    server = scene.backend.server
    comment, thread = f"gp:{{main}}:c:{scene.site.id}:{scene.ancestors[1].id}", "gp:{main}:t:*"
    with server.client() as client:
        (found,) = client.keys(thread)
        for key, field in ((comment, "n"), (found, "n"), (found, "v")):
            kept: Any = client.hget(key, field)
            client.hset(key, field, value)
            before = dump(server)
            with pytest.raises(ResponseError, match="no number"):
                await scene.calls["withdraw"]()
            assert dump(server) == before, (key, field)
            client.hset(key, field, kept)
    await scene.calls["withdraw"]()
    assert scene.backend.faults() == []


@pytest.mark.parametrize("value", ["", "many", "1.5", "9e99"])
async def test_a_count_of_decisions_that_is_no_number_leaves_nothing_half_done(scene: Scene, value: str) -> None:
    server, key = scene.backend.server, "gp:{main}:q:decided:n"
    with server.client() as client:
        kept: Any = client.get(key)
        client.set(key, value)
        before = dump(server)
        with pytest.raises(ResponseError, match="no number"):
            await scene.calls["hold"]()
        assert dump(server) == before
        client.set(key, kept)
    await scene.calls["hold"]()
    assert scene.backend.faults() == []


@pytest.mark.parametrize("call", CALLS)
async def test_a_server_that_forgot_the_scripts_learns_them_again(scene: Scene, call: str) -> None:
    with scene.backend.server.client() as client:
        client.script_flush()
    await scene.calls[call]()
    if not call.startswith("discard"):
        assert scene.backend.faults() == []


async def test_scripts_run_at_once_all_survive_a_flush(redis_backend: RedisBackend, redis_site: Site) -> None:
    writer = Writer(redis_backend.clock, redis_site)
    orders = [writer.order() for _ in range(300)]

    async def flush() -> None:
        for _ in range(10):
            with redis_backend.server.client() as client:
                client.script_flush()
            await asyncio.sleep(0)

    answers, _ = await asyncio.gather(
        asyncio.gather(*(redis_backend.comments.submit(redis_site, order) for order in orders)), flush()
    )
    assert {a.id for a in answers} == {o.comment.id for o in orders}
    assert redis_backend.faults() == []
