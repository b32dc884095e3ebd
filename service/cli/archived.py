"""What the commands share that keep, give out and forget what is stored of people."""

import asyncio
import functools
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from service.cli.session import Answer
from service.domain.authors import signed_key
from service.domain.errors import GatepostError
from service.domain.tokens import Hasher
from service.settings import read_settings
from service.wiring import open_archive
from service.workflow.archive import Archive

Parameters = ParamSpec("Parameters")


def archived(
    work: Callable[Concatenate[Archive, Hasher, Parameters], Awaitable[Answer]],
) -> Callable[..., None]:
    """Make a click command's body of an async function of the archive; adds `--data` and `--json`."""

    @click.option("--data", type=click.Path(path_type=Path), default=None, help="The folder of a `gatepost up`.")
    @click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
    @functools.wraps(work)
    def command(*args: Any, data: Path | None, as_json: bool, **kwargs: Any) -> None:  # noqa: ANN401 - click's
        async def run() -> Answer:
            async with open_archive(read_settings(data=data)) as (archive, hasher):
                return await work(archive, hasher, *args, **kwargs)

        try:
            answer, text = asyncio.run(run())
        except GatepostError as error:
            raise click.ClickException(error.detail) from error
        click.echo(json.dumps(answer) if as_json else text)

    return command


def author_key(hasher: Hasher, site: str, author: str | None, sub: str | None) -> str:
    """Find the author who is meant: by their key, or by the `sub` of the site's signed token; raises UsageError."""
    if (author is None) == (sub is None):
        message = "Give --author or --sub, and not both."
        raise click.UsageError(message)
    return author if author is not None else signed_key(hasher, site, sub or "")
