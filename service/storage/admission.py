"""What the submit script says, as the workflow hears it."""

from typing import Any

from service.domain.blocking import blocked
from service.domain.errors import Conflict, GatepostError, NotFound, TooMany, Unavailable, site_closed
from service.domain.orders import Accepted

# Refusals that are the same for everyone: their class, their problem type and what is said.
_REFUSALS: dict[bytes, tuple[type[GatepostError], str, str]] = {
    b"site": (NotFound, "unknown-site", "There is no such site any more."),
    b"mismatch": (
        Conflict,
        "idempotency-mismatch",
        "The key was used within the last 24 hours for a submission with another content.",
    ),
    b"closed": (Conflict, "thread-closed", "This thread takes no more comments."),
    b"parent": (NotFound, "unknown-parent", "This thread has no such comment to answer."),
    b"duplicate": (
        Conflict,
        "duplicate-comment",
        "You sent the same comment to this page a moment ago; it is there, or is being checked.",
    ),
    b"withdrawn": (Conflict, "parent-withdrawn", "The comment being answered was withdrawn."),
}


def accepted(answer: list[Any]) -> Accepted:
    """Read what the submit script answered; raises Conflict, Forbidden, NotFound, TooMany or Unavailable."""
    said = answer[0]
    if said in _REFUSALS:
        refusal, slug, message = _REFUSALS[said]
        raise refusal(message, slug=slug)
    match said:
        case b"ok" | b"replay":
            return Accepted(id=answer[1].decode(), secret_id=answer[2].decode(), replayed=said == b"replay")
        case b"frozen":
            raise site_closed(int(answer[1]))
        case b"blocked":
            raise blocked()
        case b"slow":
            message = "Whoever has just written here waits a little before the next comment."
            raise TooMany(message, retry_after=max(1, int(answer[1])), slug="slow-mode")
        case b"rate":
            what = {b"address": "this address", b"author": "this author", b"threads": "this address (new threads)"}
            message = f"Too many comments from {what[answer[1]]}."
            raise TooMany(message, retry_after=max(1, int(answer[2])))
        case _:
            # The workflow, which knows how fast the workers are, says when to come back.
            message = "Too many comments wait to be checked."
            raise Unavailable(message, retry_after=0)
