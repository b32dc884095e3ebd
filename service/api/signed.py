"""Authors whom their site signs: a JWT (HS256) in the submission, verified here and never stored or logged."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import jwt
import msgspec
from msgspec import Struct

from service.domain.comment import Signed
from service.domain.errors import Refused
from service.domain.site import Site
from service.domain.tokens import AuthorTokens

TOKEN_CHARACTERS = 4_096
LONGEST_SECONDS = 24 * 3600
# The site's clock and ours may go apart by this much.
SKEW_SECONDS = 60
_ALGORITHM = "HS256"
_SLUG = "author-not-signed"


class _Claims(Struct, frozen=True, kw_only=True):
    sub: str
    exp: float
    name: str | None = None
    # Whatever else a site calls roles is its own business.
    role: Any = None
    aud: str | tuple[str, ...] | None = None
    nbf: float | None = None
    iat: float | None = None


_claims = msgspec.json.Decoder(_Claims)
_jws = jwt.PyJWS(algorithms=[_ALGORITHM])


def signed_author(token: str, site: Site, tokens: AuthorTokens, now: datetime) -> Signed:
    """Read whom a site vouches for; raises Refused for a token that is too long, forged, for elsewhere or run out.

    What is refused is told in words that help the site's developer and quote nothing of the token.
    """
    if len(token) > TOKEN_CHARACTERS:
        message = f"The author's token is longer than {TOKEN_CHARACTERS} characters."
        raise Refused(message, slug=_SLUG)
    keys = [key for number in site.signing_generations(now) for key in tokens.signing_keys(site.id, number)]
    payload = _opened(token, keys)
    if payload is None:
        message = "The author's token is not signed with HS256 by this site's signing key."
        raise Refused(message, slug=_SLUG)
    try:
        claims = _claims.decode(payload)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        message = "The author's token needs `sub` (a string) and `exp` (seconds); see docs/POLICY.md."
        raise Refused(message, slug=_SLUG) from error
    trouble = _trouble(claims, site, now.timestamp())
    if trouble:
        message = f"The author's token {trouble}."
        raise Refused(message, slug=_SLUG)
    return Signed(sub=claims.sub, name=claims.name or "", staff=claims.role == "staff")


def _opened(token: str, keys: Sequence[str]) -> bytes | None:
    """Give what was signed by one of the keys; only ever HS256, whatever the token's head says."""
    for key in keys:
        try:
            payload: bytes = _jws.decode(token, key, algorithms=[_ALGORITHM])
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            # No token at all, another algorithm or a head that asks for more than is understood: no key will help.
            return None
        return payload
    return None


def _trouble(claims: _Claims, site: Site, now: float) -> str | None:
    # Each comparison is false for what is no number, so each says what is good.
    if not claims.exp > now - SKEW_SECONDS:
        return "has run out"
    if not claims.exp <= now + LONGEST_SECONDS + SKEW_SECONDS:
        return "is good for more than 24 hours: give it a nearer `exp`"
    if any(begins is not None and not begins <= now + SKEW_SECONDS for begins in (claims.nbf, claims.iat)):
        return "is not good yet"
    audience = (claims.aud,) if isinstance(claims.aud, str) else claims.aud
    if audience is not None and site.id not in audience:
        return "is for another site: `aud` is not this site's id"
    return None
