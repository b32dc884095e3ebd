"""`gatepost key`: the keys of other people's programs."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import msgspec

from service.cli.session import Answer, housed
from service.domain.foreign import ScoreMap
from service.settings import Settings
from service.workflow import keys
from service.workflow.house import House

SURFACES = ("perspective", "openai")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def key() -> None:
    """Make, list, change and revoke keys for Perspective's and OpenAI's clients."""


def _described(found: keys.Admitted) -> dict[str, Any]:
    score_map = found.settings.map
    return {
        "key": found.key.id,
        "name": found.key.name,
        "surfaces": list(found.settings.surfaces),
        "site": found.key.sites[0] if found.key.sites else None,
        "per_minute": found.settings.per_minute or None,
        "map": score_map.name if score_map is not None else None,
    }


def _line(found: keys.Admitted) -> str:
    told = _described(found)
    quota = f"{told['per_minute']}/min" if told["per_minute"] else "no limit"
    words = (found.key.id, "+".join(told["surfaces"]), quota, told["site"], told["map"], told["name"])
    return "  ".join(word or "-" for word in words)


@key.command("add")
@click.option("--surface", "surfaces", multiple=True, required=True, type=click.Choice(SURFACES))
@click.option("--site", default=None, help="The site whose languages and feedback this client's are.")
@click.option("--per-minute", type=int, default=0, help="How often it may ask; 0, the default: without a limit.")
@click.option("--map", "map_file", type=_FILE, default=None, help="A file that `gatepost perspective fit` wrote.")
@click.option("--name", default="", help="What you call this client.")
@housed
async def add(
    house: House,
    _: Settings,
    *,
    surfaces: tuple[Any, ...],
    site: str | None,
    per_minute: int,
    map_file: Path | None,
    name: str,
) -> Answer:
    """Make a key; prints it, once."""
    score_map = read_map(map_file) if map_file is not None else None
    made, token = await keys.add_key(house, surfaces=surfaces, site=site, per_minute=per_minute, name=name)
    changed = await keys.change_key(house, made.id, score_map=score_map)
    return {**_described(changed), "token": token}, f"{_line(changed)}\n\nThe key, shown this once:\n{token}"


@key.command("list")
@housed
async def list_keys(house: House, _: Settings) -> Answer:
    """List the keys with their surfaces, quotas and maps."""
    found = await keys.list_keys(house)
    return {"keys": [_described(one) for one in found]}, "\n".join(map(_line, found)) or "There is no key yet."


@key.command("set")
@click.argument("key_id")
@click.option("--per-minute", type=int, default=None, help="How often it may ask; 0: without a limit.")
@click.option("--map", "map_file", type=_FILE, default=None, help="A file that `gatepost perspective fit` wrote.")
@click.option("--no-map", is_flag=True, help="Tell our own scores again.")
@housed
async def set_key(
    house: House, _: Settings, key_id: str, *, per_minute: int | None, map_file: Path | None, no_map: bool
) -> Answer:
    """Give a key another quota or a score map; holds everywhere within five seconds."""
    score_map = read_map(map_file) if map_file is not None else None
    changed = await keys.change_key(house, key_id, per_minute=per_minute, score_map=score_map, unmap=no_map)
    return _described(changed), _line(changed)


@key.command("revoke")
@click.argument("key_id")
@housed
async def revoke(house: House, _: Settings, key_id: str) -> Answer:
    """Make a key worthless, everywhere within five seconds."""
    await keys.revoke_key(house, key_id)
    return {"key": key_id, "revoked": True}, f"Revoked {key_id}."


def read_map(path: Path) -> ScoreMap:
    """Read a map; raises a click error that says what is wrong with the file."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=ScoreMap)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        message = f"{path} is no map that `gatepost perspective fit` wrote: {error}"
        raise click.ClickException(message) from error
    for attribute, curve in found.curves.items():
        ours, theirs = [knot[0] for knot in curve], [knot[1] for knot in curve]
        rises = all(a < b for a, b in pairwise(ours)) and theirs == sorted(theirs)
        if not curve or not rises or not all(0 <= value <= 1 for value in (*ours, *theirs)):
            message = f"{path}: the curve of {attribute} does not rise from 0 to 1."
            raise click.ClickException(message)
    return found
