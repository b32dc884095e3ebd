"""A rehearsal: a draft of a policy replayed over what was decided, and what people said of it.

Scores and the other rules' reasons are those that were stored; no text is read. So thresholds, mode and classifier are
replayed exactly, a rule that the draft switches off says nothing, and whatever else the draft changes of a rule is
named as not replayed.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol, runtime_checkable

import msgspec
from msgspec import Struct

from service.domain.policy import Policy
from service.domain.policy_history import differences
from service.domain.rule_settings import Rules
from service.domain.scores import Scores
from service.domain.site import Site
from service.domain.status import Actor, Status

MOST_DECISIONS = 200_000
DAYS, MOST_DAYS = 30, 365
SECONDS = 20.0

Outcome = Literal["approved", "held", "rejected"]
OUTCOMES: tuple[Outcome, ...] = ("approved", "held", "rejected")
# What informs and decides nothing, and what is replayed by its own figures rather than kept.
NOTES = frozenset({"classifier", "fast-clear", "mode", "thresholds"})
# Reasons that reject; every other one of a rule holds.
REJECTING = frozenset({("words", "banned-word")})
# What of a policy says nothing of a verdict.
_ELSEWHERE = (
    *("/house_rules", "/undo_seconds", "/rules/rate", "/rules/size", "/rules/duplicate", "/rules/threads"),
    *("/rules/urgent", "/rules/reports", "/rules/appeals", "/rules/audit", "/rules/retention"),
)
_REPLAYED = ("/thresholds", "/mode", "/classifier")


class PastReason(Struct, frozen=True):
    """What a rule found, as far as it is replayed."""

    rule: str
    code: str
    label: str | None = None
    score: float | None = None


class PastDecision(Struct, frozen=True):
    """One entry of a trail, as far as it is replayed."""

    id: str
    actor: Actor
    after: Status = msgspec.field(name="to")
    reasons: tuple[PastReason, ...] = ()
    policy_version: int | None = None
    undoes: str = ""


class Past(Struct, frozen=True):
    """One decided comment, as far as it is replayed: numbers and codes alone."""

    id: str
    scores: Scores | None = None
    trail: tuple[PastDecision, ...] = ()


class PastPage(Struct, frozen=True):
    """Part of what was decided; `after` is behind which id to go on, nothing at the end."""

    items: tuple[Past, ...]
    unreadable: int
    after: str | None


class Estimate(Struct, frozen=True, kw_only=True):
    """How many comments end up somewhere now and by the draft, and which share of the draft's is right.

    Right is what people would say as well: of what is published the share fit, of what is rejected the share unfit,
    of what is held the share fit. `low` and `high` are the ends of the 95 % interval; all three are nothing where the
    draft's part has comments of which nobody has judged any.
    """

    now: int
    draft: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


class Contradiction(Struct, frozen=True, kw_only=True):
    """How many people's decisions the draft contradicts that are known, and how many there would be in all."""

    known: int
    estimate: float | None = None
    low: float | None = None
    high: float | None = None


class Contradictions(Struct, frozen=True, kw_only=True):
    """What the draft would publish and people found unfit, and what it would reject and they found fit."""

    published_unfit: Contradiction
    rejected_fit: Contradiction


class QueueChange(Struct, frozen=True, kw_only=True):
    """How many comments were put before a human in the days rehearsed, now and by the draft; and a day."""

    now: int
    draft: int
    now_a_day: float
    draft_a_day: float


class RuleChange(Struct, frozen=True, kw_only=True):
    """In how many decisions a rule held or rejected, now and by the draft; thresholds by label."""

    rule: str
    label: str | None
    now: int
    draft: int


class Unaudited(Struct, frozen=True, kw_only=True):
    """A region of which nobody has judged anything: how many comments go from where (now) to where (the draft)."""

    before: Outcome = msgspec.field(name="from")
    after: Outcome = msgspec.field(name="to")
    comments: int


