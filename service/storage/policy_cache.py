"""Policies as they are stored, each decoded once for as long as its bytes are met again.

A policy with 50,000 terms takes milliseconds to decode and half a second to make ready; a batch of verdicts reads it
anew. The same bytes give the same object, so that what was made of its terms is found again by `matching.matcher`.
"""

from collections import OrderedDict
from threading import Lock

from service.domain.policy import Policy
from service.storage import codec

KEPT = 1_024
KEPT_BYTES = 8_000_000


class Decoded:
    """The policies met last, bounded in number and in bytes."""

    def __init__(self, *, kept: int = KEPT, kept_bytes: int = KEPT_BYTES) -> None:
        """Take how many are kept, and how many bytes of records."""
        self._kept = kept
        self._kept_bytes = kept_bytes
        self._bytes = 0
        self._known: OrderedDict[bytes, Policy] = OrderedDict()
        self._lock = Lock()

    def policy(self, record: bytes) -> Policy:
        """Decode a stored policy; raises msgspec.MsgspecError for one that cannot be read, each time."""
        with self._lock:
            found = self._known.get(record)
            if found is not None:
                self._known.move_to_end(record)
                return found
            found = codec.policy(record)
            self._known[record] = found
            self._bytes += len(record)
            while len(self._known) > 1 and (len(self._known) > self._kept or self._bytes > self._kept_bytes):
                self._bytes -= len(self._known.popitem(last=False)[0])
            return found


# Of one process: what is kept are pure values under their own bytes, nothing that could differ between two users of it.
_decoded = Decoded()


def policy(record: bytes) -> Policy:
    """Decode a stored policy, or give the one that these bytes were decoded to before."""
    return _decoded.policy(record)
