"""Who asks, and what that lets them do."""

from typing import Any, NoReturn, cast

from litestar import Request

from service.api import signed_in
from service.domain.errors import Forbidden, GatepostError, Unauthorised
from service.domain.site import Principal, Role, Site
from service.domain.tokens import AUTHOR_TOKEN
from service.workflow.appealing import may_still_appeal
from service.workflow.house import House, find_site
from service.workflow.read import speaks_for_author

AnyRequest = Request[Any, Any, Any]
# Longer than any token of ours; a header of a megabyte is not hashed.
_LONGEST = 512
# Where a request's scope says that its credential was wrong.
BAD_CREDENTIAL = "gatepost.bad_credential"


def bearer(request: AnyRequest) -> str | None:
    """Read the bearer token; raises Unauthorised for a header of another kind."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > _LONGEST:
        _wrong(request, Unauthorised("The Authorization header must be `Bearer` and a token."))
    return token


def _wrong(request: AnyRequest, error: GatepostError) -> NoReturn:
    """Refuse a credential that opens nothing; the edge, which sees every route, counts it."""
    cast("dict[str, Any]", request.scope)[BAD_CREDENTIAL] = True
    raise error


async def principal(house: House, request: AnyRequest, *roles: Role) -> Principal:
    """Find who asks, by a token or, of moderators, by the cookie of their sign-in.

    Raises Unauthorised without a valid credential, Forbidden for one of another role or from another site's page.
    """
    token = bearer(request)
    if token is None and "moderator" in roles and (signed := await signed_in.find(house, request)) is not None:
        return signed[0]
    return await holder(house, request, token, *roles)


async def holder(house: House, request: AnyRequest, token: str | None, *roles: Role) -> Principal:
    """Find whom a token speaks for; raises as above, and a wrong one counts."""
    found = await house.directory.principal(token) if token and len(token) <= _LONGEST else None
    if found is None:
        error = Unauthorised("A valid token is needed.")
        if token is None:
            raise error
        _wrong(request, error)
    if found.role not in roles:
        message = f"This needs the token of a {' or '.join(roles)}."
        raise Forbidden(message)
    return found


async def of_site(house: House, request: AnyRequest, site: Site, *roles: Role) -> Principal:
    """Find who asks and insist that their credential reaches a site."""
    found = await principal(house, request, *roles)
    if not found.may(site.id):
        message = "This token does not reach that site."
        raise Forbidden(message)
    return found


async def managed(house: House, request: AnyRequest, site_id: str) -> tuple[Site, Principal]:
    """Find a site and whoever asks, who must be its key or a moderator of it."""
    site = await find_site(house, site_id)
    return site, await of_site(house, request, site, "site", "moderator")


async def sent_by_site(house: House, request: AnyRequest, site: Site) -> bool:
    """Tell whether a write comes with the site's key; without one a browser's origin must be the site's.

    A missing `Origin` is accepted: CORS keeps other sites' pages out, it does not prove who asks.
    """
    if bearer(request) is not None:
        await of_site(house, request, site, "site")
        return True
    origin = request.headers.get("origin")
    if origin is not None and not site.allows_origin(origin):
        message = "Comments for this site are not accepted from that origin."
        raise Forbidden(message, slug="origin-not-allowed")
    return False


async def author_token_of_rejected(house: House, request: AnyRequest, site: Site, comment_id: str) -> None:
    """Insist on the author's token for one comment, past its time as long as a rejection may be appealed.

    Raises Unauthorised or Forbidden.
    """
    token = bearer(request)
    if token is None or not await may_still_appeal(house, token, site, comment_id):
        author_token(house, request, site, comment_id)


def author_token(house: House, request: AnyRequest, site: Site, comment_id: str) -> None:
    """Insist on the author's token for one comment; raises Unauthorised or Forbidden."""
    token = bearer(request)
    if token is None or not token.startswith(AUTHOR_TOKEN):
        message = "The author's token of this comment is needed."
        raise Unauthorised(message)
    if not speaks_for_author(house, token, site, comment_id):
        _wrong(request, Forbidden("This token is not this comment's, or it has expired."))
