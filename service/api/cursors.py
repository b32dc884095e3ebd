"""Cursors: opaque to clients, checked whole when they come back."""

import base64
import binascii
import math
from typing import TypeVar

import msgspec
from msgspec import Struct

from service.domain.errors import Refused
from service.domain.ids import is_id
from service.domain.views import ReviewSort, Sort


class ListCursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last row of a thread's page and the order it was read in."""

    sort: Sort
    id: str


class ReviewCursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last row looked at for a moderator's page, and the order it was read in."""

    sort: ReviewSort
    score: float
    id: str


Cursor = TypeVar("Cursor", ListCursor, ReviewCursor)


def write(cursor: ListCursor | ReviewCursor) -> str:
    """Write a cursor as base64url."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read(text: str, kind: type[Cursor], sort: str) -> Cursor:
    """Read a cursor back; raises Refused for one that was forged or belongs to another order."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(raw, type=kind)
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise _forged() from error
    score = cursor.score if isinstance(cursor, ReviewCursor) else 0.0
    if not is_id(cursor.id) or cursor.sort != sort or not math.isfinite(score):
        raise _forged()
    return cursor


def _forged() -> Refused:
    return Refused("The cursor was not made for this list and order.", slug="invalid-cursor")
