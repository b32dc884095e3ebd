"""One rehearsal, in a process of its own: the job comes by standard input, the answer goes by standard output.

Reading 100,000 decisions and adding them up would hold the worker's interpreter: here it holds nobody's.
"""

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from service.domain.auditing import AuditEntry, Audits
from service.domain.directory import Directory
from service.domain.errors import GatepostError, NotFound, Refused
from service.domain.ids import first_id
from service.domain.rehearsal import MOST_DECISIONS, Decisions, Rehearsal, RehearsalAnswer, RehearsalJob
from service.domain.site import Site
from service.domain.status import Status
from service.storage.open import open_storage
from workers.replay import Replay

NICE = 5
_DECIDED: tuple[Status, ...] = ("approved", "held", "rejected")


class Errand(Struct, frozen=True, kw_only=True):
    """What the worker hands over: the job, and where the storage is, which may name a password."""

    job: RehearsalJob
    redis_url: str


async def rehearse(
    job: RehearsalJob, *, directory: Directory, decisions: Decisions, audits: Audits, now: datetime
) -> Rehearsal:
    """Replay a draft over the last days; raises NotFound, Refused or StorageDown."""
    site = await directory.site(job.site)
    if site is None:
        message = f"There is no site {job.site[:64]}."
        raise NotFound(message, slug="unknown-site")
    begin = now - timedelta(days=job.days)
    first, last = first_id(begin), first_id(now + timedelta(minutes=1))
    count = await decisions.how_many(site, first=first, last=last)
    if count > MOST_DECISIONS:
        message = f"{count:,} decisions in {job.days} days are more than {MOST_DECISIONS:,}: ask for fewer days."
        raise Refused(message)
    entries: list[AuditEntry] = []
    for back in range(job.days + 1):
        entries += await audits.entries(site, (now - timedelta(days=back)).date().isoformat())
    drawn: Iterable[AuditEntry] = (entry for entry in entries if entry.id > first)
    replay = Replay(job.draft, await directory.policy(site), drawn, days=job.days)
    await asyncio.gather(*(_walk(replay, decisions, site, status, (first, last)) for status in _DECIDED))
    return replay.finish()


async def _walk(replay: Replay, decisions: Decisions, site: Site, status: Status, span: tuple[str, str]) -> None:
    """Take every decision of a status; the storage reads the next page while this one is taken."""
    first, last = span
    loop = asyncio.get_running_loop()
    coming = loop.create_task(decisions.past(site, status, first=first, last=last))
    while True:
        page = await coming
        if page.after is not None:
            coming = loop.create_task(decisions.past(site, status, first=page.after, last=last))
            # In the first turn the task begins, in the second its script is sent.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        replay.take(page.items)
        replay.left_out += page.unreadable
        if page.after is None:
            return


async def run(errand: Errand) -> RehearsalAnswer:
    """Open the storage and rehearse."""
    storage = open_storage(errand.redis_url, backlog=1, site_backlog=1)
    try:
        found = await rehearse(
            errand.job,
            directory=storage.directory,
            decisions=storage.decisions,
            audits=storage.audits,
            now=datetime.now(UTC),
        )
    except Refused as error:
        return RehearsalAnswer(refused=error.detail)
    finally:
        await storage.close()
    return RehearsalAnswer(rehearsal=found)


def main() -> int:
    """Read the errand and answer; returns the exit code: 0, or 1 where there is no answer."""
    os.nice(NICE)
    # Nothing here goes round in circles, and looking for that took a fifth of the time.
    gc.disable()
    errand = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Errand)
    try:
        answer = asyncio.run(run(errand))
    except GatepostError as error:
        logging.getLogger(__name__).warning("rehearsing failed: %s", error.detail)
        return 1
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
