"""Tokens and keyed hashes: what is signed, what is random, and what is only ever compared."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from service.domain.ids import is_id, minted_at

AUTHOR_SECONDS = 30 * 24 * 3600
# So many wrong tokens in a row from one address, then one more every three seconds, before it is told to wait.
BAD_CREDENTIALS = 20
BAD_CREDENTIAL_SECONDS = 3
# How many tokens of one principal may overlap.
TOKENS_AT_ONCE = 8
SITE_KEY = "gps_"
MODERATOR_TOKEN = "gpm_"  # noqa: S105 - a prefix
AUTHOR_TOKEN = "gpa_"  # noqa: S105 - a prefix
COMPAT_KEY = "gpc_"


def mint_token(prefix: str) -> str:
    """Make a credential of 256 random bits behind a prefix that says what it is."""
    return prefix + secrets.token_urlsafe(32)


def credential_hash(token: str) -> str:
    """Hash a token for storage: tokens carry 256 random bits, so a plain hash leads nowhere back."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def secret_id(secret: str) -> str:
    """Name a secret without telling it: 12 hexadecimal characters."""
    return hashlib.sha256(b"gatepost secret id\0" + secret.encode()).hexdigest()[:12]


class AuthorTokens:
    """Author tokens, `gpa_<id>.<expiry>.<HMAC>`: derived, so that a repeated submission returns the same one."""

    def __init__(self, secret_list: tuple[str, ...]) -> None:
        """Take the secrets: the first signs, all verify."""
        self._secrets = {secret_id(secret): secret.encode() for secret in secret_list}
        self.current = secret_id(secret_list[0])

    def sign(self, site: str, comment_id: str, by: str) -> str:
        """Make the token of one comment, valid for 30 days from the comment's making, by the named secret.

        A secret that was dropped meanwhile is replaced by the current one.
        """
        expiry = int(minted_at(comment_id).timestamp()) + AUTHOR_SECONDS
        key = self._secrets.get(by, self._secrets[self.current])
        return f"{AUTHOR_TOKEN}{comment_id}.{expiry}.{_mac(key, site, comment_id, expiry)}"

    def verify(self, token: str, site: str, comment_id: str, now: datetime) -> bool:
        """Tell whether a token is this comment's, in this site, and has not expired."""
        if not token.startswith(AUTHOR_TOKEN) or not token.isascii():
            return False
        claimed_id, _, rest = token[len(AUTHOR_TOKEN) :].partition(".")
        expiry, _, mac = rest.partition(".")
        if claimed_id != comment_id or not is_id(claimed_id) or not expiry.isdecimal() or len(expiry) > 12:  # noqa: PLR2004 - seconds
            return False
        good = [hmac.compare_digest(mac, _mac(key, site, comment_id, int(expiry))) for key in self._secrets.values()]
        return any(good) and now.timestamp() < int(expiry)

    def signing_keys(self, site: str, generation: int) -> tuple[str, ...]:
        """Derive the keys by which a site signs its authors, 43 characters each: the first is the one to give out.

        There is one for each secret, so that a site's key stays good while a secret is replaced.
        """
        return tuple(_derived(key, site, generation) for key in self._secrets.values())


def _derived(key: bytes, site: str, generation: int) -> str:
    digest = hmac.digest(key, f"author signing\n{site}\n{generation}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _mac(key: bytes, site: str, comment_id: str, expiry: int) -> str:
    digest = hmac.digest(key, f"author\n{site}\n{comment_id}\n{expiry}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Hasher:
    """Keyed hashes of what must be told apart and never read."""

    def __init__(self, pepper: bytes) -> None:
        """Take the key: 32 bytes."""
        self._pepper = pepper

    def hash(self, kind: str, *parts: str) -> str:
        """Hash some parts under a kind: 32 hexadecimal characters; parts cannot run into each other."""
        framed = "\0".join([kind, *(f"{len(part)}:{part}" for part in parts)])
        return hmac.digest(self._pepper, framed.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]
