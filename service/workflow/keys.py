"""Foreign clients' keys: made, changed, revoked, and let in."""

import secrets

from msgspec import Struct, structs

from service.domain.errors import Fault, Forbidden, Invalid, NotFound, TooMany, Unauthorised
from service.domain.foreign import KeySettings, ScoreMap, Surface
from service.domain.site import Principal
from service.domain.tokens import COMPAT_KEY, mint_token
from service.workflow.house import House, find_site

# Longer than any key of ours: what is longer is not looked for.
_LONGEST = 128


class Admitted(Struct, frozen=True, kw_only=True):
    """Whose key it was, and what it may do."""

    key: Principal
    settings: KeySettings


async def add_key(
    house: House, *, surfaces: tuple[Surface, ...], site: str | None, per_minute: int = 0, name: str = ""
) -> tuple[Principal, str]:
    """Make a key; returns whose it is and the key, which is stored only as a hash. Raises Invalid or NotFound."""
    if site is not None:
        await find_site(house, site)
    settings = KeySettings(surfaces=surfaces, per_minute=_limit(per_minute))
    token = mint_token(COMPAT_KEY)
    sites = () if site is None else (site,)
    made = Principal(id=f"key-{secrets.token_hex(4)}", role="compat", sites=sites, name=name, created_at=house.now())
    # The settings first: a key without any opens nothing.
    await house.keys.put_settings(made.id, settings)
    await house.directory.add_principal(made, token)
    return made, token


async def list_keys(house: House) -> list[Admitted]:
    """List the keys, by id."""
    found = [principal for principal in await house.directory.principals() if principal.role == "compat"]
    settings = [await house.keys.settings(principal.id) for principal in found]
    return [Admitted(key=key, settings=one) for key, one in zip(found, settings, strict=True) if one is not None]


async def change_key(
    house: House, key_id: str, *, per_minute: int | None = None, score_map: ScoreMap | None = None, unmap: bool = False
) -> Admitted:
    """Give a key another quota or another map, or take its map away; holds everywhere within five seconds."""
    found = {one.key.id: one for one in await list_keys(house)}.get(key_id)
    if found is None:
        message = f"There is no key with the id {key_id[:64]}."
        raise NotFound(message)
    settings = found.settings
    if per_minute is not None:
        settings = structs.replace(settings, per_minute=_limit(per_minute))
    if score_map is not None or unmap:
        settings = structs.replace(settings, map=score_map)
    await house.keys.put_settings(key_id, settings)
    return Admitted(key=found.key, settings=settings)


async def revoke_key(house: House, key_id: str) -> None:
    """Make a key worthless, everywhere within five seconds; raises NotFound."""
    if not key_id.startswith("key-") or not await house.directory.revoke(key_id):
        message = f"There is no key with the id {key_id[:64]}."
        raise NotFound(message)
    await house.keys.forget(key_id)


async def admit(house: House, token: str, surface: Surface) -> Admitted:
    """Let a key in at a surface; raises Unauthorised for what is no key, Forbidden for one of another surface."""
    if token.startswith(COMPAT_KEY) and len(token) <= _LONGEST:
        key = await house.directory.principal(token)
        settings = await house.keys.settings(key.id) if key is not None and key.role == "compat" else None
        if key is not None and settings is not None:
            if surface not in settings.surfaces:
                message = f"This key does not open the surface {surface}."
                raise Forbidden(message)
            return Admitted(key=key, settings=settings)
    message = "This key is not valid."
    raise Unauthorised(message)


async def spend(house: House, admitted: Admitted, units: int = 1) -> None:
    """Count what a key asks for; raises TooMany beyond its quota, and StorageDown where that cannot be known."""
    most = admitted.settings.per_minute
    if most == 0:
        return
    # What is larger than a whole minute's quota takes all of it, or it could never be asked for.
    wait = await house.keys.spend(admitted.key.id, per_minute=most, units=min(units, most))
    if wait:
        message = f"Quota exceeded: this key may ask {most} times a minute."
        raise TooMany(message, retry_after=wait)


def _limit(per_minute: int) -> int:
    if not 0 <= per_minute <= 100_000:  # noqa: PLR2004 - a set of so many ids fills some megabytes
        fault = Fault(path="per-minute", message="is not 0 (without a limit) to 100,000")
        raise Invalid((fault,))
    return per_minute
