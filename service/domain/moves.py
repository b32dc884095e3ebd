"""How a comment moves: the record after a decision, made from the record before."""

import secrets
from datetime import datetime
from typing import Literal

import msgspec

from service.domain.appealing import is_independent, standing
from service.domain.comment import Appeal, Author, Comment, Decision, Note, Reason
from service.domain.errors import Conflict, LostRace
from service.domain.policy import Verdict
from service.domain.scores import Scores
from service.domain.status import Actor, Status, may_move


def _decision(
    comment: Comment, *, actor: Actor, by: str, to: Status, at: datetime, reasons: tuple[Reason, ...] = ()
) -> Decision:
    if not may_move(actor, comment.status, to):
        message = f"A comment that is {comment.status} cannot be made {to} by {actor}."
        raise Conflict(message)
    return Decision(
        id=secrets.token_hex(8),
        at=at,
        actor=actor,
        by=by,
        before=comment.status,
        after=to,
        reasons=reasons,
        independent=actor != "moderator" or is_independent(comment, by),
    )


def _moved(comment: Comment, decision: Decision, **changes: object) -> Comment:
    return msgspec.structs.replace(
        comment,
        status=decision.after,
        version=comment.version + 1,
        trail=(*comment.trail, decision),
        **changes,
    )


def judged(
    comment: Comment,
    verdict: Verdict,
    scores: Scores,
    *,
    by: str,
    at: datetime,
    policy_version: int,
    reasons: tuple[Reason, ...] | None = None,
    actor: Actor = "worker",
) -> Comment:
    """Apply a verdict: a worker's on what waits, or a redecision's on what no human has touched.

    `reasons` are the verdict's with the words that raised each score marked; the trail keeps them without, because
    it is kept for ever and says enough with the figures.
    """
    decision = _decision(comment, actor=actor, by=by, to=verdict.status, at=at, reasons=verdict.reasons)
    decision = msgspec.structs.replace(decision, policy_version=policy_version)
    return _moved(
        comment, decision, scores=scores, reasons=reasons or verdict.reasons, look=verdict.look, urgent=verdict.urgent
    )


def touched_by_people(comment: Comment) -> bool:
    """Tell whether a moderator, a report or an appeal has moved a comment since its author last wrote it."""
    for decision in reversed(comment.trail):
        if decision.actor in ("moderator", "report", "appeal"):
            return True
        if decision.actor == "author":
            # What people decided was another text.
            return False
    return False


def held_by_system(comment: Comment, reason: Reason, *, by: str, at: datetime) -> Comment:
    """Hold for a human what no classifier could judge."""
    decision = _decision(comment, actor="system", by=by, to="held", at=at, reasons=(reason,))
    return _moved(comment, decision, reasons=(reason,))


def retried(comment: Comment, *, by: str, at: datetime) -> Comment:
    """Send back to the workers what was held because none could judge it; raises Conflict for anything else."""
    last = comment.trail[-1] if comment.trail else None
    if comment.status != "held" or last is None or last.actor != "system":
        message = "Only what was held because no worker could judge it, and nobody has decided since, is tried again."
        raise Conflict(message)
    decision = _decision(comment, actor="operator", by=by, to="pending", at=at)
    return _moved(comment, decision, reasons=(), scores=None)


def decided(comment: Comment, to: Status, *, moderator: str, at: datetime, statement: str, note: str) -> Comment:
    """Apply a moderator's choice; the classifier's reasons stay on the trail."""
    reason = Reason(rule="moderator", code="moderator-decision")
    decision = _decision(comment, actor="moderator", by=moderator, to=to, at=at, reasons=(reason,))
    notes = (*comment.notes, Note(at=at, by=moderator, text=note)) if note else comment.notes
    return _moved(comment, decision, reasons=(reason,), look=False, statement=statement, notes=notes)


def edited(comment: Comment, body: str, *, at: datetime) -> Comment:
    """Replace the text: the comment waits to be judged again, and the old text is not shown meanwhile."""
    decision = _decision(comment, actor="author", by="author", to="pending", at=at)
    return _moved(
        comment,
        decision,
        body=body,
        edited_at=at,
        scores=None,
        reasons=(),
        look=False,
        statement="",
        urgent=False,
        appeal=None,
    )


def deleted(comment: Comment, *, at: datetime, actor: Literal["author", "erasure", "retention"] = "author") -> Comment:
    """Wipe everything personal at once; what stays is the place, and a trail of ids, times and codes."""
    decision = _decision(comment, actor=actor, by=actor, to="deleted", at=at)
    nobody = Author(key="", strength=comment.author.strength, name="")
    return _moved(
        comment,
        decision,
        author=nobody,
        body="",
        scores=None,
        reasons=(),
        look=False,
        statement="",
        notes=(),
        signals=None,
        escalated=False,
        urgent=False,
        appeal=None,
    )


def reported(comment: Comment, *, reports: int, at: datetime) -> Comment:
    """Put before a human what enough proven readers reported."""
    reason = Reason(rule="reports", code="reported", count=reports)
    decision = _decision(comment, actor="report", by="readers", to="held", at=at, reasons=(reason,))
    return _moved(comment, decision, reasons=(*comment.reasons, reason), look=False)


def appealed(comment: Comment, text: str, *, at: datetime) -> Comment:
    """Put a rejection before a human again, with what its author says; raises Conflict for anything but a rejection."""
    rejection = standing(comment.trail)
    reason = Reason(rule="appeal", code="appealed")
    decision = _decision(comment, actor="appeal", by="author", to="held", at=at, reasons=(reason,))
    against = rejection.id if rejection else ""
    return _moved(comment, decision, appeal=Appeal(at=at, against=against, text=text))


def is_erased(comment: Comment) -> bool:
    """Tell whether a comment was wiped at its author's demand to be forgotten: nothing of it answers them any more."""
    return bool(comment.trail) and comment.trail[-1].actor == "erasure"


def lost_race(current: Comment) -> LostRace:
    """Say who decided first; for a comment that nobody has decided since, its author did by editing."""
    last = current.trail[-1] if current.trail else None
    return LostRace(
        decided_by=last.by if last else "",
        decided_at=last.at.isoformat().replace("+00:00", "Z") if last else "",
        decided_to=current.status,
        version=current.version,
    )
