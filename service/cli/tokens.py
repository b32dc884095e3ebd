"""`gatepost site key` and `gatepost moderator token`: list, rotate with an overlap, revoke."""

from collections.abc import Callable
from typing import Any

import click

from service.cli.durations import EXPIRES, OVERLAP
from service.cli.session import Answer, housed
from service.domain.errors import NotFound
from service.domain.site import Credential, Principal
from service.domain.tokens import MODERATOR_TOKEN
from service.settings import Settings
from service.workflow import sites
from service.workflow.house import House, find_site


@click.group()
def key() -> None:
    """List, rotate and revoke a site's keys."""


@click.group()
def token() -> None:
    """List, rotate and revoke a moderator's tokens."""


def _listed(found: list[Credential]) -> Answer:
    rows = [
        {
            "token": credential.id,
            "of": credential.principal.id,
            "expires_at": credential.expires_at.isoformat() if credential.expires_at else None,
        }
        for credential in found
    ]
    lines = [f"{row['token']}  {row['of']}  {row['expires_at'] or 'does not run out'}" for row in rows]
    return {"tokens": rows}, "\n".join(lines) or "There is none."


def _made(what: str, name: str, secret: str, overlap: int) -> Answer:
    answer: dict[str, Any] = {what: name, "token": secret, "overlap_seconds": overlap}
    older = f"The older ones stay good for {overlap} s." if overlap else "The older ones are worthless now."
    return answer, f"A new token for {name}. {older}\n\nShown this once:\n{secret}"


async def _find(house: House, wanted: Callable[[Principal], bool]) -> list[Credential]:
    return [credential for credential in await house.directory.credentials() if wanted(credential.principal)]


def _of_site(site_id: str) -> Callable[[Principal], bool]:
    return lambda principal: principal.role == "site" and principal.sites == (site_id,)


def _of_moderator(moderator_id: str) -> Callable[[Principal], bool]:
    return lambda principal: principal.role == "moderator" and principal.id == moderator_id


@key.command("list")
@click.argument("site_id")
@housed
async def list_keys(house: House, _: Settings, site_id: str) -> Answer:
    """List a site's keys: the beginning of each one's hash, and when it runs out."""
    await find_site(house, site_id)
    return _listed(await _find(house, _of_site(site_id)))


@key.command("rotate")
@click.argument("site_id")
@OVERLAP
@EXPIRES
@housed
async def rotate_key(house: House, _: Settings, site_id: str, *, overlap: int, seconds: int | None) -> Answer:
    """Make a new key, shown once; the older ones stay good for the overlap."""
    return _made("site", site_id, await sites.rotate_key(house, site_id, overlap=overlap, seconds=seconds), overlap)


@key.command("revoke")
@click.argument("site_id")
@click.argument("key_id")
@housed
async def revoke_key(house: House, _: Settings, site_id: str, key_id: str) -> Answer:
    """Make one key worthless, everywhere within five seconds."""
    return await _revoke(house, _of_site(site_id), key_id)


@token.command("list")
@click.argument("moderator_id")
@housed
async def list_tokens(house: House, _: Settings, moderator_id: str) -> Answer:
    """List a moderator's tokens: the beginning of each one's hash, and when it runs out."""
    return _listed(await _find(house, _of_moderator(moderator_id)))


@token.command("rotate")
@click.argument("moderator_id")
@OVERLAP
@EXPIRES
@housed
async def rotate_token(house: House, _: Settings, moderator_id: str, *, overlap: int, seconds: int | None) -> Answer:
    """Make a new token for the same moderator, shown once; the older ones stay good for the overlap."""
    if not moderator_id.startswith("moderator-"):
        message = f"{moderator_id} is no moderator; a site's keys are rotated by `gatepost site key rotate`."
        raise NotFound(message)
    made = await sites.rotate(house, moderator_id, prefix=MODERATOR_TOKEN, overlap=overlap, seconds=seconds)
    return _made("moderator", moderator_id, made, overlap)


@token.command("revoke")
@click.argument("moderator_id")
@click.argument("token_id")
@housed
async def revoke_token(house: House, _: Settings, moderator_id: str, token_id: str) -> Answer:
    """Make one token worthless, everywhere within five seconds."""
    return await _revoke(house, _of_moderator(moderator_id), token_id)


async def _revoke(house: House, wanted: Callable[[Principal], bool], credential_id: str) -> Answer:
    for credential in await _find(house, wanted):
        if credential.id == credential_id:
            await sites.revoke(house, credential.principal.id, credential_id)
            return {"token": credential_id, "revoked": True}, f"Revoked {credential_id}."
    message = f"There is no token {credential_id} here; `list` names them."
    raise NotFound(message)
