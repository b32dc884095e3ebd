"""A draft over stored decisions, all at once: numpy columns, and the estimates that follow."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from service.domain.auditing import STRATA, AuditEntry
from service.domain.intervals import Group, Part, Share, estimated, total
from service.domain.policy import Policy
from service.domain.rehearsal import (
    NOTES,
    OUTCOMES,
    Contradiction,
    Contradictions,
    Estimate,
    Past,
    PastDecision,
    PastReason,
    QueueChange,
    Rehearsal,
    RuleChange,
    Unaudited,
    not_replayed,
    stands,
    strength_of,
)
from service.domain.rules.thresholds import NEVER_REJECTS
from service.domain.status import MACHINES, Status

Numbers = NDArray[np.int8]
_PLACE: dict[Status, int] = {"approved": 0, "held": 1, "rejected": 2}
_PEOPLE = frozenset({"moderator", "report", "appeal"})
_NONE = float("nan")
UNKNOWN, UNFIT, FIT = -1, 0, 1


class Columns:
    """What scores and stored reasons say, one row a decision, as far as a draft asks for it."""

    def __init__(self, draft: Policy) -> None:
        """Take the draft."""
        self._draft = draft
        self._labels: dict[str, list[float]] = {label: [] for label in draft.thresholds}
        self._theirs: list[bool] = []
        self._strength: list[int] = []
        self._over: dict[str | None, int] = {}
        self.stored: Counter[tuple[str, str | None]] = Counter()
        self.standing: Counter[tuple[str, str | None]] = Counter()

    def add(self, labels: dict[str, float], classifier: str, reasons: Sequence[PastReason]) -> None:
        """Add a row."""
        for label, column in self._labels.items():
            column.append(labels.get(label, _NONE))
        self._theirs.append(classifier == self._draft.classifier)
        others = []
        for reason in reasons:
            if reason.rule == "thresholds":
                self._over[reason.label] = self._over.get(reason.label, 0) + 1
            elif reason.rule not in NOTES:
                others.append(reason)
        self._strength.append(strength_of(others, self._draft) if others else 0)
        for reason in others:
            self.stored[reason.rule, None] += 1
            self.standing[reason.rule, None] += stands(reason, self._draft)

    def outcomes(self) -> Numbers:
        """Decide every row: 0 approved, 1 held, 2 rejected; counts what each label's threshold does."""
        strength = np.array(self._strength, dtype=np.int8)
        theirs = np.array(self._theirs, dtype=bool)
        self.stored.update({("thresholds", label): count for label, count in self._over.items()})
        hold, reject = strength >= 1, strength >= 2  # noqa: PLR2004 - see strength_of
        for label, threshold in self._draft.thresholds.items():
            scores = np.array(self._labels[label], dtype=np.float64)
            over = np.zeros(len(scores), dtype=bool)
            if threshold.reject is not None:
                over |= scores >= threshold.reject
                reject |= over & theirs & (label not in NEVER_REJECTS)
            if threshold.hold is not None:
                over |= scores >= threshold.hold
            hold |= over
            self.standing["thresholds", label] = int(over.sum())
        if self._draft.mode == "pre":
            return np.ones(len(strength), dtype=np.int8)
        held = np.int8(0 if self._draft.mode == "post" else 1)
        return np.where(reject, np.int8(2), np.where(hold, held, np.int8(0))).astype(np.int8)


def machine_and_people(trail: Sequence[PastDecision]) -> tuple[PastDecision | None, PastDecision | None]:
    """Find the machine's decision on the text as it is, and the people's last since, if it was not taken back."""
    people: PastDecision | None = None
    undone: set[str] = set()
    for decision in reversed(trail):
        if decision.actor in MACHINES:
            return decision, people
        if decision.undoes:
            undone.add(decision.undoes)
        elif decision.actor not in _PEOPLE:
            return None, None
        elif people is None and decision.id not in undone and decision.after in _PLACE:
            people = decision
    return None, None


