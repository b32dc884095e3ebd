"""Identifiers: UUIDv7 text that sorts by the time it was minted."""

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def mint(created_at: datetime) -> str:
    """Mint a UUIDv7 for a moment.

    The 48 millisecond bits are followed by 12 bits of the millisecond's fraction (RFC 9562, method 3), so ids
    made by one process in one millisecond still sort by time; 62 bits are random.
    """
    micros = (created_at - _EPOCH) // timedelta(microseconds=1)
    millis, rest = divmod(micros, 1000)
    fraction = rest * 4096 // 1000
    value = (millis << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | secrets.randbits(62)
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def derive(*parts: str) -> str:
    """Make the id, 16 hexadecimal characters, of what must be the same however often it is tried."""
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


def is_id(text: str) -> bool:
    """Tell whether a text is the canonical form of a UUIDv7: 36 characters, lower case."""
    return _UUID7.fullmatch(text) is not None


def minted_at(identifier: str) -> datetime:
    """Read the moment an id was minted from, in UTC, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=int(identifier[:8] + identifier[9:13], 16))


def first_id(moment: datetime) -> str:
    """Give the text below which every id minted before a moment sorts, to the millisecond."""
    millis = (moment - _EPOCH) // timedelta(milliseconds=1)
    digits = f"{max(0, millis):012x}"
    return f"{digits[:8]}-{digits[8:]}-7"
