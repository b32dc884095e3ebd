"""`gatepost backup` and `gatepost restore`."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from service.cli.session import Answer
from service.domain.errors import Conflict, GatepostError, NotFound
from service.settings import Settings, need_secret, read_settings
from service.storage.backup import write_backup
from service.storage.directory_keys import PEPPER
from service.storage.dump_file import BackupWriter
from service.storage.open import Storage, open_storage
from service.storage.pepper import unseal
from service.storage.restore import Contents, Restorer, check_backup
from service.wiring import archive_of
from service.workflow.reapply import reapply


def _answer(data: Path | None, work: Callable[[Storage, Settings], Awaitable[Answer]], *, as_json: bool) -> None:
    async def run() -> Answer:
        settings = read_settings(data=data)
        need_secret(settings)
        storage = open_storage(
            settings.redis_url, backlog=settings.backlog, site_backlog=settings.site_backlog, ledger=settings.ledger
        )
        try:
            return await work(storage, settings)
        finally:
            await storage.close()

    try:
        answer, text = asyncio.run(run())
    except GatepostError as error:
        raise click.ClickException(error.detail) from error
    click.echo(json.dumps(answer) if as_json else text)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), default=None, help="The folder of a `gatepost up`.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def backup(file: Path, data: Path | None, *, as_json: bool) -> None:
    """Write everything that is stored into FILE, 0600, while the service runs."""

    async def work(storage: Storage, _: Settings) -> Answer:
        with BackupWriter(file) as writer:
            await write_backup(storage.link, writer, version=version("gatepost"))
        answer: dict[str, Any] = {"file": str(file), "comments": writer.comments, "bytes": writer.size}
        return answer, f"{file}: {writer.comments} comments, {answer['bytes']} bytes."

    _answer(data, work, as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--site", "site_ids", multiple=True, help="Only these sites; tokens stay those of the target.")
@click.option("--replace", is_flag=True, help="Remove what is there first.")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="The folder of a `gatepost up`.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def restore(file: Path, site_ids: tuple[str, ...], data: Path | None, *, replace: bool, as_json: bool) -> None:
    """Put a backup back, queue what waits, and erase again who was erased. Stop API and workers first."""

    async def work(storage: Storage, settings: Settings) -> Answer:
        contents = check_backup(file)
        missing = sorted(set(site_ids) - contents.head.sites.keys())
        if missing:
            message = f"{file} has no site {', '.join(missing)}."
            raise NotFound(message)
        await _same_key(storage, settings, contents, whole=not site_ids)
        if workers := await storage.fleet.workers():
            message = f"Workers are running ({', '.join(w.name for w in workers)}): stop them and the API first."
            raise Conflict(message)
        archive = archive_of(storage)
        # The union of all ledgers is safe before anything is removed.
        await archive.ledger.take_in(contents.ledger, anew=False)
        restorer = Restorer(storage.link, file, contents.head, site_ids or None)
        if await restorer.occupied():
            if not replace:
                message = "There is something in this Redis already: nothing was changed. --replace removes it first."
                raise Conflict(message)
            await restorer.clear()
        restored = await restorer.load()
        await archive.ledger.take_in((), anew=True)
        for site in await archive.directory.sites():
            await reapply(archive, site)
        sites = sorted(site_ids or contents.head.sites)
        still = [entry for entry in await archive.ledger.open() if entry.site in sites]
        answer: dict[str, Any] = {
            "sites": sites,
            "comments": restored.comments,
            "queued": restored.queued,
            "unreadable": restored.unreadable,
            "erasures_open": len(still),
        }
        return answer, "\n".join(f"{name}: {value}" for name, value in answer.items())

    _answer(data, work, as_json=as_json)


async def _same_key(storage: Storage, settings: Settings, contents: Contents, *, whole: bool) -> None:
    """Insist that the secret opens the backup, and that sites put beside others hash people as they do."""
    if contents.pepper is None:
        return
    theirs = unseal(contents.pepper, settings.secrets)
    ours = await storage.link.read("GET", PEPPER)
    if not whole and ours is not None and unseal(ours, settings.secrets) != theirs:
        message = "This Redis and the backup have different keys for hashes: single sites cannot be moved between them."
        raise Conflict(message)
