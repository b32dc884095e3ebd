"""Moderators sign in with their token, and out."""

import asyncio
import secrets

from service.domain.acts import SIGN_IN, ModeratorAct
from service.domain.sessions import Session, mint_cookie, session_of
from service.domain.site import Principal
from service.domain.tokens import credential_hash
from service.workflow.house import House


async def sign_in(
    house: House, principal: Principal, token: str, *, instead_of: str | None = None
) -> tuple[str, Session]:
    """Give a cookie for a token that was found to be good; the cookie that the browser had is forgotten.

    It is noted on the audit trail of each site that the moderator reaches.
    """
    if instead_of is not None:
        await sign_out(house, instead_of)
    act = ModeratorAct(id=secrets.token_hex(8), at=house.now(), by=principal.id, kind=SIGN_IN)
    sites = await asyncio.gather(*(house.directory.site(site_id) for site_id in principal.sites))
    await asyncio.gather(*(house.acts.note(site, act) for site in sites if site is not None))
    cookie = mint_cookie()
    return cookie, await house.sessions.begin(session_of(cookie), credential_hash(token))


async def sign_out(house: House, cookie: str) -> None:
    """Forget a cookie."""
    await house.sessions.end(session_of(cookie))
