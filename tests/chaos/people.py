"""What people do to the store: moderators and authors, on what they saw at some time.

As everywhere in the machine, a rule that finds nothing to do does nothing.
"""

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from service.domain.claiming import Claim
from service.domain.comment import Comment
from service.domain.status import Status
from service.domain.views import ReviewQuery
from tests.chaos.stage import Stage

_VERDICTS: tuple[Status, ...] = ("approved", "held", "rejected")
_picks = st.integers(0, 1_000)
_moderators = st.sampled_from(("anna", "ben"))


class People(Stage):
    """The rules of people."""

    def __init__(self) -> None:
        """Know of no claim, and of nothing that was decided."""
        super().__init__()
        # The number that each moderator was given last of each comment: it may have passed on.
        self.numbers_of: dict[tuple[str, str], int] = {}

    @precondition(lambda self: self.seen)
    @rule(pick=_picks, to=st.sampled_from(_VERDICTS), by=_moderators, claimed=st.booleans())
    def moderate(self, pick: int, to: Status, by: str, *, claimed: bool) -> None:
        comment = self.once_seen(pick)
        self._moderate(comment, to, by, self.numbers_of.get((comment.id, by)) if claimed else None)

    def _moderate(self, comment: Comment, to: Status, by: str, claim: int | None) -> None:
        if comment.status in _VERDICTS and (to != comment.status or comment.look):
            self.do(self.writer.decide(comment, to, by=by, claim=claim))

    @precondition(lambda self: self.seen)
    @rule(pick=_picks)
    def edit(self, pick: int) -> None:
        comment = self.once_seen(pick)
        if comment.status in _VERDICTS:
            self.do(self.writer.edit(comment, f"{comment.body} Anew."))

    @precondition(lambda self: self.seen)
    @rule(pick=_picks)
    def withdraw(self, pick: int) -> None:
        comment = self.once_seen(pick)
        if comment.status != "deleted":
            self.do(self.writer.delete(comment))

    # Few rules that do many things: the more rules there are, the seldomer each comes.

    @precondition(lambda self: self.seen)
    @rule(what=st.sampled_from(("one", "next", "contested", "kept", "released")), pick=_picks, by=_moderators)
    def claim(self, what: str, pick: int, by: str) -> None:
        if what == "one":
            self._claim_one(self.once_seen(pick), by)
        elif what == "next":
            query = ReviewQuery(status="held", sort="first", limit=1 + pick % 6)
            found = self.wait(self.backend.claims.next(self.site, query, by=by))
            assert [comment for comment, _ in found] == self.model.next_for(query.limit)
            self._claimed([claim for _, claim in found], by)
        elif what == "contested":
            comment = self.model.records[self.once_seen(pick).id]
            self._claim_one(comment, "anna")
            self._moderate(comment, "rejected" if comment.status == "approved" else "approved", "ben", None)
        elif self.numbers_of:
            self._keep_or_release(pick, renew=what == "kept")

    def _claim_one(self, comment: Comment, by: str) -> None:
        possible = self.model.claimable(comment, by)
        claims = self.wait(self.backend.claims.take(self.site, [comment], by=by, most=1))
        assert [claim.id for claim in claims] == ([comment.id] if possible else [])
        self._claimed(claims, by)

    def _claimed(self, claims: list[Claim], by: str) -> None:
        for claim in claims:
            kept = self.model.claims.get(claim.id)
            assert claim.number == kept[0] if kept else claim.number > max(self.model.numbers.values(), default=0)
            self.model.claims[claim.id] = (claim.number, by)
            self.model.numbers[claim.id] = self.numbers_of[claim.id, by] = claim.number

    def _keep_or_release(self, pick: int, *, renew: bool) -> None:
        (comment_id, by), number = list(self.numbers_of.items())[pick % len(self.numbers_of)]
        theirs = self.model.claims.get(comment_id) == (number, by)
        if renew:
            (until,) = self.wait(self.backend.claims.renew(self.site, [(comment_id, number)], by=by))
            assert (until is not None) == theirs
            return
        self.wait(self.backend.claims.release(self.site, [(comment_id, number)], by=by))
        if theirs:
            del self.model.claims[comment_id]

    @precondition(lambda self: self.seen)
    @rule(what=st.sampled_from(("note", "escalate", "undo", "undo")), pick=_picks, by=_moderators)
    def think_again(self, what: str, pick: int, by: str) -> None:
        comment = self.once_seen(pick)
        if what == "undo":
            self._undo(pick)
        elif what == "note" and comment.status in _VERDICTS:
            self.do(self.writer.note(comment, by=by))
        elif what == "escalate" and comment.status == "held" and not comment.escalated:
            self.do(self.writer.escalate(comment, by=by))

    def _undo(self, pick: int) -> None:
        """Whoever decided takes it back, of what they saw: it is as it was before, or somebody was quicker."""
        undoable = [c for c in (*self.seen, *self.model.records.values()) if c.former]
        if not undoable:
            return
        comment = undoable[pick % len(undoable)]
        decision = next(d for d in comment.trail if comment.former and d.id == comment.former.decision)
        move = self.writer.undo(comment, by=decision.by, seconds=10**6)
        was = [m.before for m in self.moves if m.after.trail[-1].id == decision.id]
        assert _without_history(move.after) == _without_history(was[0])
        self.do(move)


def _without_history(comment: Comment) -> Comment:
    """Leave out what only ever grows."""
    return msgspec.structs.replace(comment, version=0, trail=(), notes=(), former=None)
