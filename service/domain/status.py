"""Where a comment may go from where it is: the one table of the lifecycle."""

from typing import Literal, get_args

Status = Literal["pending", "approved", "held", "rejected", "deleted"]
STATUSES: tuple[Status, ...] = get_args(Status)

Actor = Literal[
    "worker",
    "system",
    "moderator",
    "report",
    "appeal",
    "author",
    "redecision",
    "operator",
    "erasure",
    "retention",
]
ACTORS: tuple[Actor, ...] = get_args(Actor)

# Who decides without a human: what a freeze of the site stops.
MACHINES: frozenset[Actor] = frozenset({"worker", "redecision"})

_NOWHERE: frozenset[Status] = frozenset()

MOVES: dict[tuple[Actor, Status], frozenset[Status]] = {
    ("worker", "pending"): frozenset({"approved", "held", "rejected"}),
    ("system", "pending"): frozenset({"held"}),
    # Of an author who is blocked, what waits.
    ("moderator", "pending"): frozenset({"rejected"}),
    # To itself: a note, an escalation, or that what was published to be looked at was looked at.
    ("moderator", "held"): frozenset({"approved", "held", "rejected"}),
    ("moderator", "approved"): frozenset({"approved", "held", "rejected"}),
    ("moderator", "rejected"): frozenset({"approved", "held", "rejected"}),
    ("report", "approved"): frozenset({"held"}),
    ("appeal", "rejected"): frozenset({"held"}),
    # To itself: in mode `post` a published comment may be one that should be looked at.
    ("redecision", "approved"): frozenset({"approved", "held", "rejected"}),
    ("redecision", "held"): frozenset({"approved", "rejected"}),
    ("redecision", "rejected"): frozenset({"approved", "held"}),
    # Only what was put before a human because no worker could judge it: see `moves.retried`.
    ("operator", "held"): frozenset({"pending"}),
    ("author", "pending"): frozenset({"deleted"}),
    ("author", "approved"): frozenset({"pending", "deleted"}),
    ("author", "held"): frozenset({"pending", "deleted"}),
    ("author", "rejected"): frozenset({"pending", "deleted"}),
    ("erasure", "pending"): frozenset({"deleted"}),
    ("erasure", "approved"): frozenset({"deleted"}),
    ("erasure", "held"): frozenset({"deleted"}),
    ("erasure", "rejected"): frozenset({"deleted"}),
    ("retention", "approved"): frozenset({"deleted"}),
    ("retention", "held"): frozenset({"deleted"}),
    ("retention", "rejected"): frozenset({"deleted"}),
}


def may_move(actor: Actor, before: Status, after: Status) -> bool:
    """Tell whether an actor may move a comment from one status to another."""
    return after in MOVES.get((actor, before), _NOWHERE)
