"""`gatepost moderator`: the people who decide."""

from typing import Any, get_args

import click

from service.cli.durations import EXPIRES
from service.cli.session import Answer, housed
from service.cli.tokens import token
from service.domain.site import Principal, Rank
from service.settings import Settings
from service.workflow import sites
from service.workflow.house import House


@click.group()
def moderator() -> None:
    """Make, list and revoke moderators."""


moderator.add_command(token)


@moderator.command("add")
@click.argument("name")
@click.option("--site", "site_ids", multiple=True, required=True, help="A site that this moderator decides for.")
@click.option(
    "--rank",
    type=click.Choice(get_args(Rank)),
    default="moderator",
    show_default=True,
    help="A senior decides what others escalate; an admin also says what belongs to which section.",
)
@click.option("--section", "sections", multiple=True, help="See the threads of this section only; may be repeated.")
@EXPIRES
@housed
async def add(
    house: House,
    _: Settings,
    name: str,
    *,
    site_ids: tuple[str, ...],
    rank: Rank,
    sections: tuple[str, ...],
    seconds: int | None,
) -> Answer:
    """Make a moderator; prints their token, once."""
    principal, made = await sites.add_principal(
        house, role="moderator", sites=site_ids, name=name, seconds=seconds, rank=rank, sections=sections
    )
    answer = {**_shown(principal), "token": made}
    return (
        answer,
        f"Moderator {principal.id} ({name}) for {', '.join(site_ids)}.\n\nTheir token, shown this once:\n{made}",
    )


def _shown(principal: Principal) -> dict[str, Any]:
    return {
        "moderator": principal.id,
        "name": principal.name,
        "sites": list(principal.sites),
        "rank": principal.rank,
        "sections": list(principal.sections),
    }


@moderator.command("list")
@housed
async def list_moderators(house: House, _: Settings) -> Answer:
    """List the moderators."""
    found = [p for p in await house.directory.principals() if p.role == "moderator"]
    lines = [f"{p.id}  {p.name}  {' '.join(p.sites)}  {p.rank}  {', '.join(p.sections)}".rstrip() for p in found]
    return {"moderators": [_shown(p) for p in found]}, "\n".join(lines) or "There is no moderator yet."


@moderator.command("revoke")
@click.argument("moderator_id")
@housed
async def revoke(house: House, _: Settings, moderator_id: str) -> Answer:
    """Make a moderator's token worthless, everywhere within five seconds."""
    await sites.revoke(house, moderator_id)
    return {"moderator": moderator_id, "revoked": True}, f"Revoked {moderator_id}."
