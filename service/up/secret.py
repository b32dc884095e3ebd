"""The secret of this folder, made once."""

import secrets

from service.settings import SECRET_BYTES
from service.up.durable import write_private
from service.up.places import Places
from service.up.trouble import CannotStart


def ensure_secret(places: Places) -> str:
    """Read the secret, or make one of 256 random bits; raises CannotStart for a file that was cut short.

    The file may hold several, separated by white space, while one replaces another: the first signs, all verify.
    """
    if not places.secret.exists():
        # Whole or not at all: half a secret would be read as the secret ever after.
        write_private(places.secret, secrets.token_hex(SECRET_BYTES) + "\n")
    places.secret.chmod(0o600)
    text = places.secret.read_text(encoding="utf-8").strip()
    if not text or any(len(part.encode()) < SECRET_BYTES for part in text.split()):
        message = (
            f"{places.secret} holds no secret of at least {SECRET_BYTES} bytes. Put the old one back if you have it: "
            "without it, authors' tokens and what is known of authors are lost with the file."
        )
        raise CannotStart(message)
    return text
