"""What a worker does beside its work and an operator's shell with a deployment, each with their own user of Redis."""

from datetime import timedelta
from pathlib import Path

import msgspec

from service.domain.chores import STEP, Chore
from service.domain.comment import Author, Comment
from service.domain.keeping import LedgerEntry, ledger_name
from service.domain.operating import Act, Freeze
from service.domain.orders import Idempotency, Limits
from service.domain.rule_settings import RateRule
from service.domain.site import Site
from service.storage.backup import write_backup
from service.storage.chores import IdleConsumers
from service.storage.dump_file import BackupWriter
from service.storage.open import Storage
from service.storage.restore import Restorer, check_backup
from service.wiring import archive_of
from service.workflow.holds import lift, place
from service.workflow.reapply import reapply
from tests.builders import THREAD, Writer
from tests.fakes.clock import Clock
from workers.wiring import chores_of

# Longer than what is rejected is kept.
_LONG_AGO = timedelta(days=40)


async def keep(operator: Storage, api: Storage, worker: Storage, site: Site, path: Path) -> None:
    """Let a comment grow too old, an author be forgotten and an operator come round, and see that it was all done."""
    old, mine, buried = await _said(api, worker, site)
    await _steered(operator, api, worker, site, mine)
    entry = LedgerEntry(name=ledger_name(site.id, "a-device"), site=site.id, until="g", at=Clock()(), author="a-device")
    await operator.ledger.put(entry)
    await _chores_done(worker, site)
    assert await operator.comments.load(site, old.id) is None
    assert await operator.ledger.open() == []
    forgotten = await operator.comments.load(site, mine.id)
    assert forgotten is None or forgotten.status == "deleted"
    assert await operator.controls.buried(site.lane, after="", limit=5) == []
    assert [fault async for fault in operator.inspection.faults(site.lane, [site], claim_seconds=30, mend=True)] == []
    (server, *_) = await operator.inspection.servers()
    # Its configuration is told, and not changed: see NOBODY_S.
    assert server.append_sync is not None
    assert await operator.inspection.strays([site]) == []
    assert await operator.inspection.settle({}, clear_slow_log=True) == []
    await _put_back(operator, site, path)
    assert (await api.comments.load(site, buried.id)) is not None


async def _said(api: Storage, worker: Storage, site: Site) -> tuple[Comment, Comment, Comment]:
    then = Clock()
    then.advance(-_LONG_AGO.total_seconds())
    earlier, writer = Writer(then, site), Writer(Clock(), site)
    who = Author(key="a-device", strength="device", name="Ann")
    limits = Limits(rate=RateRule(), address="an-address", author="a-device")
    old, mine, buried = (
        msgspec.structs.replace(made.comment(), author=author)
        for made, author in ((earlier, who), (writer, who), (writer, writer.comment().author))
    )
    for n, comment in enumerate((old, mine, buried)):
        idempotency = Idempotency(key=f"key-{n}", fingerprint="f", secret_id="s")
        await api.comments.submit(site, writer.order(comment, idempotency=idempotency, limits=limits))
    entries = await worker.queue.take(site.lane, "w", count=10, block_ms=10)
    by_id = {entry.id: entry for entry in entries}
    await worker.comments.move(site, earlier.judge(old, "rejected", entry=by_id[old.id]))
    await worker.comments.move(site, writer.judge(mine, "approved", entry=by_id[mine.id]))
    grave = writer.bury(buried, by_id[buried.id])
    await worker.comments.move(site, grave)
    await api.comments.move(site, writer.decide(grave.after, "approved"))
    return old, mine, buried


async def _steered(operator: Storage, api: Storage, worker: Storage, site: Site, comment: Comment) -> None:
    await operator.controls.pause(site.lane, Act(id="1", by="op"))
    assert await worker.controls.paused([site.lane]) == (site.lane,)
    assert (await api.queue.backlog([site.lane])).paused == (site.lane,)
    await operator.controls.resume(site.lane, Act(id="2", by="op"))
    await operator.controls.freeze(site, Freeze(mode="pre", until=None), Act(id="3", by="op"))
    await operator.controls.unfreeze(site, Act(id="4", by="op"))
    assert len(await operator.controls.journal(site.lane, limit=9)) == 4
    archive = archive_of(operator)
    until = archive.now() + timedelta(days=1)
    await place(archive, site, comment.id, by="op", reason="a case", until=until)
    await lift(archive, site, comment.id, by="op")
    assert await operator.holds.of_site(site) == []


async def _chores_done(worker: Storage, site: Site) -> None:
    assert await worker.housekeeping.hold(site.lane, "w", seconds=60)
    chores: tuple[Chore, ...] = (IdleConsumers(worker.link, idle_ms=0), *chores_of(worker))
    for chore in chores:
        while (touched := await chore.step(site.lane)) >= STEP:
            pass
        await worker.housekeeping.done(site.lane, chore.name, touched=touched)
    assert set(await worker.housekeeping.runs(site.lane)) == {chore.name for chore in chores}
    await worker.housekeeping.let_go(site.lane, "w")


async def _put_back(operator: Storage, site: Site, path: Path) -> None:
    with BackupWriter(path) as writer:
        await write_backup(operator.link, writer, version="0.1.0")
    before = await operator.comments.page(site, THREAD, sort="oldest", limit=9, after=None)
    restorer = Restorer(operator.link, path, check_backup(path).head, None)
    assert await restorer.occupied()
    await restorer.clear()
    await restorer.load()
    archive = archive_of(operator)
    await archive.ledger.take_in((), anew=True)
    await reapply(archive, site)
    after = await operator.comments.page(site, THREAD, sort="oldest", limit=9, after=None)
    assert (after.count, after.comments) == (before.count, before.comments)
