"""The commands that choose and compare classifiers: `gatepost shadow report`, `gatepost redecide`."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from service.domain.errors import GatepostError, NotFound
from service.domain.rules import WORKER_RULES
from service.domain.site import Site
from service.language import uncovered
from service.moments import Moment
from service.settings import Settings, read_settings
from service.storage.open import Storage, open_storage
from service.workflow.shadow import report
from workers.classifiers.registry import load_classifier
from workers.judge import Judge
from workers.redecide import Choice, Redecider
from workers.scoring import BrokenClassifier
from workers.wiring import worker_name

Work = Callable[[Storage, Settings, Site], Awaitable[Struct]]


def _answer(site_id: str, data: Path | None, *, as_json: bool, work: Work) -> None:
    async def run() -> Struct:
        settings = read_settings(data=data)
        storage = open_storage(settings.redis_url, backlog=settings.backlog, site_backlog=settings.site_backlog)
        try:
            site = await storage.directory.site(site_id)
            if site is None:
                message = f"There is no site {site_id}."
                raise NotFound(message, slug="unknown-site")
            return await work(storage, settings, site)
        finally:
            await storage.close()

    try:
        answer = msgspec.to_builtins(asyncio.run(run()))
    except GatepostError as error:
        raise click.ClickException(error.detail) from error
    except BrokenClassifier as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(answer) if as_json else json.dumps(answer, indent=2, ensure_ascii=False))


@click.group()
def shadow() -> None:
    """Compare a classifier on trial with the one that decides."""


@shadow.command("report")
@click.option("--site", "site_id", required=True)
@click.option("--since", type=Moment(), default="1970-01-01T00:00:00Z")
@click.option("--until", type=Moment(), default=None)
@click.option("--classifier", default=None, metavar="NAME|HASH", help="Which shadow, where several followed.")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="The folder of a `gatepost up`.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def shadow_report(
    site_id: str,
    since: datetime,
    until: datetime | None,
    *,
    classifier: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Say where both models agree, how each fares against the moderators, and where they differ most."""

    async def work(storage: Storage, _: Settings, site: Site) -> Struct:
        policy = await storage.directory.policy(site)
        return await report(
            storage.comments,
            storage.shadows,
            site,
            policy,
            since=since,
            until=until or datetime.now(UTC),
            classifier=classifier,
        )

    _answer(site_id, data, as_json=as_json, work=work)


@click.command()
@click.option("--site", "site_id", required=True)
@click.option("--since", type=Moment(), required=True)
@click.option("--until", type=Moment(), required=True)
@click.option("--classifier", default=None, help="Only what the classifier with this content hash decided.")
@click.option("--policy", type=int, default=None, help="Only what was decided under this policy version.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="The folder of a `gatepost up`.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def redecide(
    site_id: str,
    since: datetime,
    until: datetime,
    *,
    classifier: str | None,
    policy: int | None,
    dry_run: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Decide anew, with the present classifier and policy, what no human has touched."""
    if classifier is not None and policy is not None:
        message = "Give --classifier or --policy, not both."
        raise click.UsageError(message)
    if since >= until:
        message = "--until must be later than --since."
        raise click.UsageError(message)
    choice = Choice(since=since, until=until, classifier=classifier, policy=policy)

    async def work(storage: Storage, settings: Settings, site: Site) -> Struct:
        judge = Judge(load_classifier(settings.classifier), WORKER_RULES, uncovered=uncovered)
        judge.scorer.prove()
        redecider = Redecider(storage.comments, judge, by=f"redecide-{worker_name()}", now=lambda: datetime.now(UTC))
        return await redecider.run(site, choice, dry_run=dry_run)

    _answer(site_id, data, as_json=as_json, work=work)
