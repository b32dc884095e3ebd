"""The key behind keyed hashes of devices, e-mail and IP addresses.

It must outlive a change of GATEPOST_SECRET, or every author would become a stranger; and it must not lie open beside
the hashes, or an e-mail could be guessed from a copy of the data. So it is random, kept once, and sealed under the
secrets (Fernet): any of them opens it, and the first seals it anew.
"""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from service.domain.errors import GatepostError
from service.storage.directory_keys import PEPPER
from service.storage.link import Link


class WrongSecret(GatepostError):
    """None of the secrets opens this data."""


async def load_pepper(link: Link, secret_list: tuple[str, ...]) -> bytes:
    """Open the stored key, or make it; 32 bytes. Raises WrongSecret when no secret fits."""
    box = _box(secret_list)
    await link.write("SET", PEPPER, box.encrypt(secrets.token_bytes(32)), "NX")
    sealed = await link.read("GET", PEPPER)
    pepper = unseal(sealed, secret_list)
    try:
        _fernet(secret_list[0]).decrypt(sealed)
    except InvalidToken:
        # The secret was changed: seal anew, so that the old one can be dropped later.
        await link.write("SET", PEPPER, box.rotate(sealed))
    return pepper


def unseal(sealed: bytes, secret_list: tuple[str, ...]) -> bytes:
    """Open a sealed key; 32 bytes. Raises WrongSecret when no secret fits."""
    try:
        return _box(secret_list).decrypt(sealed)
    except InvalidToken as error:
        message = "None of the secrets in GATEPOST_SECRET belongs to this data."
        raise WrongSecret(message) from error


def _box(secret_list: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([_fernet(secret) for secret in secret_list])


def _fernet(secret: str) -> Fernet:
    key = hashlib.sha256(b"gatepost pepper\0" + secret.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
