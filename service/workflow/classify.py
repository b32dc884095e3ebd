"""Scores become a verdict, and a verdict a move; pure but for the clock."""

from collections.abc import Sequence
from datetime import datetime

from service.domain.comment import Comment, Reason
from service.domain.moves import held_by_system, judged
from service.domain.policy import Facts, Rule, decide
from service.domain.ports import Move, Waiting
from service.domain.scores import Scores


def verdict_move(
    waiting: Waiting,
    scores: Scores,
    *,
    name_scores: dict[str, float],
    uncovered: str | None,
    rules: Sequence[Rule],
    worker: str,
    at: datetime,
) -> Move:
    """Judge one comment by its site's policy and make the move that applies the verdict."""
    facts = Facts(
        body=waiting.comment.body,
        scores=scores,
        name_scores=name_scores,
        uncovered=uncovered,
        parent_shown=waiting.parent_shown,
        mode=waiting.mode,
        policy=waiting.policy,
    )
    after = judged(
        waiting.comment,
        decide(facts, rules),
        scores,
        by=worker,
        at=at,
        policy_version=waiting.policy.version,
    )
    return Move(before=waiting.comment, after=after, entry=waiting.entry)


def burial_move(waiting: Waiting, error: str, *, worker: str, at: datetime) -> Move:
    """Put before a human what no worker could classify; `error` is the exception's class name alone."""
    reason = Reason(rule="queue", code="classifier-failed")
    after = held_by_system(waiting.comment, reason, by=worker, at=at)
    return Move(before=waiting.comment, after=after, entry=waiting.entry, buried=error)


def name_text(comment: Comment) -> str:
    """Give what is scored beside the body: the author's name and website."""
    return f"{comment.author.name} {comment.author.website}".strip()
