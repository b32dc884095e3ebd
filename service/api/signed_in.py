"""Moderators who signed in with a browser: their cookie, and what proves that one of our own pages asks.

The cookie goes with every request that a browser makes to us from our own site. What changes anything must also carry
a header that only a page of ours can know, and neither kind may come from another site's page.
"""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from service.api.addresses import is_secure
from service.domain.errors import Forbidden
from service.domain.sessions import COOKIE_LENGTH, SESSION_SECONDS, Session, is_csrf, session_of
from service.domain.site import Principal, origin_of
from service.settings import Settings
from service.workflow.house import House

COOKIE = "gatepost_session"
CSRF_HEADER = "x-gatepost-csrf"
_READING = frozenset({"GET", "HEAD"})


def cookie_of(request: Request[Any, Any, Any]) -> str | None:
    """Read the cookie; nothing where there is none of the right length."""
    cookie = request.cookies.get(COOKIE, "")
    return cookie if len(cookie) == COOKIE_LENGTH else None


async def find(house: House, request: Request[Any, Any, Any]) -> tuple[Principal, Session] | None:
    """Find who is signed in, and insist that a page of ours asks.

    Nobody is where the cookie ran out, or the token that it was made with. Raises Forbidden for another site's page.
    """
    cookie = cookie_of(request)
    session = await house.sessions.find(session_of(cookie)) if cookie is not None else None
    holder = await house.directory.holder(session.credential) if session is not None else None
    if cookie is None or session is None or holder is None:
        return None
    insist_on_our_page(request)
    if request.method not in _READING and not is_csrf(request.headers.get(CSRF_HEADER, ""), cookie):
        message = "Send the header X-Gatepost-CSRF with what GET /v1/review/me gives as `csrf`."
        raise Forbidden(message, slug="csrf-required")
    return holder, session


def insist_on_our_page(request: Request[Any, Any, Any]) -> None:
    """Refuse what a browser says comes from another site's page; raises Forbidden."""
    said = request.headers.get("sec-fetch-site")
    # A person who types an address comes from nowhere.
    ours = said in (None, "same-origin") or (said == "none" and request.method in _READING)
    origin = request.headers.get("origin")
    if origin is not None:
        settings: Settings = request.app.state.settings
        # By its own name, or by the one that the browser just used to reach us: a page cannot choose that.
        host = request.headers.get("host", "")
        ours = ours and (origin == origin_of(settings.public_url) or urlsplit(origin).netloc == host)
    if not ours:
        message = "This may only be asked by a page of this very site."
        raise Forbidden(message, slug="csrf-required")


def set_cookie(request: Request[Any, Any, Any], cookie: str | None) -> str:
    """Write `Set-Cookie`: for 12 hours, or nothing any more."""
    settings: Settings = request.app.state.settings
    secure = "; Secure" if is_secure(request.scope, dict(request.scope["headers"]), settings) else ""
    age = SESSION_SECONDS if cookie is not None else 0
    return f"{COOKIE}={cookie or ''}; Path=/v1; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"
