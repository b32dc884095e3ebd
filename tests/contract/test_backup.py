"""Backing up and restoring: whole, equal, refused when damaged, and never undoing an erasure."""

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from service.domain.blocking import Placing
from service.domain.keeping import LedgerEntry, ledger_name
from service.domain.site import Site, Thread
from service.storage.backup import write_backup
from service.storage.dump_file import BackupWriter, BadBackup, Kept, read_frames
from service.storage.link import Link
from service.storage.restore import Restored, Restorer, check_backup
from tests.audit import audit, contents, read_lane
from tests.builders import THREAD, Writer, policy_of, scores_of, site_of
from tests.contract.test_submit import key_of, limits_of
from tests.contract.test_traces import hold_of
from tests.fakes.clock import Clock
from tests.redis_backend import RedisBackend
from tests.redis_server import SERVERS, RedisServer, any_server
from tests.steps import applied, approved, entry_of, held, judged, published, submitted

DERIVED = ("ad:", "act:", "s:", "a:", "look:", "r:", "sh:", "l:", "q:live", "q:surplus", "q:bulk", "q:decided")


@pytest.fixture
async def other(short_path: Path, request: pytest.FixtureRequest, clock: Clock) -> AsyncIterator[RedisBackend]:
    folder = short_path / f"b{abs(hash(request.node.name)) % 1_000_000}"
    folder.mkdir()
    # The other version than the one that is backed up, where this machine has both.
    mine = request.node.callspec.params.get("redis_server") if hasattr(request.node, "callspec") else None
    binary = next((path for name, path in SERVERS.items() if name != mine and path is not None), any_server())
    server = RedisServer(binary, folder)
    server.start()
    backend = RedisBackend(server, clock)
    yield backend
    await backend.close()
    server.kill()


def nothing_in(folder: Path) -> bool:
    return not list(folder.iterdir())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def saved(backend: RedisBackend, path: Path) -> Path:
    with BackupWriter(path) as writer:
        await write_backup(backend.storage.link, writer, version="0.1.0")
    return path


async def put_back(link: Link, path: Path, sites: tuple[str, ...] | None = None) -> Restored:
    return await Restorer(link, path, check_backup(path).head, sites).load()


async def full_site(backend: RedisBackend, site: Site) -> Writer:
    """Leave something of everything in a site."""
    writer = Writer(backend.clock, site)
    await backend.directory.add_site(site, policy_of())
    first = writer.comment()
    # Slow enough that no limit runs out while the test reads.
    limits = limits_of(address_per_minute=1, author_per_minute=1, threads_per_hour=1)
    await backend.comments.submit(site, writer.order(first, idempotency=key_of(), limits=limits))
    first = await approved(backend, writer, first)
    middle = await published(backend, writer, parent=first.id)
    leaf = await published(backend, writer, parent=middle.id)
    await published(backend, writer, parent=middle.id)
    await applied(backend, writer, writer.decide(middle, "rejected"))
    await held(backend, writer, await submitted(backend, writer), scores_of(0.7, insult=0.6))
    await judged(backend, writer, await submitted(backend, writer), "approved", look=True)
    poison = await submitted(backend, writer)
    await applied(backend, writer, writer.bury(poison, await entry_of(backend, poison, lane=site.lane)))
    await applied(backend, writer, writer.delete(await published(backend, writer, thread="/other")))
    await applied(backend, writer, writer.edit(leaf, "Anew."))
    await backend.holds.add(site, hold_of(backend.clock, first))
    await backend.blocks.place(site, Placing(id="block-1", kind="author", key="a" * 32, by="m", note="Spam."))
    controls = Thread(key=THREAD, slow_seconds=5, close_after_days=9, notice="Be kind.", section="sports")
    fields = frozenset({"slow_seconds", "close_after_days", "notice", "section"})
    await backend.comments.patch_thread(site, THREAD, changes=controls, fields=fields)
    for _ in range(3):
        await submitted(backend, writer)
    return writer


def everything(backend: RedisBackend) -> dict[bytes, object]:
    """Read every key that is not worked out from others, without what a restore makes anew on purpose."""
    with backend.server.client() as client:
        kept: dict[bytes, Any] = contents(client)
    found: dict[bytes, object] = {}
    for key, (value, expires) in kept.items():
        kind = key.decode().partition("}:")[2]
        if kind.startswith(DERIVED) and kind != "q:decided:n":
            continue
        if kind.startswith("t:"):
            value = {field: part for field, part in value.items() if field != b"v"}  # noqa: PLW2901
        if kind.startswith("c:"):
            # No listed reply is the same as none counted.
            value = {f: part for f, part in value.items() if (f, part) != (b"n", b"0")}  # noqa: PLW2901
        found[key] = (value[0] if kind == "q:buried" else value, expires)
    return found


async def test_what_was_backed_up_comes_back_equal_and_waits_once(
    redis_backend: RedisBackend, other: RedisBackend, tmp_path: Path, clock: Clock
) -> None:
    mill, weir = site_of(clock, "mill"), site_of(clock, "weir", lane="second")
    await full_site(redis_backend, mill)
    await full_site(redis_backend, weir)
    path = await saved(redis_backend, tmp_path / "backup")
    assert mode_of(path) == 0o600
    restored = await put_back(other.storage.link, path)
    with redis_backend.server.client() as before, other.server.client() as after:
        for lane in ("main", "second"):
            assert audit(before, lane) == audit(after, lane) == []
            was, is_now = read_lane(before, lane), read_lane(after, lane)
            assert is_now.comments == was.comments
            assert is_now.replies == was.replies
            assert is_now.indexes == was.indexes
            assert sorted(is_now.entries) == sorted(was.entries)
            assert len(is_now.entries) == 4
            assert is_now.pending == 0
    assert (restored.comments, restored.queued, restored.unreadable) == (22, 8, 0)
    assert everything(other) == everything(redis_backend)
    # The same key, the same answer; and no reader is told that an old page is still right.
    again = await other.comments.submit(mill, Writer(clock, mill).order(idempotency=key_of()))
    assert again.replayed
    assert await other.comments.thread_version(mill, THREAD) > 1_000_000_000_000
    with pytest.raises(BadBackup, match="there already"):
        await saved(other, path)


