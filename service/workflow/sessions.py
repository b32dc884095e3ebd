"""Moderators sign in with their token, and out."""

from service.domain.sessions import Session, mint_cookie, session_of
from service.domain.tokens import credential_hash
from service.workflow.house import House


async def sign_in(house: House, token: str, *, instead_of: str | None = None) -> tuple[str, Session]:
    """Give a cookie for a token that was found to be good; the cookie that the browser had is forgotten."""
    if instead_of is not None:
        await sign_out(house, instead_of)
    cookie = mint_cookie()
    return cookie, await house.sessions.begin(session_of(cookie), credential_hash(token))


async def sign_out(house: House, cookie: str) -> None:
    """Forget a cookie."""
    await house.sessions.end(session_of(cookie))
