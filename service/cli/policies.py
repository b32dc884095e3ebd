"""`gatepost policy`: what a site's policy is and was, and what another one would do."""

from pathlib import Path
from typing import Any

import click
import msgspec

from service.cli.operator import signed
from service.cli.session import Answer, housed
from service.domain.errors import Fault, Invalid
from service.domain.policy import Policy
from service.domain.policy_history import Difference
from service.domain.rehearsal import DAYS, MOST_DAYS, Contradiction, Estimate, Rehearsal
from service.settings import Settings
from service.workflow import policies
from service.workflow.house import House, find_site
from service.workflow.rehearsing import rehearse as rehearsed

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def policy() -> None:
    """Show, compare, replace and rehearse policies."""


def _read(file: Path) -> Policy:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Policy)
    except (OSError, msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Invalid((Fault(path=str(file), message=f"is no policy: {error}"),), slug="invalid-policy") from error


def _plain(value: Any) -> Any:  # noqa: ANN401 - any answer's struct
    return msgspec.to_builtins(value)


def _shown(found: Policy) -> Answer:
    return _plain(found), msgspec.json.format(msgspec.json.encode(found)).decode()


@policy.command("show")
@click.argument("site_id")
@click.option("--version", type=click.IntRange(1), default=None, help="An older version that is kept.")
@housed
async def show(house: House, _: Settings, site_id: str, version: int | None) -> Answer:
    """Show the policy in force, or as it was: as JSON, fit for `policy put`."""
    site = await find_site(house, site_id)
    if version is None:
        return _shown(await policies.read_policy(house, site))
    return _shown(await policies.policy_at(house, site, version))


@policy.command("history")
@click.argument("site_id")
@housed
async def history(house: House, _: Settings, site_id: str) -> Answer:
    """List the versions that are kept, the newest first, with who stored each and when."""
    found = await policies.policy_versions(house, await find_site(house, site_id))
    lines = [
        f"{one.version}  {one.at.isoformat() if one.at else '-'}  {one.by or '-'}"
        + (f"  (back to {one.back_to})" if one.back_to else "")
        for one in found
    ]
    return {"versions": _plain(found)}, "\n".join(lines)


@policy.command("diff")
@click.argument("site_id")
@click.argument("before", type=click.IntRange(1))
@click.argument("after", type=click.IntRange(1))
@housed
async def diff(house: House, _: Settings, site_id: str, before: int, after: int) -> Answer:
    """Say what changed from one version to another."""
    found = await policies.compare(house, await find_site(house, site_id), before, after)
    lines = [_line(change) for change in found.changes]
    if not found.complete:
        lines.append("… and more")
    return _plain(found), "\n".join(lines) or "Nothing changed."


def _line(change: Difference) -> str:
    old, new = (msgspec.json.encode(value).decode() for value in (_or_none(change.before), _or_none(change.value)))
    match change.op:
        case "add":
            return f"{change.path}: + {new}"
        case "remove":
            return f"{change.path}: - {old}"
        case _:
            return f"{change.path}: {old} -> {new}"


def _or_none(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    return None if value is msgspec.UNSET else value


@policy.command("put")
@click.argument("site_id")
@_FILE
@signed
@housed
async def put(house: House, _: Settings, site_id: str, file: Path, by: str) -> Answer:
    """Replace the policy by a file's; the file's `version` says which one it replaces."""
    site = await find_site(house, site_id)
    stored = await policies.replace_policy(house, site, _read(file), replaces=None, by=by[:64])
    return {"site": site_id, "version": stored.version}, f"{site_id} has policy {stored.version} now."


@policy.command("rollback")
@click.argument("site_id")
@click.argument("version", type=click.IntRange(1))
@signed
@housed
async def rollback(house: House, _: Settings, site_id: str, version: int, by: str) -> Answer:
    """Store an older version again, as a new one."""
    site = await find_site(house, site_id)
    stored = await policies.roll_back(house, site, version, replaces=None, by=by[:64])
    text = f"{site_id} has policy {stored.version} now, which is {version} again."
    return {"site": site_id, "version": stored.version, "back_to": version}, text


@policy.command("rehearse")
@click.argument("site_id")
@_FILE
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=DAYS, show_default=True)
@housed
async def rehearse(house: House, _: Settings, site_id: str, file: Path, days: int) -> Answer:
    """Say what a file's policy would have done to the last days' comments; needs a running worker."""
    site = await find_site(house, site_id)
    found = await rehearsed(house, site, _read(file), days=days)
    return _plain(found), "\n".join(_lines(found))


def _lines(found: Rehearsal) -> list[str]:
    lines = [
        f"decided in {found.days} days: {found.decided} ({found.left_out} left out)",
        _estimate("published", found.published, "fit"),
        _estimate("held", found.held, "fit"),
        _estimate("rejected", found.rejected, "unfit"),
        _contradiction("published though unfit", found.contradicts.published_unfit),
        _contradiction("rejected though fit", found.contradicts.rejected_fit),
    ]
    lines += [
        f"not audited: {region.comments} comments from {region.before} to {region.after}: no estimate"
        for region in found.unaudited
    ]
    return lines + [f"not replayed: {path}" for path in found.not_replayed]


def _estimate(name: str, found: Estimate, right: str) -> str:
    text = f"{name}: {found.now} -> {found.draft}"
    if found.share is None or found.low is None or found.high is None:
        return text
    return f"{text}, {right} {found.share:.1%} (95 %: {found.low:.1%} to {found.high:.1%})"


def _contradiction(name: str, found: Contradiction) -> str:
    text = f"{name}: {found.known} known"
    if found.estimate is None:
        return text
    return f"{text}, about {found.estimate:.0f} in all (95 %: {found.low:.0f} to {found.high:.0f})"
