"""`gatepost site freeze` and `unfreeze`."""

from datetime import datetime
from typing import Any

import click

from service.cli.operator import act_of, signed
from service.cli.session import Answer, housed
from service.domain.operating import Freeze
from service.moments import Moment
from service.settings import Settings
from service.workflow import operate
from service.workflow.house import House, find_site


@click.command()
@click.argument("site_id")
@click.option(
    "--mode",
    type=click.Choice(["pre", "closed"]),
    required=True,
    help="pre: everything goes before a human; closed: besides, nothing new is taken.",
)
@click.option("--until", type=Moment(), default=None, help="When it ends by itself. Default: with `unfreeze`.")
@signed
@housed
async def freeze(
    house: House,
    _: Settings,
    /,
    site_id: str,
    *,
    mode: Any,  # noqa: ANN401 - click has checked that it is a FreezeMode
    until: datetime | None,
    by: str,
) -> Answer:
    """Stop a site from publishing without a human, in every process with this command's answer."""
    site = await find_site(house, site_id)
    await operate.freeze_site(house, site, Freeze(mode=mode, until=until), act_of(by))
    answer = {"site": site.id, "frozen": mode, "until": until.isoformat() if until else None}
    end = f"until {until.isoformat()}" if until else "until `gatepost site unfreeze`"
    what = "takes no comments, and what waits goes before a human" if mode == "closed" else "puts all before a human"
    return answer, f"{site.id} {what} {end}."


@click.command()
@click.argument("site_id")
@signed
@housed
async def unfreeze(house: House, _: Settings, /, site_id: str, *, by: str) -> Answer:
    """End a site's freeze; what was held meanwhile stays with the moderators."""
    site = await find_site(house, site_id)
    await operate.unfreeze_site(house, site, act_of(by))
    return {"site": site.id, "frozen": None}, f"{site.id} is as its policy says again."
