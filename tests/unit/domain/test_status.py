"""The table of the lifecycle, every cell of it."""

import itertools

import pytest

from service.domain.status import ACTORS, MOVES, STATUSES, Actor, Status, may_move

ALLOWED: set[tuple[str, str, str]] = {
    ("worker", "pending", "approved"),
    ("worker", "pending", "held"),
    ("worker", "pending", "rejected"),
    ("system", "pending", "held"),
    ("moderator", "pending", "rejected"),
    ("moderator", "held", "approved"),
    ("moderator", "held", "held"),
    ("moderator", "approved", "approved"),
    ("moderator", "rejected", "rejected"),
    ("moderator", "held", "rejected"),
    ("moderator", "approved", "held"),
    ("moderator", "approved", "rejected"),
    ("moderator", "rejected", "approved"),
    ("moderator", "rejected", "held"),
    ("report", "approved", "held"),
    ("appeal", "rejected", "held"),
    ("redecision", "approved", "approved"),
    ("redecision", "approved", "held"),
    ("redecision", "approved", "rejected"),
    ("redecision", "held", "approved"),
    ("redecision", "held", "rejected"),
    ("redecision", "rejected", "approved"),
    ("redecision", "rejected", "held"),
    ("operator", "held", "pending"),
    ("author", "approved", "pending"),
    ("author", "held", "pending"),
    ("author", "rejected", "pending"),
    ("author", "pending", "deleted"),
    ("author", "approved", "deleted"),
    ("author", "held", "deleted"),
    ("author", "rejected", "deleted"),
    ("erasure", "pending", "deleted"),
    ("erasure", "approved", "deleted"),
    ("erasure", "held", "deleted"),
    ("erasure", "rejected", "deleted"),
    ("retention", "approved", "deleted"),
    ("retention", "held", "deleted"),
    ("retention", "rejected", "deleted"),
}


@pytest.mark.parametrize(("actor", "before", "after"), list(itertools.product(ACTORS, STATUSES, STATUSES)))
def test_every_move_is_allowed_or_not(actor: Actor, before: Status, after: Status) -> None:
    assert may_move(actor, before, after) is ((actor, before, after) in ALLOWED)


def test_the_table_names_nothing_unknown() -> None:
    assert {actor for actor, _ in MOVES} <= set(ACTORS)
    assert {status for _, status in MOVES} <= set(STATUSES)


def test_nothing_leaves_the_deleted_and_only_author_erasure_and_retention_delete() -> None:
    assert not any(may_move(actor, "deleted", to) for actor in ACTORS for to in STATUSES)
    assert {actor for actor, before, to in itertools.product(ACTORS, STATUSES, STATUSES) if to == "deleted"} == set(
        ACTORS
    )
    assert {actor for actor in ACTORS for s in STATUSES if may_move(actor, s, "deleted")} == {
        "author",
        "erasure",
        "retention",
    }


def test_only_a_worker_a_moderator_or_a_redecision_publishes() -> None:
    publishers = {actor for actor in ACTORS for s in STATUSES if may_move(actor, s, "approved")}
    assert publishers == {"worker", "moderator", "redecision"}
    # What waits is a worker's alone to publish.
    assert {actor for actor in ACTORS if may_move(actor, "pending", "approved")} == {"worker"}