class Replay:
    """A draft being replayed."""

    def __init__(self, draft: Policy, now: Policy, entries: Iterable[AuditEntry], *, days: int) -> None:
        """Take the draft, the policy in force and what was drawn for blind audits of the days."""
        self._draft, self._policy, self._days = draft, now, days
        self._entries = {entry.id: entry for entry in entries}
        self._columns = Columns(draft)
        self._before: list[int] = []
        self._truth: list[int] = []
        self._ids: set[str] = set()
        self._touched: set[str] = set()
        self.left_out = 0
        self._other_versions = 0

    def take(self, decided: Iterable[Past]) -> None:
        """Add decisions; one that came before is passed over."""
        for past in decided:
            if past.id in self._ids:
                continue
            self._ids.add(past.id)
            machine, people = machine_and_people(past.trail)
            if machine is None or past.scores is None:
                self.left_out += 1
                continue
            truth = UNKNOWN
            if people is not None:
                entry = self._entries.get(past.id)
                if entry is not None and entry.decision == people.id:
                    # What the audit itself did is no judgement beside it.
                    people = None
                else:
                    self._touched.add(past.id)
                    truth = {"approved": FIT, "rejected": UNFIT}.get(people.after, UNKNOWN)
            self._other_versions += machine.policy_version != self._policy.version
            self._before.append(_PLACE[machine.after])
            self._truth.append(truth)
            self._columns.add(past.scores.labels, past.scores.classifier, machine.reasons)

    def finish(self) -> Rehearsal:
        """Work out the answer."""
        before, truth = np.array(self._before, dtype=np.int8), np.array(self._truth, dtype=np.int8)
        draft = self._columns.outcomes()
        audited = self._audited()
        cells = cells_of(before, draft, truth, audited)
        now, then = (np.bincount(column, minlength=3) for column in (before, draft))
        known = self._known(draft, truth, audited)
        published, rejected = fit_in(cells, 0), fit_in(cells, 2)
        days = max(self._days, 1)
        return Rehearsal(
            days=self._days,
            decided=len(before),
            left_out=self.left_out,
            other_versions=self._other_versions,
            judged_blind=len(audited),
            published=_estimate(now, then, 0, published, right=FIT),
            held=_estimate(now, then, 1, fit_in(cells, 1), right=FIT),
            rejected=_estimate(now, then, 2, rejected, right=UNFIT),
            contradicts=Contradictions(
                published_unfit=_contradiction(known[0], int(then[0]), published, wrong=UNFIT),
                rejected_fit=_contradiction(known[1], int(then[2]), rejected, wrong=FIT),
            ),
            queue=QueueChange(
                now=int(now[1]),
                draft=int(then[1]),
                now_a_day=round(int(now[1]) / days, 2),
                draft_a_day=round(int(then[1]) / days, 2),
            ),
            by_rule=self._by_rule(),
            unaudited=tuple(
                Unaudited(before=OUTCOMES[s], after=OUTCOMES[d], comments=part.size)
                for (s, d), part in cells.items()
                if part.size and part.estimate is None
            ),
            not_replayed=tuple(not_replayed(self._policy, self._draft)),
        )

    def _audited(self) -> list[tuple[int, int, int, float]]:
        """Give stratum, draft's outcome, truth and weight of every blind judgement that nobody else's stands beside."""
        judged = [e for e in self._entries.values() if e.judgement is not None and e.id not in self._touched]
        columns = Columns(self._draft)
        for entry in judged:
            reasons = [PastReason(r.rule, r.code, r.label, r.score) for r in entry.reasons]
            columns.add(entry.labels, entry.classifier, reasons)
        return [
            (_PLACE[entry.stratum], int(outcome), FIT if entry.judgement == "fit" else UNFIT, entry.size / entry.sample)
            for entry, outcome in zip(judged, columns.outcomes(), strict=True)
        ]

    def _known(self, draft: Numbers, truth: Numbers, audited: Sequence[tuple[int, int, int, float]]) -> tuple[int, int]:
        unfit = int(((draft == 0) & (truth == UNFIT)).sum()) + sum(a[1:3] == (0, UNFIT) for a in audited)
        fit = int(((draft == 2) & (truth == FIT)).sum()) + sum(a[1:3] == (2, FIT) for a in audited)  # noqa: PLR2004 - rejected
        return unfit, fit

    def _by_rule(self) -> tuple[RuleChange, ...]:
        stored, standing = self._columns.stored, self._columns.standing
        names = sorted({*stored, *standing}, key=lambda name: (name[0], name[1] or ""))
        return tuple(
            RuleChange(rule=rule, label=label, now=stored[rule, label], draft=standing[rule, label])
            for rule, label in names
        )


