"""Records and moves in one line each."""

from typing import Any

import msgspec

from service.domain import moves
from service.domain.comment import Author, Comment, Reason
from service.domain.ids import mint
from service.domain.orders import Idempotency, Limits, Move, SubmitOrder
from service.domain.policy import Policy, Threshold, Verdict
from service.domain.rule_settings import Rules
from service.domain.scores import Scores
from service.domain.site import Mode, Site
from service.domain.status import Status
from service.domain.work import Entry
from tests.fakes.clock import Clock

THREAD = "/mill"


def site_of(clock: Clock, site_id: str = "mill", *, lane: str = "main", origins: tuple[str, ...] = ()) -> Site:
    """Make a site's record."""
    return Site(
        id=site_id,
        lane=lane,
        origins=origins or ("https://mill.example",),
        languages=("en",),
        created_at=clock(),
    )


def policy_of(
    mode: Mode = "hybrid", *, classifier: str = "toy", rules: Rules | None = None, version: int = 1
) -> Policy:
    """Make a policy for the toy classifier."""
    return Policy(
        version=version,
        classifier=classifier,
        mode=mode,
        thresholds={"toxicity": Threshold(hold=0.5, reject=0.9)},
        rules=rules or Rules(),
    )


def scores_of(toxicity: float = 0.01, **others: float) -> Scores:
    """Make scores."""
    return Scores(labels={"toxicity": toxicity, **others}, classifier="toy", version="1", hash="00")


class Writer:
    """Make comments, orders and moves by one clock."""

    def __init__(self, clock: Clock, site: Site) -> None:
        """Take the clock and the site that everything is of."""
        self.clock = clock
        self.site = site

    def comment(
        self, body: str = "A fine morning.", *, thread: str = THREAD, parent: str | None = None, author: str = "anna"
    ) -> Comment:
        """Make a pending comment."""
        now = self.clock()
        return Comment(
            id=mint(now),
            site=self.site.id,
            thread=thread,
            parent_id=parent,
            author=Author(key=author, strength="claimed", name=author.title()),
            body=body,
            created_at=now,
        )

    def order(
        self,
        comment: Comment | None = None,
        *,
        idempotency: Idempotency | None = None,
        limits: Limits | None = None,
        **fields: Any,
    ) -> SubmitOrder:
        """Make an order for a comment."""
        return SubmitOrder(comment=comment or self.comment(), idempotency=idempotency, limits=limits, **fields)

    def judge(
        self,
        comment: Comment,
        to: Status,
        *,
        entry: Entry | None = None,
        look: bool = False,
        scores: Scores | None = None,
    ) -> Move:
        """Make a worker's move."""
        verdict = Verdict(status=to, look=look, reasons=())
        after = moves.judged(comment, verdict, scores or scores_of(), by="worker-1", at=self.clock(), policy_version=1)
        return Move(before=comment, after=after, entry=entry)

    def redecide(self, comment: Comment, to: Status) -> Move:
        """Make a redecision's move."""
        verdict = Verdict(status=to, look=False, reasons=())
        after = moves.judged(
            comment, verdict, scores_of(), by="redecide-1", at=self.clock(), policy_version=1, actor="redecision"
        )
        return Move(before=comment, after=after)

    def decide(
        self, comment: Comment, to: Status, *, by: str = "moderator-1", claim: int | None = None, statement: str = ""
    ) -> Move:
        """Make a moderator's move."""
        after = moves.decided(comment, to, moderator=by, at=self.clock(), statement=statement, note="")
        return Move(before=comment, after=after, claim=claim)

    def note(self, comment: Comment, *, by: str = "moderator-1") -> Move:
        """Make the move that adds a note."""
        return Move(before=comment, after=moves.annotated(comment, "Seen.", moderator=by, at=self.clock()))

    def escalate(self, comment: Comment, *, by: str = "moderator-1") -> Move:
        """Make the move that leaves a comment to a senior moderator."""
        return Move(before=comment, after=moves.escalated(comment, moderator=by, at=self.clock(), note=""))

    def undo(self, comment: Comment, *, by: str = "moderator-1", seconds: int = 30) -> Move:
        """Make the move that takes back what a moderator did last."""
        decision = comment.former.decision if comment.former else comment.trail[-1].id
        return Move(before=comment, after=moves.undone(comment, decision, by=by, at=self.clock(), seconds=seconds))

    def edit(self, comment: Comment, body: str) -> Move:
        """Make an author's edit."""
        return Move(before=comment, after=moves.edited(comment, body, at=self.clock()), requeue=True)

    def delete(self, comment: Comment) -> Move:
        """Make an author's withdrawal."""
        return Move(before=comment, after=moves.deleted(comment, at=self.clock()))

    def bury(self, comment: Comment, entry: Entry) -> Move:
        """Make the move that puts poison before a human."""
        reason = Reason(rule="queue", code="classifier-failed")
        after = moves.held_by_system(comment, reason, by="worker-1", at=self.clock())
        return Move(before=comment, after=after, entry=entry, buried="ValueError")


def replaced(comment: Comment, **changes: object) -> Comment:
    """Copy a comment with changes."""
    return msgspec.structs.replace(comment, **changes)
