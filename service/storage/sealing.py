"""Questions sealed for one worker: their texts are legible neither on the wire to Redis nor in its slow log."""

import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES, _NONCE_BYTES = 32, 12
_PEERS = 256


class Broken(ValueError):
    """Bytes that nobody sealed for this process, or that were changed on the way."""


class Sealer:
    """One process's key pair: X25519, and AES-256-GCM with what two processes derive from theirs.

    The private key lives as long as the process and is written nowhere.
    """

    def __init__(self) -> None:
        """Make the pair."""
        self._private = X25519PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()
        self._shared = lru_cache(maxsize=_PEERS)(self._derive)

    def _derive(self, peer: bytes) -> AESGCM:
        # An exchange costs as much as reading a comment by the fast classifier: once a peer is enough.
        secret = self._private.exchange(X25519PublicKey.from_public_bytes(peer))
        return AESGCM(HKDF(SHA256(), _KEY_BYTES, None, b"gatepost express").derive(secret))

    def seal(self, message: bytes, peer: bytes) -> bytes:
        """Seal a message for the process whose public key, 32 bytes, is `peer`; raises ValueError if it is none."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self.public + nonce + self._shared(peer).encrypt(nonce, message, None)

    def open(self, sealed: bytes) -> bytes:
        """Open what was sealed for this process; raises Broken."""
        peer, rest = sealed[:_KEY_BYTES], sealed[_KEY_BYTES:]
        try:
            return self._shared(peer).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError) as error:
            message = "not sealed for this process"
            raise Broken(message) from error
