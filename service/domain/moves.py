"""How a comment moves: the record after a decision, made from the record before."""

import secrets
from datetime import datetime
from typing import Literal

import msgspec

from service.domain.appealing import is_independent
from service.domain.comment import ESCALATED, NOTED, Appeal, Author, Comment, Decision, Former, Note, Reason, standing
from service.domain.errors import Conflict, Forbidden, LostRace, NotFound, Refused
from service.domain.ids import derive
from service.domain.policy import Verdict
from service.domain.scores import Scores
from service.domain.status import Actor, Status, may_move

# More than people tell each other of one comment.
MOST_NOTES = 100


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
        # What a decision replaced can be restored until the next one, whoever makes that.
        **{"former": None, **changes},
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
    last = standing(comment.trail)
    if comment.status != "held" or last is None or last.actor != "system":
        message = "Only what was held because no worker could judge it, and nobody has decided since, is tried again."
        raise Conflict(message)
    decision = _decision(comment, actor="operator", by=by, to="pending", at=at)
    return _moved(comment, decision, reasons=(), scores=None)


def decided(
    comment: Comment,
    to: Status,
    *,
    moderator: str,
    at: datetime,
    statement: str,
    note: str,
    house_rule: str | None = None,
    batch: str = "",
) -> Comment:
    """Apply a moderator's choice; the classifier's reasons stay on the trail.

    To its own status a comment is decided only where it was published to be looked at. A decision of a `batch` has
    always the same id, by which a repeated batch finds its own work.
    """
    if to == comment.status and not comment.look:
        message = f"This comment is {to} already."
        raise Conflict(message)
    reason = Reason(rule="moderator", code="moderator-decision")
    decision = _decision(comment, actor="moderator", by=moderator, to=to, at=at, reasons=(reason,))
    decision = msgspec.structs.replace(decision, house_rule=house_rule, batch=batch)
    if batch:
        decision = msgspec.structs.replace(decision, id=derive(batch, comment.id))
    return _moved(
        comment,
        decision,
        reasons=(reason,),
        look=False,
        statement=statement,
        escalated=False,
        notes=_noted(comment, moderator, at, note),
        former=_former(comment, decision),
    )


def _former(comment: Comment, decision: Decision) -> Former:
    return Former(
        decision=decision.id,
        reasons=comment.reasons,
        look=comment.look,
        statement=comment.statement,
        escalated=comment.escalated,
        urgent=comment.urgent,
    )


def _noted(comment: Comment, moderator: str, at: datetime, note: str) -> tuple[Note, ...]:
    if not note:
        return comment.notes
    if len(comment.notes) >= MOST_NOTES:
        message = f"This comment has {MOST_NOTES} notes already."
        raise Conflict(message)
    return (*comment.notes, Note(at=at, by=moderator, text=note))


def _remark(comment: Comment, code: str, *, moderator: str, at: datetime) -> Decision:
    reason = Reason(rule="moderator", code=code)
    return _decision(comment, actor="moderator", by=moderator, to=comment.status, at=at, reasons=(reason,))


def annotated(comment: Comment, note: str, *, moderator: str, at: datetime) -> Comment:
    """Add a moderator's note to what is decided; the last decision can still be taken back."""
    if not note:
        message = "A note says something."
        raise Refused(message)
    decision = _remark(comment, NOTED, moderator=moderator, at=at)
    return _moved(comment, decision, notes=_noted(comment, moderator, at, note), former=comment.former)


def escalated(comment: Comment, *, moderator: str, at: datetime, note: str) -> Comment:
    """Leave a held comment to a senior moderator; raises Conflict for any other."""
    if comment.status != "held" or comment.escalated:
        message = "Only what is held, and not escalated yet, can be escalated."
        raise Conflict(message)
    decision = _remark(comment, ESCALATED, moderator=moderator, at=at)
    notes = _noted(comment, moderator, at, note)
    return _moved(comment, decision, escalated=True, notes=notes, former=_former(comment, decision))


def needs_senior(comment: Comment) -> bool:
    """Tell whether a senior moderator alone decides a comment; where it is no longer held, anyone takes it down."""
    return comment.escalated and comment.status == "held"


def is_undone(comment: Comment, decision_id: str, *, by: str) -> bool:
    """Tell whether somebody has taken a decision back."""
    return any((decision.undoes, decision.by) == (decision_id, by) for decision in comment.trail if decision.undoes)


def undone(comment: Comment, decision_id: str, *, by: str, at: datetime, seconds: int) -> Comment:
    """Take back a moderator's last decision: everything is again as it found it, and the trail says so.

    For its maker alone, and so many seconds long. Notes stay. Raises NotFound, Forbidden, Conflict, or LostRace where
    the comment was decided again.
    """
    made = next((decision for decision in comment.trail if decision.id == decision_id), None)
    if made is None:
        message = "There is no such decision."
        raise NotFound(message, slug="unknown-decision")
    if (made.actor, made.by) != ("moderator", by):
        message = "Only whoever made a decision takes it back."
        raise Forbidden(message)
    former = comment.former
    if former is None or former.decision != decision_id:
        raise lost_race(comment)
    if (at - made.at).total_seconds() > seconds:
        message = f"A decision can be taken back for {seconds} seconds."
        raise Conflict(message, slug="too-late-to-undo")
    # What no worker had read yet is not queued again: a human reads it.
    to = "held" if made.before == "pending" else made.before
    decision = _decision(comment, actor="moderator", by=by, to=to, at=at, reasons=former.reasons)
    # What holds again is what held before: also the house rule that an earlier rejection named.
    before = standing([d for d in comment.trail if d.id != decision_id])
    decision = msgspec.structs.replace(
        decision, id=derive("undo", decision_id), undoes=decision_id, house_rule=before.house_rule if before else None
    )
    return _moved(
        comment,
        decision,
        reasons=former.reasons,
        look=former.look,
        statement=former.statement,
        escalated=former.escalated,
        urgent=former.urgent,
    )


def edited(comment: Comment, body: str, *, at: datetime, text_key: str = "") -> Comment:
    """Replace the text: the comment waits to be judged again, and the old text is not shown meanwhile.

    `text_key` is the new text's. What the form said was of the old one.
    """
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
        text_key=text_key,
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
        text_key="",
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
