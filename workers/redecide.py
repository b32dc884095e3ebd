"""Deciding anew what a faulty model or policy decided, where no human has touched it."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from service.domain.comment import Comment
from service.domain.moves import judged, touched_by_people
from service.domain.orders import Move, Moved
from service.domain.ports import CommentStore
from service.domain.site import Site
from service.domain.work import Subject
from service.workflow.shadow import walk
from workers.judge import Judge, Judgement

# A comment may have waited this long for the decision that is being looked for.
LONGEST_WAIT = timedelta(days=7)


class Choice(Struct, frozen=True, kw_only=True):
    """Which decisions to take anew: made in [since, until), by a model's content hash or under a policy version."""

    since: datetime
    until: datetime
    classifier: str | None = None
    policy: int | None = None

    def takes(self, comment: Comment) -> bool:
        """Tell whether a comment's present status was decided by what is in question, and by no human."""
        last = comment.trail[-1] if comment.trail else None
        if last is None or not self.since <= last.at < self.until or touched_by_people(comment):
            return False
        by_model = self.classifier is None or (comment.scores is not None and comment.scores.hash == self.classifier)
        return by_model and (self.policy is None or last.policy_version == self.policy)


class Outcome(Struct, kw_only=True):
    """What came of it: `changes` counts "from → to".

    `lost` were decided by others meanwhile and left alone, `failed` are what the classifier cannot score,
    `unreadable` records are left as they are.
    """

    site: str
    dry_run: bool
    examined: int = 0
    untouched: int = 0
    unchanged: int = 0
    moved: int = 0
    lost: int = 0
    failed: int = 0
    unreadable: int = 0
    changes: dict[str, int] = {}


class Redecider:
    """Rescores with the present classifier and policy, and moves by compare-and-set."""

    def __init__(self, comments: CommentStore, judge: Judge, *, by: str, now: Callable[[], datetime]) -> None:
        """Take the store, the judge, and the name that stands on the trail."""
        self._comments = comments
        self._judge = judge
        self._by = by
        self._now = now

    async def run(self, site: Site, choice: Choice, *, dry_run: bool) -> Outcome:
        """Go through a site's comments once; a second run finds only what is still to do."""
        outcome, changes = Outcome(site=site.id, dry_run=dry_run, changes={}), Counter[str]()
        async for page in walk(self._comments, site, choice.since - LONGEST_WAIT, choice.until):
            outcome.examined += len(page.kept)
            outcome.unreadable += page.unreadable
            chosen = [kept.comment for kept in page.kept if choice.takes(kept.comment)]
            outcome.untouched += len(page.kept) - len(chosen)
            subjects = await self._comments.subjects(site, chosen)
            outcome.untouched += len(chosen) - len(subjects)
            for subject, judgement in zip(subjects, self._judged(subjects), strict=True):
                if judgement is None:
                    outcome.failed += 1
                    continue
                change = _change(subject.comment, judgement)
                if change is None:
                    outcome.unchanged += 1
                    continue
                changes[change] += 1
                if not dry_run:
                    done = await self._move(site, subject, judgement)
                    outcome.moved += done
                    outcome.lost += not done
        outcome.changes = dict(changes)
        return outcome

    def _judged(self, subjects: Sequence[Subject]) -> list[Judgement | None]:
        """Judge comments; None stands for one that fails alone. Raises BrokenClassifier."""
        try:
            return list(self._judge.judge(subjects))
        except Exception:  # noqa: BLE001 - poison and a broken model look alike: the control text tells
            self._judge.scorer.prove()
            if len(subjects) == 1:
                return [None]
            return [judgement for subject in subjects for judgement in self._judged([subject])]

    async def _move(self, site: Site, subject: Subject, judgement: Judgement) -> bool:
        after = judged(
            subject.comment,
            judgement.verdict,
            judgement.scores,
            by=self._by,
            at=self._now(),
            policy_version=subject.policy.version,
            reasons=judgement.reasons,
            actor="redecision",
        )
        return isinstance(await self._comments.move(site, Move(before=subject.comment, after=after)), Moved)


def _change(comment: Comment, judgement: Judgement) -> str | None:
    """Name what would change: the status, or in mode `post` whether moderators should look at what is published."""
    after = judgement.verdict
    if comment.status != after.status:
        return f"{comment.status} → {after.status}"
    return "approved → approved, to be looked at" if after.look and not comment.look else None
