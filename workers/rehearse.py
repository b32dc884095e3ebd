"""One rehearsal, in a process of its own: the job comes by standard input, the answer goes by standard output.

Reading 100,000 decisions and adding them up would hold the worker's interpreter: here it holds nobody's.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from service.domain.auditing import AuditEntry, Audits
from service.domain.errors import GatepostError, NotFound, Refused
from service.domain.ids import first_id
from service.domain.ports import Directory
from service.domain.rehearsal import MOST_DECISIONS, Decisions, Rehearsal, RehearsalAnswer, RehearsalJob
from service.domain.status import Status
from service.storage.open import open_storage
from workers.replay import Replay

NICE = 10
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
    for status in _DECIDED:
        after: str | None = first
        while after is not None:
            page = await decisions.past(site, status, first=after, last=last)
            replay.take(page.items)
            replay.left_out += page.unreadable
            after = page.after
    return replay.finish()


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
