"""Scores become a verdict; what cannot be scored becomes a human's."""

from collections.abc import Sequence
from datetime import datetime

from service.domain.comment import Comment, Reason, Signals
from service.domain.moves import held_by_system
from service.domain.orders import Move
from service.domain.policy import Facts, Rule, Verdict, decide
from service.domain.scores import Scores
from service.domain.work import Subject, Waiting


def verdict_on(
    subject: Subject,
    scores: Scores,
    *,
    name_scores: dict[str, float],
    uncovered: str | None,
    rules: Sequence[Rule],
    cleared: bool = False,
) -> Verdict:
    """Judge one comment by its site's policy; `cleared` if the scores are low ones of the fast classifier."""
    facts = Facts(
        body=subject.comment.body,
        scores=scores,
        name_scores=name_scores,
        uncovered=uncovered,
        parent_shown=subject.parent_shown,
        mode=subject.mode,
        policy=subject.policy,
        cleared=cleared,
        author=subject.comment.author,
        signals=subject.comment.signals or Signals(),
        around=subject.around,
    )
    return decide(facts, rules)


def burial_move(waiting: Waiting, error: str, *, worker: str, at: datetime) -> Move:
    """Put before a human what no worker could classify; `error` is the exception's class name alone."""
    reason = Reason(rule="queue", code="classifier-failed")
    comment = waiting.subject.comment
    after = held_by_system(comment, reason, by=worker, at=at)
    return Move(before=comment, after=after, entry=waiting.entry, buried=error)


def name_text(comment: Comment) -> str:
    """Give what is scored beside the body: the author's name and website."""
    return f"{comment.author.name} {comment.author.website}".strip()
