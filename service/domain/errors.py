"""What can go wrong, as one tree.

    GatepostError
     ├─ Refused             the caller asked for what cannot be: tell them why, change nothing
     │   ├─ Invalid         a field's content; carries a fault per path
     │   ├─ NotFound        no such site, thread, comment or parent
     │   ├─ Forbidden       the credential or origin does not reach this
     │   ├─ Unauthorised    no credential, or one that is not valid
     │   ├─ Conflict        the state says no: closed, mismatched, decided by somebody else
     │   │   └─ LostRace    names the decision that was there first
     │   ├─ Precondition    the caller's version is not the stored one
     │   └─ TooMany         a limit; carries when to come back
     └─ Unavailable         not the caller's fault; carries when to come back
         ├─ StorageDown     Redis cannot be reached or cannot write
         ├─ NoWorker        nobody is there to score a text
         └─ Late            a text was not scored in time

`slug` is the public problem `type`: every one stands in SLUGS, once, and is never renamed.
"""

from msgspec import Struct

SLUGS: dict[str, str] = {
    "malformed-request": "The request could not be read.",
    "invalid-request": "The request does not have the expected form.",
    "invalid-field": "A field's content cannot be accepted.",
    "invalid-cursor": "The cursor is not one that this list gave out.",
    "invalid-idempotency-key": "The Idempotency-Key is not usable.",
    "invalid-policy": "The policy cannot be accepted.",
    "body-too-large": "The request body is too large.",
    "unsupported-media-type": "The request body's media type is not supported.",
    "method-not-allowed": "This method is not allowed here.",
    "not-found": "There is nothing at this address.",
    "unknown-site": "There is no such site.",
    "unknown-comment": "There is no such comment.",
    "unknown-parent": "There is no such comment to answer in this thread.",
    "unknown-thread": "There is no such thread.",
    "unauthorised": "A valid credential is needed.",
    "forbidden": "This credential does not reach that.",
    "origin-not-allowed": "This site does not accept comments from that origin.",
    "thread-closed": "This thread is closed.",
    "site-closed": "This site takes no comments at the moment.",
    "parent-withdrawn": "The comment being answered is no longer shown.",
    "idempotency-mismatch": "This Idempotency-Key was used for another request.",
    "move-not-allowed": "A comment in this status cannot be moved like that.",
    "lost-race": "Somebody else decided first.",
    "site-exists": "There is already a site with this id.",
    "language-not-covered": "The classifier was not evaluated on a language of this site.",
    "version-mismatch": "The stored version is another one.",
    "precondition-required": "Say which version is being replaced.",
    "rate-limited": "Too many requests.",
    "queue-full": "The queue is full.",
    "overloaded": "More is asked at once than can be served.",
    "streams-full": "Too many live streams are open.",
    "storage-unavailable": "The storage cannot be reached.",
    "no-worker": "No worker can score this now.",
    "scoring-late": "The text was not scored in time.",
    "blocked": "This site takes no comments from you.",
    "slow-mode": "This thread takes comments slowly.",
    "address-unknown": "It is not known any more from which address this came.",
    "too-many-blocks": "There are too many blocks.",
    "duplicate-comment": "The same comment was sent a moment ago.",
    "author-not-signed": "The site did not sign this author.",
    "appeal-not-possible": "This cannot be appealed.",
    "internal-error": "Something went wrong on our side.",
    "house-rule-required": "A rejection names the house rule that it rests on.",
    "needs-senior": "This waits for a senior moderator.",
    "severe-needs-reading": "This is decided by whoever has read it.",
    "too-late-to-undo": "The time in which a decision can be taken back is over.",
    "unknown-decision": "There is no such decision.",
    "csrf-required": "A page must prove that it is ours.",
    "unknown-version": "There is no such version of this policy.",
    "audit-over": "This audit was judged before, or its comment has changed.",
}


class Fault(Struct, frozen=True, kw_only=True):
    """One fault of a request: where, as a path like `$.body`, and what."""

    path: str
    message: str


class GatepostError(Exception):
    """Say what went wrong in words that may be shown to the caller."""

    slug = "internal-error"

    def __init__(self, detail: str, *, slug: str | None = None) -> None:
        """Take the detail and, where a class covers several problems, the slug."""
        super().__init__(detail)
        self.detail = detail
        if slug is not None:
            self.slug = slug


class Refused(GatepostError):
    """The caller asked for what cannot be."""

    slug = "invalid-request"


class Invalid(Refused):
    """A field's content cannot be accepted."""

    slug = "invalid-field"

    def __init__(self, faults: tuple[Fault, ...], *, slug: str | None = None) -> None:
        """Take every fault found, at least one."""
        super().__init__("; ".join(f"{fault.path}: {fault.message}" for fault in faults), slug=slug)
        self.faults = faults


class NotFound(Refused):
    """No such thing, or none that the caller may know of."""

    slug = "not-found"


class Forbidden(Refused):
    """The credential or origin does not reach this."""

    slug = "forbidden"


class Unauthorised(Refused):
    """No credential, or one that is not valid."""

    slug = "unauthorised"


class Conflict(Refused):
    """The present state does not allow it."""

    slug = "move-not-allowed"


def site_closed(left_ms: int = 0) -> Conflict:
    """Say that the operator has closed a site; `left_ms`, when known, is for how many milliseconds more."""
    again = f" It opens again in {max(1, left_ms // 60_000 + 1)} min." if left_ms > 0 else ""
    return Conflict(f"The people who run this site have closed it to new comments.{again}", slug="site-closed")


class LostRace(Conflict):
    """Somebody else decided first; says who, when and what. For moderators only."""

    slug = "lost-race"

    def __init__(
        self,
        *,
        decided_by: str,
        decided_at: str,
        decided_to: str,
        version: int,
        decided_by_name: str = "",
        claimed_by: str | None = None,
    ) -> None:
        """Take the winning decision: its maker, RFC 3339 time, status and the version it left.

        `claimed_by` is there where nobody decided: whose claim stands in the way, empty where one's own has passed on.
        """
        said = f"Already {decided_to} by {decided_by_name or decided_by or 'the classifier'}."
        if claimed_by is not None:
            said = "Somebody else is deciding this." if claimed_by else "Your claim on this has passed."
        super().__init__(said)
        self.decided_by, self.decided_at, self.decided_to = decided_by, decided_at, decided_to
        self.decided_by_name, self.claimed_by = decided_by_name, claimed_by
        self.version = version


class Precondition(Refused):
    """The caller's version is not the stored one."""

    slug = "version-mismatch"


class TooMany(Refused):
    """A limit was reached; `retry_after` is in seconds."""

    slug = "rate-limited"

    def __init__(self, detail: str, *, retry_after: int, slug: str | None = None) -> None:
        """Take the whole seconds after which a new try can succeed."""
        super().__init__(detail, slug=slug)
        self.retry_after = retry_after


class Unavailable(GatepostError):
    """Not the caller's fault; `retry_after` is in seconds."""

    slug = "queue-full"

    def __init__(self, detail: str, *, retry_after: int, slug: str | None = None) -> None:
        """Take the whole seconds after which a new try can succeed."""
        super().__init__(detail, slug=slug)
        self.retry_after = retry_after


class StorageDown(Unavailable):
    """Redis cannot be reached or cannot write."""

    slug = "storage-unavailable"


class NoWorker(Unavailable):
    """Nobody is there to score a text."""

    slug = "no-worker"


class Late(Unavailable):
    """A text was not scored whole by its deadline."""

    slug = "scoring-late"
