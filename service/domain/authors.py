"""How authors are told apart: keyed hashes per site, by how strongly each is known."""

from service.domain.comment import Strength
from service.domain.tokens import Hasher

# Whoever types a name may type anybody's: it earns no trust, no export and no erasure.
ACCOUNTABLE: frozenset[Strength] = frozenset({"signed", "device"})


def signed_key(hasher: Hasher, site: str, sub: str) -> str:
    """Hash the `sub` of a site's signed token: the key of a `signed` author."""
    return hasher.hash("signed", site, sub)


def device_key(hasher: Hasher, site: str, device: str) -> str:
    """Hash the random key that a browser keeps: the key of a `device` author."""
    return hasher.hash("device", site, device)


def claimed_key(hasher: Hasher, site: str, name: str, email: str) -> str:
    """Hash what was typed: the key of a `claimed` author; `email` is lower case or empty."""
    return hasher.hash("claimed", site, name.casefold(), email)