class Rehearsal(Struct, frozen=True, kw_only=True):
    """What a draft would have done over some days.

    `left_out` were decided without scores, or cannot be read. `other_versions` were decided under another version of
    the policy than the one in force. `not_replayed` are the places of the draft whose change is not in the figures.
    """

    days: int
    decided: int
    left_out: int
    other_versions: int
    judged_blind: int
    published: Estimate
    held: Estimate
    rejected: Estimate
    contradicts: Contradictions
    queue: QueueChange
    by_rule: tuple[RuleChange, ...]
    unaudited: tuple[Unaudited, ...]
    not_replayed: tuple[str, ...]


class RehearsalJob(Struct, frozen=True, kw_only=True):
    """What is asked of a worker."""

    site: str
    draft: Policy
    days: int = DAYS


class RehearsalAsked(Struct, frozen=True, kw_only=True):
    """A job as a worker received it: who asked, and how many seconds are left to answer."""

    id: str
    asker: str
    job: RehearsalJob
    seconds: float


class RehearsalAnswer(Struct, frozen=True, kw_only=True):
    """What a worker answers: the rehearsal, or why there is none; with neither, it has its hands full."""

    rehearsal: Rehearsal | None = None
    refused: str = ""


@runtime_checkable
class Rehearsals(Protocol):
    """Rehearsals by the workers; a draft is stored nowhere on the way."""

    async def rehearse(self, job: RehearsalJob, *, seconds: float) -> Rehearsal:
        """Have a live worker rehearse within `seconds`; raises Refused, NoWorker, Late or StorageDown."""
        ...


class RehearsalJobs(Protocol):
    """The worker's side of Rehearsals."""

    def listen(self, worker: str) -> AbstractAsyncContextManager[AsyncIterator[RehearsalAsked]]:
        """Hear the jobs put to a worker; the iterator ends when the connection is lost. Raises StorageDown."""
        ...

    async def answer(self, asked: RehearsalAsked, answer: RehearsalAnswer) -> None:
        """Tell the asker."""
        ...


@runtime_checkable
class Decisions(Protocol):
    """What was decided, read quickly."""

    async def how_many(self, site: Site, *, first: str, last: str) -> int:
        """Count decided comments with ids above `first` and up to `last`."""
        ...

    async def past(self, site: Site, status: Status, *, first: str, last: str) -> PastPage:
        """Read up to 500 comments of a status by id, oldest first: above `first`, up to `last`."""
        ...


def strength_of(reasons: Iterable[PastReason], draft: Policy) -> int:
    """Say how the rules beside the thresholds decide, as far as the draft leaves them: 0 not, 1 hold, 2 reject."""
    strength = 0
    for reason in reasons:
        if stands(reason, draft):
            strength = max(strength, 2 if (reason.rule, reason.code) in REJECTING else 1)
    return strength


def stands(reason: PastReason, draft: Policy) -> bool:
    """Tell whether a stored reason that is no threshold's decides under a draft too."""
    if reason.rule in NOTES:
        return False
    if reason.rule == "name" and reason.label is not None:
        threshold = draft.thresholds.get(reason.label)
        limits = [limit for limit in (threshold.hold, threshold.reject) if limit is not None] if threshold else []
        return bool(limits) and (reason.score or 0.0) >= min(limits)
    return not _is_off(reason, draft.rules)


def _is_off(reason: PastReason, rules: Rules) -> bool:
    if reason.rule == "words":
        return not (rules.words.banned if reason.code == "banned-word" else rules.words.suspect or rules.words.banned)
    return getattr(getattr(rules, reason.rule.replace("-", "_"), None), "enabled", True) is False


def not_replayed(now: Policy, draft: Policy) -> Iterator[str]:
    """Name the places where a draft differs from the policy in force in a way that stored reasons cannot tell."""
    for change in differences(now, draft):
        if change.path.startswith((*_REPLAYED, *_ELSEWHERE)):
            continue
        if change.path.endswith("/enabled") and change.value is False:
            continue
        yield change.path