Cells = dict[tuple[int, int], Part]


def cells_of(before: Numbers, draft: Numbers, truth: Numbers, audited: Sequence[tuple[int, int, int, float]]) -> Cells:
    """Divide what was decided by where it is and where the draft puts it, with how many of each are fit.

    People saw all that was held: what they decided is known, and what waits is taken to be like it. Outside, what
    people moved of themselves is known too, and stands for nothing else; the rest is estimated from blind audits alone.
    """
    groups: dict[tuple[int, int], dict[float, list[int]]] = {}
    for s, d, fit, weight in audited:
        found = groups.setdefault((s, d), {}).setdefault(weight, [0, 0])
        found[0] += 1
        found[1] += fit == FIT
    cells: Cells = {}
    code = before.astype(np.int64) * 9 + draft * 3 + (truth + 1)
    counts = np.bincount(code, minlength=27).reshape(3, 3, 3)
    for s in range(3):
        for d in range(3):
            unknown, unfit, fit = (int(count) for count in counts[s, d])
            if not unknown + unfit + fit:
                continue
            if OUTCOMES[s] in STRATA:
                sample = [Group(weight=w, n=n, hits=hits) for w, (n, hits) in groups.get((s, d), {}).items()]
                cells[s, d] = Part(size=unknown, known=fit, estimate=estimated(sample, of=unknown) or _nothing(unknown))
            else:
                # What waits is as uncertain as the whole, of which what was decided is the sample.
                judged, whole = unfit + fit, unknown + unfit + fit
                sample = [Group(weight=whole / judged, n=judged, hits=fit)] if judged else []
                cells[s, d] = Part(size=whole, estimate=estimated(sample))
    return cells


def _nothing(unknown: int) -> Share | None:
    """Give what is known of a part without a sample: nothing, unless it is empty."""
    return None if unknown else Share(share=0.0, low=0.0, high=0.0, n=0)


def fit_in(cells: Cells, d: int) -> tuple[float, float, float] | None:
    """Add up how many of what the draft puts somewhere are fit; nothing where a part of it cannot be estimated."""
    parts = [part for (_, to), part in cells.items() if to == d]
    if any(part.estimate is None for part in parts):
        return None
    return total(parts)


def _estimate(
    now: NDArray[np.int64], then: NDArray[np.int64], place: int, fit: tuple[float, float, float] | None, *, right: int
) -> Estimate:
    size = int(then[place])
    if fit is None or not size:
        return Estimate(now=int(now[place]), draft=size)
    share, low, high = (min(1.0, max(0.0, value / size)) for value in fit)
    if right == UNFIT:
        share, low, high = 1 - share, 1 - high, 1 - low
    return Estimate(now=int(now[place]), draft=size, share=round(share, 6), low=round(low, 6), high=round(high, 6))


def _contradiction(known: int, size: int, fit: tuple[float, float, float] | None, *, wrong: int) -> Contradiction:
    if fit is None:
        return Contradiction(known=known)
    middle, low, high = (min(float(size), max(0.0, value)) for value in fit)
    if wrong == UNFIT:
        middle, low, high = size - middle, size - high, size - low
    return Contradiction(known=known, estimate=round(middle, 2), low=round(low, 2), high=round(high, 2))
