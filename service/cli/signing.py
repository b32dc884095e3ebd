"""`gatepost site signing-key`: what a site signs its authors with."""

import click

from service.cli.durations import OVERLAP
from service.cli.session import Answer, housed
from service.settings import Settings
from service.workflow import sites
from service.workflow.house import House


@click.command("signing-key")
@click.argument("site_id")
@click.option("--rotate", is_flag=True, help="Make another one first.")
@OVERLAP
@housed
async def signing_key(house: House, _: Settings, site_id: str, *, rotate: bool, overlap: int) -> Answer:
    """Print the key by which a site signs its authors' tokens (HS256); it is derived, and stored nowhere."""
    if rotate:
        key, site = await sites.rotate_signing_key(house, site_id, overlap=overlap)
    else:
        key, site = await sites.signing_key(house, site_id)
    until = site.signing_until.isoformat() if site.signing_until else None
    answer = {"site": site.id, "signing_key": key, "generation": site.signing, "previous_good_until": until}
    lines = [f"The signing key number {site.signing} of {site.id}; keep it on the site's server:", key]
    if until:
        lines.append(f"The one before it is good until {until}.")
    return answer, "\n".join(lines)
