"""`gatepost up`."""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import click

from service.domain.errors import GatepostError
from service.settings import read_settings
from service.up.demo import Demo
from service.up.orphans import stop_orphans
from service.up.output import say
from service.up.ownership import free_port, own
from service.up.places import Places, make_socket_folder
from service.up.plan import Plan
from service.up.redis_binary import find_servers
from service.up.redis_config import write_config
from service.up.redis_record import choose_server, remember
from service.up.secret import ensure_secret
from service.up.start import Running

REFUSED_EXIT = 2


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the API listens.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="0 takes a free one.")
@click.option("--data", type=click.Path(path_type=Path), default=Path("var"), show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Worker processes.")
@click.option("--json", "as_json", is_flag=True, help="Say where to look as one JSON object.")
def up(host: str, port: int, data: Path, workers: int, *, as_json: bool) -> None:
    """Run everything on this machine: a Redis, the API and a worker, until Ctrl-C."""
    since = time.monotonic()
    # Whatever is made from here on, by us and by what we start, is for this user alone.
    os.umask(0o077)
    try:
        places = Places(data.resolve())
        with own(places):
            _run(places, host, port, workers, since=since, as_json=as_json)
    except GatepostError as error:
        click.echo(f"gatepost up: {error.detail}", err=True)
        sys.exit(REFUSED_EXIT)
    except OSError as error:
        click.echo(f"gatepost up: {error.filename or 'the system'}: {error.strerror or error}.", err=True)
        sys.exit(REFUSED_EXIT)


def _run(places: Places, host: str, port: int, workers: int, *, since: float, as_json: bool) -> None:
    for name in stop_orphans(places):
        say(f"stopped {name}, which an earlier `gatepost up` had left running")
    plan = Plan(places, host, free_port(host, port), workers)
    server = choose_server(places, find_servers())
    env = plan.environment(os.environ, ensure_secret(places))
    settings = read_settings(env)
    make_socket_folder(places)
    config = write_config(places)
    remember(places, server)

    def ready(demo: Demo) -> None:
        seconds = time.monotonic() - since
        click.echo(_as_json(plan, demo, seconds) if as_json else _as_text(plan, settings.public_url, seconds))

    asyncio.run(Running(plan, env, settings).run(server.path, config, ready))


def _as_json(plan: Plan, demo: Demo, seconds: float) -> str:
    answer = {
        "url": demo.url,
        "data": str(plan.places.data),
        "demo": str(plan.places.demo),
        "seconds": round(seconds, 2),
    }
    return json.dumps(answer)


def _as_text(plan: Plan, public_url: str, seconds: float) -> str:
    return f"""
Gatepost is ready after {seconds:.1f} s. Ctrl-C stops it.

  Demo article    {public_url}/demo
  Busy article    {public_url}/demo/busy
  Review page     {public_url}/review
  API             {public_url}/docs
  Its tokens      {plan.places.demo}
"""
