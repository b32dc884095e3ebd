"""`gatepost block`: whom a site takes nothing from."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click
import msgspec

from service.cli.operator import signed
from service.cli.session import Answer, housed
from service.domain.blocking import Block
from service.settings import Settings
from service.workflow import blocking
from service.workflow.house import House, find_site


@click.group()
def block() -> None:
    """Block authors and addresses, list the blocks and lift them."""


def _line(found: Block) -> str:
    until = found.until.isoformat(timespec="minutes")
    return f"{found.id}  {found.kind}  {found.key}  until {until}  by {found.by}  {found.note}".rstrip()


def _answered(found: Block) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.to_builtins(found)
    return answer


@block.command("add")
@click.argument("site_id")
@click.option("--kind", type=click.Choice(["author", "address"]), default="author", show_default=True)
@click.option("--key", default=None, help="An author's key, an address, or a key from the list of blocks.")
@click.option("--comment", default=None, help="A comment: whoever wrote it, or where it came from.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]),
    default=None,
    help="When it ends, in UTC.  [default: in 30 days]",
)
@click.option("--days", type=click.IntRange(min=1), default=None, help="Or after how many days.")
@click.option("--note", default="", help="What moderators should know.")
@click.option("--reject-waiting", is_flag=True, help="Reject what is held or pending of them, too.")
@click.option("--house-rule", default=None, help="For which house rule.")
@signed
@housed
async def add(
    house: House,
    _: Settings,
    /,
    site_id: str,
    *,
    until: datetime | None,
    days: int | None,
    reject_waiting: bool,
    by: str,
    **asked: Any,  # noqa: ANN401 - the other options, by their names
) -> Answer:
    """Take nothing more from an author or an address of SITE_ID."""
    if until is not None and days is not None:
        message = "Give --until or --days, and not both."
        raise click.UsageError(message)
    end = until.replace(tzinfo=UTC) if until is not None else None
    if days is not None:
        end = house.now() + timedelta(days=days)
    wish = blocking.Wish(until=end, reject_waiting=reject_waiting, **asked)
    done = await blocking.block(house, await find_site(house, site_id), wish, by=by[:64])
    answer = {**_answered(done.block), "rejected": done.rejected.rejected, "left": done.rejected.left}
    said = f"\nRejected with it: {done.rejected.rejected}." if reject_waiting else ""
    return answer, _line(done.block) + said


@block.command("list")
@click.argument("site_id")
@housed
async def list_blocks(house: House, _: Settings, site_id: str) -> Answer:
    """List the blocks in force, the newest first."""
    found = await house.blocks.of_site(await find_site(house, site_id))
    lines = [_line(one) for one in found]
    return {"blocks": [_answered(one) for one in found]}, "\n".join(lines) or "Nobody is blocked."


@block.command("lift")
@click.argument("site_id")
@click.argument("block_id")
@signed
@housed
async def lift(house: House, _: Settings, site_id: str, block_id: str, by: str) -> Answer:
    """Lift a block, at once and everywhere."""
    lifted = await blocking.lift(house, await find_site(house, site_id), block_id, by=by[:64])
    if lifted is None:
        message = f"There is no block {block_id}."
        raise click.ClickException(message)
    return {"lifted": _answered(lifted)}, f"Lifted {lifted.id}."
