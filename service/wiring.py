"""The house of a process that signs and hashes: the API and the shell, wired once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from service.domain.tokens import AuthorTokens, Hasher
from service.settings import Settings, need_secret
from service.storage.open import Storage, open_storage
from service.storage.pepper import load_pepper
from service.workflow.archive import Archive
from service.workflow.house import House


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Open the storage and the keys; raises BadSetting, WrongSecret or StorageDown."""
    need_secret(settings)
    storage = open_storage(settings.redis_url, backlog=settings.backlog, site_backlog=settings.site_backlog)
    try:
        pepper = await load_pepper(storage.link, settings.secrets)
        yield House(
            comments=storage.comments,
            queue=storage.queue,
            directory=storage.directory,
            changes=storage.changes,
            fleet=storage.fleet,
            controls=storage.controls,
            watch=storage.watch,
            express=storage.express,
            keys=storage.keys,
            feedback=storage.feedback,
            reports=storage.reports,
            appeals=storage.appeals,
            tallies=storage.tallies,
            claims=storage.claims,
            batches=storage.batches,
            sessions=storage.sessions,
            acts=storage.acts,
            news=storage.news,
            shelf=storage.shelf,
            blocks=storage.blocks,
            history=storage.history,
            audits=storage.audits,
            rehearsals=storage.rehearsals,
            tokens=AuthorTokens(settings.secrets),
            hasher=Hasher(pepper),
            now=lambda: datetime.now(UTC),
        )
    finally:
        await storage.close()


def archive_of(storage: Storage) -> Archive:
    """Wire what erases, purges and exports; it needs no secret, so that a worker can do its chores."""
    return Archive(
        comments=storage.comments,
        directory=storage.directory,
        traces=storage.traces,
        places=(storage.buried, storage.reports),
        holds=storage.holds,
        ledger=storage.ledger,
        blocks=storage.blocks,
        reports=storage.reports,
        appeals=storage.appeals,
        tallies=storage.tallies,
        now=lambda: datetime.now(UTC),
    )


@asynccontextmanager
async def open_archive(settings: Settings) -> AsyncIterator[tuple[Archive, Hasher]]:
    """Open the archive and the hasher that names authors; raises BadSetting, WrongSecret or StorageDown."""
    need_secret(settings)
    storage = open_storage(
        settings.redis_url, backlog=settings.backlog, site_backlog=settings.site_backlog, ledger=settings.ledger
    )
    try:
        pepper = await load_pepper(storage.link, settings.secrets)
        yield archive_of(storage), Hasher(pepper)
    finally:
        await storage.close()
