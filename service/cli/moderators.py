"""`gatepost moderator`: the people who decide."""

import click

from service.cli.durations import EXPIRES
from service.cli.session import Answer, housed
from service.cli.tokens import token
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
@EXPIRES
@housed
async def add(house: House, _: Settings, name: str, *, site_ids: tuple[str, ...], seconds: int | None) -> Answer:
    """Make a moderator; prints their token, once."""
    principal, made = await sites.add_principal(house, role="moderator", sites=site_ids, name=name, seconds=seconds)
    answer = {"moderator": principal.id, "name": name, "sites": list(site_ids), "token": made}
    return (
        answer,
        f"Moderator {principal.id} ({name}) for {', '.join(site_ids)}.\n\nTheir token, shown this once:\n{made}",
    )


@moderator.command("list")
@housed
async def list_moderators(house: House, _: Settings) -> Answer:
    """List the moderators."""
    found = [p for p in await house.directory.principals() if p.role == "moderator"]
    listed = [{"moderator": p.id, "name": p.name, "sites": list(p.sites)} for p in found]
    lines = [f"{p.id}  {p.name}  {' '.join(p.sites)}" for p in found]
    return {"moderators": listed}, "\n".join(lines) or "There is no moderator yet."


@moderator.command("revoke")
@click.argument("moderator_id")
@housed
async def revoke(house: House, _: Settings, moderator_id: str) -> Answer:
    """Make a moderator's token worthless, everywhere within five seconds."""
    await sites.revoke(house, moderator_id)
    return {"moderator": moderator_id, "revoked": True}, f"Revoked {moderator_id}."
