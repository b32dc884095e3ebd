"""`gatepost legal-hold`: comments that must stay."""

import getpass
from datetime import datetime

import click
import msgspec

from service.cli.archived import archived
from service.cli.session import Answer
from service.domain.tokens import Hasher
from service.moments import Moment
from service.workflow import holds
from service.workflow.archive import Archive, archived_site
from service.workflow.reapply import reapply


@click.group("legal-hold")
def legal_hold() -> None:
    """Place, lift and list legal holds: until its day nobody deletes, rewrites, erases or purges the comment."""


@legal_hold.command("add")
@click.option("--site", "site_id", required=True)
@click.option("--comment", required=True, help="The comment's id.")
@click.option("--reason", required=True, help="Why, such as a case number; kept as long as the site.")
@click.option("--until", type=Moment(), required=True, help="A day or an RFC 3339 time.")
@click.option("--by", default=getpass.getuser, help="Who orders it. Default: who runs this.")
@archived
async def add(
    archive: Archive, _: Hasher, *, site_id: str, comment: str, reason: str, until: datetime, by: str
) -> Answer:
    """Hold a comment; what is shown of it stays as it is."""
    site = await archived_site(archive, site_id)
    hold = await holds.place(archive, site, comment, by=by, reason=reason, until=until)
    return msgspec.to_builtins(hold), f"{comment} is held until {hold.until.isoformat()}."


@legal_hold.command("remove")
@click.option("--site", "site_id", required=True)
@click.option("--comment", required=True, help="The comment's id.")
@click.option("--by", default=getpass.getuser, help="Who orders it. Default: who runs this.")
@archived
async def remove(archive: Archive, _: Hasher, *, site_id: str, comment: str, by: str) -> Answer:
    """Lift a hold before its day, and erase what its author asked to have erased meanwhile."""
    site = await archived_site(archive, site_id)
    event = await holds.lift(archive, site, comment, by=by)
    await reapply(archive, site)
    return msgspec.to_builtins(event), f"{comment} is no longer held."


@legal_hold.command("list")
@click.option("--site", "site_id", required=True)
@click.option("--history", is_flag=True, help="Who placed and lifted which, when.")
@archived
async def list_holds(archive: Archive, _: Hasher, *, site_id: str, history: bool) -> Answer:
    """List the holds of a site."""
    site = await archived_site(archive, site_id)
    if history:
        events = await archive.holds.history(site)
        lines = [f"{e.at.isoformat()}  {e.action}  {e.comment}  {e.by}  {e.reason}" for e in events]
        return {"history": msgspec.to_builtins(events)}, "\n".join(lines) or "There was no hold."
    now = archive.now()
    found = await archive.holds.of_site(site)
    listed = [{**msgspec.to_builtins(hold), "in_force": hold.until > now} for hold in found]
    lines = [f"{h.comment}  until {h.until.isoformat()}  {h.by}  {h.reason}" for h in found]
    return {"holds": listed}, "\n".join(lines) or "There is no hold."