async def test_a_restore_on_itself_gives_the_same(redis_backend: RedisBackend, tmp_path: Path, clock: Clock) -> None:
    await full_site(redis_backend, site_of(clock, "mill"))
    before = everything(redis_backend)
    path = await saved(redis_backend, tmp_path / "backup")
    restorer = Restorer(redis_backend.storage.link, path, check_backup(path).head, None)
    assert await restorer.occupied()
    await restorer.clear()
    assert not await restorer.occupied()
    await restorer.load()
    assert everything(redis_backend) == before
    assert redis_backend.faults() == []


async def test_one_site_is_restored_beside_others(
    redis_backend: RedisBackend, other: RedisBackend, tmp_path: Path, clock: Clock
) -> None:
    mill, weir, dam = site_of(clock, "mill"), site_of(clock, "weir"), site_of(clock, "dam")
    await full_site(redis_backend, mill)
    await full_site(redis_backend, weir)
    path = await saved(redis_backend, tmp_path / "backup")
    await full_site(other, dam)
    await full_site(other, weir)
    of_dam = {key: value for key, value in everything(other).items() if b"dam" in key}
    restorer = Restorer(other.storage.link, path, check_backup(path).head, ("weir",))
    assert await restorer.occupied()
    await restorer.clear()
    await restorer.load()
    assert other.faults() == []
    there = everything(other)
    assert {key: value for key, value in there.items() if b"dam" in key} == of_dam
    of_weir = {k: v for k, v in everything(redis_backend).items() if b"weir" in k}
    assert {k: v for k, v in there.items() if b"weir" in k} == of_weir
    assert not any(b"mill" in key for key in there)
    assert [site.id for site in await other.storage.directory.sites()] == ["dam", "weir"]


async def test_what_is_submitted_meanwhile_is_whole_or_absent(
    redis_backend: RedisBackend, other: RedisBackend, tmp_path: Path, clock: Clock
) -> None:
    site = site_of(clock)
    writer = Writer(clock, site)
    await redis_backend.directory.add_site(site, policy_of())
    roots = [await published(redis_backend, writer) for _ in range(300)]
    stop, bodies = asyncio.Event(), {root.id: root.body for root in roots}

    async def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            parent = roots[number % len(roots)]
            comment = writer.comment(f"Text {number}.", thread=f"/{number % 5}" if number % 3 else THREAD)
            if number % 3 == 0:
                comment = writer.comment(f"Text {number}.", parent=parent.id)
            bodies[comment.id] = comment.body
            await redis_backend.comments.submit(site, writer.order(comment, idempotency=key_of(f"{number:032}")))
            if number % 2:
                # Without its entry: finding that among ever more that wait would take ever longer.
                shown = await applied(redis_backend, writer, writer.judge(comment, "approved"))
                if number % 3 == 0:
                    roots.append(shown)
            await asyncio.sleep(0)

    writing = asyncio.create_task(write())
    for round_number in range(3):
        path = await saved(redis_backend, tmp_path / f"backup-{round_number}")
    stop.set()
    await writing
    kept = {frame.id for frame in read_frames(path) if isinstance(frame, Kept)}
    assert kept >= set(list(bodies)[:300])
    assert len(kept) > 300
    restored = await put_back(other.storage.link, path)
    assert restored.comments == len(kept)
    assert other.faults() == []
    with other.server.client() as client:
        lane = read_lane(client, "main")
        answers = [client.get(key) for key in client.scan_iter("gp:{main}:i:*")]
    assert all(comment.body == bodies[comment_id] for (_, comment_id), comment in lane.comments.items())
    parents = {c.parent_id for c in lane.comments.values()} - {None}
    assert parents <= {comment_id for _, comment_id in lane.comments}
    # A key that stands for a comment which is not there would swallow its retry.
    assert {bytes(answer).split(b":")[1].decode() for answer in answers if answer} <= kept


async def test_the_ledger_of_the_living_is_not_replaced(
    redis_backend: RedisBackend, tmp_path: Path, clock: Clock
) -> None:
    await redis_backend.directory.add_site(site_of(clock), policy_of())
    old, new = (
        LedgerEntry(name=ledger_name("mill", who), site="mill", until="0", at=clock(), done=True) for who in "ab"
    )
    await redis_backend.ledger.put(old)
    path = await saved(redis_backend, tmp_path / "backup")
    assert check_backup(path).ledger == [old]
    await redis_backend.ledger.put(new)
    restorer = Restorer(redis_backend.storage.link, path, check_backup(path).head, None)
    await restorer.clear()
    await restorer.load()
    assert await redis_backend.ledger.find(new.name) == new
    assert await redis_backend.ledger.find(old.name) == old


async def test_a_removed_site_leaves_no_key(redis_backend: RedisBackend, clock: Clock) -> None:
    mill, dam = site_of(clock, "mill"), site_of(clock, "dam")
    await full_site(redis_backend, mill)
    await full_site(redis_backend, dam)
    of_dam = {key: value for key, value in everything(redis_backend).items() if b"dam" in key}
    await redis_backend.directory.remove_site(mill)
    with redis_backend.server.client() as client:
        keys: Any = client.keys("*")
    assert [key for key in keys if b":mill" in key] == []
    assert {key: value for key, value in everything(redis_backend).items() if b"dam" in key} == of_dam
