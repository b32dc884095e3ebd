"""What every command shares: the two options, the house it works in, and how it answers and fails."""

import asyncio
import functools
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from service.domain.errors import GatepostError
from service.domain.runbook import said
from service.settings import Settings, read_settings
from service.storage.open import Storage, open_storage
from service.wiring import open_house
from service.workflow.house import House

Parameters = ParamSpec("Parameters")
# A command's answer: an object for --json, and the lines that a person reads.
Answer = tuple[dict[str, Any], str]


def stored(work: Callable[Concatenate[Storage, Parameters], Awaitable[Answer]]) -> Callable[..., None]:
    """Make a click command's body of an async function of the storage alone, which needs neither keys nor secret.

    A worker's own user in Redis may read neither.
    """

    async def opened(settings: Settings, *args: Any, **kwargs: Any) -> Answer:  # noqa: ANN401 - click's
        storage = open_storage(settings.redis_url, backlog=settings.backlog, site_backlog=settings.site_backlog)
        try:
            return await work(storage, *args, **kwargs)
        finally:
            await storage.close()

    return _command(work, opened)


def housed(
    work: Callable[Concatenate[House, Settings, Parameters], Awaitable[Answer]],
) -> Callable[..., None]:
    """Make a click command's body of an async function of the house; adds `--data` and `--json`."""

    async def opened(settings: Settings, *args: Any, **kwargs: Any) -> Answer:  # noqa: ANN401 - click's
        async with open_house(settings) as house:
            return await work(house, settings, *args, **kwargs)

    return _command(work, opened)


def _command(named: Callable[..., Any], work: Callable[..., Awaitable[Answer]]) -> Callable[..., None]:
    @click.option("--data", type=click.Path(path_type=Path), default=None, help="The folder of a `gatepost up`.")
    @click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
    @functools.wraps(named)
    def command(*args: Any, data: Path | None, as_json: bool, **kwargs: Any) -> None:  # noqa: ANN401 - click's
        async def run() -> Answer:
            return await work(read_settings(data=data), *args, **kwargs)

        try:
            answer, text = asyncio.run(run())
        except GatepostError as error:
            raise click.ClickException(said(error)) from error
        click.echo(json.dumps(answer) if as_json else text)

    return command
