"""`gatepost doctor`: how a deployment is, and what can be mended of it."""

import asyncio
import json
import sys
from pathlib import Path

import click
import msgspec

from service.domain.checkup import Check
from service.domain.errors import GatepostError
from service.domain.runbook import named
from service.settings import Settings, read_settings
from service.storage.open import open_storage
from service.up.places import Places
from service.up.redis_record import read_record
from service.up.trouble import CannotStart
from service.workflow.doctor import Practice, examine


@click.command()
@click.option("--repair", is_flag=True, help="Mend what can be mended, and say what was done; no comment is deleted.")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="The folder of a `gatepost up`.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def doctor(data: Path | None, *, repair: bool, as_json: bool) -> None:
    """Check a deployment: exit 0 when nothing is ill, 1 when something is. Reads everything that is stored."""
    try:
        settings = read_settings(data=data)
        wrote = read_record(Places(data.absolute())) if data is not None else None
        checks = asyncio.run(_examined(settings, repair=repair, written_by=wrote.version if wrote else None))
    except (GatepostError, CannotStart) as error:
        raise click.ClickException(str(error)) from error
    healthy = all(check.state != "ill" for check in checks)
    if as_json:
        rows = [{**msgspec.to_builtins(c), "runbook": named(c.runbook) if c.runbook else None} for c in checks]
        click.echo(json.dumps({"healthy": healthy, "checks": rows}))
    else:
        click.echo("\n".join(map(_lines, checks)))
    sys.exit(0 if healthy else 1)


async def _examined(settings: Settings, *, repair: bool, written_by: tuple[int, ...] | None) -> list[Check]:
    storage = open_storage(settings.redis_url, backlog=settings.backlog, site_backlog=settings.site_backlog)
    practice = Practice(
        inspection=storage.inspection,
        directory=storage.directory,
        fleet=storage.fleet,
        queue=storage.queue,
        controls=storage.controls,
        claim_seconds=settings.claim_seconds,
    )
    try:
        return await examine(practice, repair=repair, written_by=written_by)
    finally:
        await storage.close()


def _lines(check: Check) -> str:
    lines = [f"{check.state:<7} {check.name}: {check.said}"]
    if check.mended:
        lines.append(f"        mended: {check.mended}")
    if check.runbook and check.state != "well":
        lines.append(f"        see {named(check.runbook)}")
    return "\n".join(lines)
