"""`gatepost site`: the publishers' properties."""

from typing import Any

import click

from service.cli.freezing import freeze, unfreeze
from service.cli.session import Answer, housed
from service.cli.signing import signing_key
from service.cli.tokens import key
from service.domain.site import Site
from service.settings import Settings
from service.workflow import sites
from service.workflow.house import House, find_site


@click.group()
def site() -> None:
    """Make, list, show and remove sites."""


site.add_command(key)
site.add_command(freeze)
site.add_command(unfreeze)
site.add_command(signing_key)


def _described(found: Site) -> dict[str, Any]:
    return {
        "site": found.id,
        "lane": found.lane,
        "origins": list(found.origins),
        "languages": list(found.languages),
        "created_at": found.created_at.isoformat(),
    }


def _tag(url: str, site_id: str) -> str:
    return f'<script async src="{url}/embed.js"></script>\n<gatepost-comments site="{site_id}"></gatepost-comments>'


@site.command("add")
@click.argument("site_id")
@click.option("--origin", "origins", multiple=True, required=True, help="An origin such as https://example.org.")
@click.option("--language", "languages", multiple=True, default=("en",), show_default=True)
@click.option("--lane", default="main", show_default=True, help="The lane that this site lives in, for good.")
@click.option("--classifier", default=None, help="Whose default thresholds to take. Default: GATEPOST_CLASSIFIER.")
@click.option("--mode", type=click.Choice(["hybrid", "pre", "post"]), default="hybrid", show_default=True)
@housed
async def add(
    house: House,
    settings: Settings,
    site_id: str,
    *,
    origins: tuple[str, ...],
    languages: tuple[str, ...],
    lane: str,
    classifier: str | None,
    mode: Any,  # noqa: ANN401 - click has checked that it is a Mode
) -> Answer:
    """Make a site: prints its key, once, and the tag to paste under the articles."""
    policy = sites.default_policy(classifier or settings.classifier, mode=mode)
    made, key = await sites.add_site(house, site_id, origins=origins, languages=languages, lane=lane, policy=policy)
    tag = _tag(settings.public_url, made.id)
    answer = {**_described(made), "api_key": key, "tag": tag}
    return answer, f"Site {made.id} is ready.\n\nIts key, shown this once:\n{key}\n\nPaste under the articles:\n{tag}"


@site.command("list")
@housed
async def list_sites(house: House, _: Settings) -> Answer:
    """List every site."""
    found = await house.directory.sites()
    lines = [f"{s.id}  {s.lane}  {' '.join(s.origins)}" for s in found]
    return {"sites": [_described(s) for s in found]}, "\n".join(lines) or "There is no site yet."


@site.command("show")
@click.argument("site_id")
@housed
async def show(house: House, settings: Settings, site_id: str) -> Answer:
    """Show a site with its policy and its tag."""
    found = await find_site(house, site_id)
    policy, frozen = await house.directory.policy(found), await house.controls.frozen(found)
    answer = {
        **_described(found),
        "mode": policy.mode,
        "classifier": policy.classifier,
        "policy_version": policy.version,
        "frozen": frozen.mode if frozen else None,
        "frozen_until": frozen.until.isoformat() if frozen and frozen.until else None,
        "tag": _tag(settings.public_url, found.id),
    }
    return answer, "\n".join(f"{name}: {value}" for name, value in answer.items())


@site.command("remove")
@click.argument("site_id")
@click.confirmation_option(prompt="Remove the site with all its comments?")
@housed
async def remove(house: House, _: Settings, site_id: str) -> Answer:
    """Remove a site with everything of it; this cannot be undone."""
    count = await sites.remove_site(house, site_id)
    return {"site": site_id, "comments_removed": count}, f"Removed {site_id} with {count} comments."
