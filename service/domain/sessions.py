"""A moderator's sign-in: a cookie of 256 random bits stands for the token that it was made with."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Protocol, runtime_checkable

from msgspec import Struct

SESSION_SECONDS = 12 * 3600
# Longer than any cookie of ours.
COOKIE_LENGTH = 43


class Session(Struct, frozen=True, kw_only=True):
    """A sign-in that has not run out: the hash of the token that it was made with, and when it ends."""

    credential: str
    expires_at: datetime


@runtime_checkable
class Sessions(Protocol):
    """Sign-ins, by the hash of their cookie. Every method raises StorageDown when the storage is away."""

    async def begin(self, session: str, credential: str) -> Session:
        """Store a sign-in for 12 hours."""
        ...

    async def find(self, session: str) -> Session | None:
        """Find a sign-in that has not run out; whether its token is still good is the directory's to say."""
        ...

    async def end(self, session: str) -> None:
        """Forget a sign-in."""
        ...


def mint_cookie() -> str:
    """Make what a browser keeps: 256 random bits as 43 characters of base64url."""
    return secrets.token_urlsafe(32)


def session_of(cookie: str) -> str:
    """Hash a cookie for storage."""
    return hashlib.sha256(b"gatepost session\0" + cookie.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_of(cookie: str) -> str:
    """Derive what a page of ours sends beside its cookie, and another site's page cannot know."""
    return hashlib.sha256(b"gatepost csrf\0" + cookie.encode("utf-8", "surrogatepass")).hexdigest()


def is_csrf(given: str, cookie: str) -> bool:
    """Tell whether a header belongs to a cookie, in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), csrf_of(cookie).encode())
