"""`gatepost api` and `gatepost health`: the processes that containers run and probe."""

import os
import socket
import sys
import urllib.error
import urllib.request

import click

from service.cli.session import Answer, housed, stored
from service.domain.runbook import named
from service.settings import Settings
from service.storage.open import Storage
from service.workflow.health import check_health
from service.workflow.house import House


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8000, show_default=True)
def api(host: str, port: int) -> None:
    """Serve the HTTP API, until SIGTERM."""
    # Another door: it is started, never imported.
    os.execv(sys.executable, [sys.executable, "-m", "service.api", "--host", host, "--port", str(port)])  # noqa: S606


@click.group()
def health() -> None:
    """Probe the processes: exit 0 when well, 1 when not."""


@health.command("api")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def health_api(url: str, *, as_json: bool) -> None:
    """Ask an API whether it lives."""
    try:
        with urllib.request.urlopen(f"{url}/health/live", timeout=5) as answer:  # noqa: S310 - the operator's URL
            well = answer.status == 200  # noqa: PLR2004 - OK
    except (urllib.error.URLError, OSError):
        well = False
    click.echo(f'{{"well": {str(well).lower()}}}' if as_json else ("well" if well else "not well"))
    sys.exit(0 if well else 1)


@health.command("worker")
@click.option("--any", "anywhere", is_flag=True, help="A healthy worker on any host will do.")
@stored
async def health_worker(storage: Storage, *, anywhere: bool) -> Answer:
    """Look for the heartbeat of a healthy worker of this host."""
    prefix = f"{socket.gethostname()}-"
    workers = [w for w in await storage.fleet.workers() if w.healthy and (anywhere or w.name.startswith(prefix))]
    if not workers:
        message = (
            "No healthy worker of this host has been heard of in the last 10 seconds. "
            f"See {named('comments-stay-pending')}."
        )
        raise click.ClickException(message)
    names = [worker.name for worker in workers]
    return {"well": True, "workers": names}, "well: " + ", ".join(names)


@health.command("all")
@housed
async def health_all(house: House, _: Settings) -> Answer:
    """Look at storage, workers and backlog together; exit 1 when the storage is down."""
    found = await check_health(house)
    if not found.redis:
        message = f"The storage cannot be reached or written. See {named('503-storage-unavailable')}."
        raise click.ClickException(message)
    answer = {
        "status": found.status,
        "redis": found.redis,
        "workers": found.workers,
        "backlog": found.backlog,
        "oldest_s": found.oldest_s,
        "paused": list(found.paused),
    }
    return answer, "\n".join(f"{name}: {value}" for name, value in answer.items())
