"""`gatepost erase`, `gatepost export` and `gatepost retention`: what people may ask for, and what is old."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import click
import msgspec

from service.cli.archived import archived, author_key
from service.cli.session import Answer
from service.domain.site import Site
from service.domain.tokens import Hasher
from service.workflow import erase as erasing
from service.workflow import export as exporting
from service.workflow.archive import Archive, archived_site
from service.workflow.retention import sweep

_REWRITE = "Redis's append-only file forgets at its next rewrite: redis-cli BGREWRITEAOF."


@click.command()
@click.option("--site", "site_id", required=True)
@click.option("--author", default=None, help="The author's key, as `gatepost export` and the review endpoint show it.")
@click.option("--sub", default=None, help="The `sub` of the site's signed token.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@archived
async def erase(
    archive: Archive, hasher: Hasher, *, site_id: str, author: str | None, sub: str | None, dry_run: bool
) -> Answer:
    """Forget an author: their names, texts, hashes and all that hangs on them."""
    site = await archived_site(archive, site_id)
    found = await erasing.erase(archive, site, author_key(hasher, site.id, author, sub), dry_run=dry_run)
    lines = [f"{kind}: {count}" for kind, count in found.removed.items()] or ["Nothing of this author is stored."]
    if found.kept_under_legal_hold:
        lines.append(f"kept under legal hold: {found.kept_under_legal_hold} (erased when the hold ends)")
    if found.unreadable:
        lines.append(f"records that cannot be read: {found.unreadable}: they stay until they are mended or removed")
    if dry_run:
        lines.append("Nothing was removed: this was a dry run.")
    elif not (found.done or found.kept_under_legal_hold or found.unreadable):
        lines.append("Some comments were moving: the workers' chore erases them, or run this again.")
    if not dry_run:
        lines.append(_REWRITE)
    return msgspec.to_builtins(found), "\n".join(lines)


@click.command()
@click.option("--site", "site_id", required=True)
@click.option("--author", default=None, help="The author's key, as the review endpoint shows it.")
@click.option("--sub", default=None, help="The `sub` of the site's signed token.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A file to make, 0600: JSON lines.")
@click.option("--notes", is_flag=True, help="With moderators' notes: read them before you hand them out.")
@archived
async def export(
    archive: Archive, hasher: Hasher, *, site_id: str, author: str | None, sub: str | None, out: Path, notes: bool
) -> Answer:
    """Give a person everything that is stored about them."""
    site = await archived_site(archive, site_id)
    lines = exporting.export(archive, site, author_key(hasher, site.id, author, sub), notes=notes)
    end = await _write(out, lines)
    answer = {"site": site.id, "out": str(out), **end}
    return answer, "\n".join(f"{name}: {value}" for name, value in answer.items())


async def _write(out: Path, lines: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    """Write the lines into a file that was not there, for its owner alone; gives the last. Leaves none half-written."""
    # Whoever must not ask is refused before there is a file.
    last = await anext(lines)
    try:
        file = os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        message = f"{out} cannot be made: {error.strerror}."
        raise click.ClickException(message) from error
    try:
        with file:
            file.write(msgspec.json.encode(last) + b"\n")
            async for line in lines:
                file.write(msgspec.json.encode(line) + b"\n")
                last = line
    except BaseException:
        await asyncio.to_thread(out.unlink, missing_ok=True)
        raise
    return last


@click.group()
def retention() -> None:
    """Remove what is older than the sites' policies keep it; the workers do so by themselves."""


@retention.command("run")
@click.option("--site", "site_ids", multiple=True)
@click.option("--all", "every", is_flag=True, help="Every site.")
@archived
async def run(archive: Archive, _: Hasher, *, site_ids: tuple[str, ...], every: bool) -> Answer:
    """Remove now what is over its days."""
    if every == bool(site_ids):
        message = "Name sites with --site, or say --all."
        raise click.UsageError(message)
    sites = await archive.directory.sites() if every else [await archived_site(archive, i) for i in site_ids]
    found = {site.id: await _swept(archive, site) for site in sites}
    lines = [f"{site}: " + ", ".join(f"{kind} {n}" for kind, n in counts.items()) for site, counts in found.items()]
    return {"sites": found}, "\n".join(lines)


async def _swept(archive: Archive, site: Site) -> dict[str, int]:
    counts = {"purged": 0, "wiped": 0, "kept_under_legal_hold": 0}
    position = None
    while True:
        step = await sweep(archive, site, position)
        for kind in counts:
            counts[kind] += getattr(step, kind)
        position = step.position
        if position is None:
            return counts
