"""What is counted of every move: names of counters, each of which grows by one.

A site's month has some thousands of them at most: days times the kinds of moves and the waiting times, and for the
month the rules, the moderators by day and the outcomes of appeals.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol, runtime_checkable

from msgspec import Struct

from service.domain.comment import Comment, Decision, standing
from service.domain.site import Site
from service.domain.status import Status

KEPT_MONTHS = 25
# The last bucket has everything from 2**24 seconds, half a year.
WAIT_BUCKETS = 26
SCORE_BUCKETS = 20
Counters = Mapping[str, int]


def month_of(after: Comment) -> str:
    """Name the month whose counters a move is counted in: that of its decision, `2026-11`."""
    return month_name(after.trail[-1].at)


def month_name(moment: date) -> str:
    """Name a moment's month."""
    return f"{moment:%Y-%m}"


def months_back(moment: date, count: int, *, skip: int = 0) -> list[str]:
    """Name months, the newest first, `skip` of them passed over."""
    last = moment.year * 12 + moment.month - 1
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(last - skip, last - skip - count, -1)]


def wait_bucket(seconds: float) -> int:
    """Give the bucket of a wait: 0 is less than a second, n is 2**(n-1) to 2**n seconds."""
    return min(max(0, int(seconds)).bit_length(), WAIT_BUCKETS - 1)


def tallies_of(after: Comment) -> tuple[str, ...]:
    """Name what the last decision of a comment counts for: `DAY:moves:ACTOR:FROM:TO` and what follows from it."""
    last, earlier = after.trail[-1], standing(after.trail[:-1])
    day = f"{last.at:%d}"
    if last.undoes:
        return (f"{day}:undone:{last.after}:{last.before}", f"{day}:by:{last.by}:undone")
    names = [f"{day}:moves:{last.actor}:{last.before}:{last.after}"]
    if last.before == last.after:
        return tuple(names)
    if last.after in ("held", "rejected"):
        names += [f"rule:{last.after}:{rule}" for rule in dict.fromkeys(_rules(last))]
    if last.actor == "moderator":
        names.append(f"{day}:by:{last.by}:{last.after}")
        if last.before == "held" and earlier is not None:
            names.append(f"{day}:wait:{wait_bucket((last.at - earlier.at).total_seconds())}")
            if earlier.actor == "appeal":
                outcome = "overturned" if last.after == "approved" else "upheld"
                names.append(f"appeal:{outcome}:{'other' if last.independent else 'same'}")
    return tuple(names)


def _rules(decision: Decision) -> list[str]:
    if decision.house_rule:
        return [f"house/{decision.house_rule}"]
    return [f"{reason.rule}/{reason.label}" if reason.label else reason.rule for reason in decision.reasons]


class DayFigures(Struct, frozen=True, kw_only=True):
    """How many comments came into each status on a day."""

    day: date
    approved: int = 0
    held: int = 0
    rejected: int = 0
    deleted: int = 0


def total(counters: Counters, *, day: str = "", actor: str = "", before: str = "", after: str = "") -> int:
    """Add up moves, of one day or all; what was undone is taken off."""
    count = 0
    for name, number in counters.items():
        parts = name.split(":")
        if day and parts[0] != day:
            continue
        match parts:
            case [_, "moves", who, left, came] if left != came:
                fits = actor in ("", who) and before in ("", left) and after in ("", came)
                count += number * fits
            case [_, "undone", left, came]:
                fits = actor in ("", "moderator") and before in ("", left) and after in ("", came)
                count -= number * fits
    return max(0, count)


def of_days(months: Mapping[str, Counters], last: date, days: int) -> dict[date, dict[str, int]]:
    """Cut the counters of some days out of those of their months."""
    wanted = [last - timedelta(days=back) for back in range(days - 1, -1, -1)]
    cut: dict[date, dict[str, int]] = {day: {} for day in wanted}
    by_month: dict[str, dict[str, date]] = {}
    for day in wanted:
        by_month.setdefault(month_name(day), {})[f"{day:%d}"] = day
    for month, counters in months.items():
        here = by_month.get(month, {})
        for name, number in counters.items():
            found = here.get(name.partition(":")[0])
            if found is not None:
                cut[found][name] = number
    return cut


def by_day(cut: Mapping[date, Counters]) -> list[DayFigures]:
    """Say how many comments came into each status, day by day."""
    statuses: tuple[Status, ...] = ("approved", "held", "rejected", "deleted")
    return [DayFigures(day=day, **{s: total(counters, after=s) for s in statuses}) for day, counters in cut.items()]


def median_wait(counters: Sequence[Counters]) -> float | None:
    """Estimate the median wait in seconds from the buckets, within a factor of two; nothing where nobody waited."""
    buckets = [0] * WAIT_BUCKETS
    for one in counters:
        for name, number in one.items():
            parts = name.split(":")
            if len(parts) == 3 and parts[1] == "wait":  # noqa: PLR2004 - DAY:wait:BUCKET
                buckets[int(parts[2])] += number
    passed, half = 0, sum(buckets) / 2
    for bucket, number in enumerate(buckets):
        if number and passed + number >= half:
            low, high = (0.0, 1.0) if bucket == 0 else (2.0 ** (bucket - 1), 2.0**bucket)
            return low + (high - low) * (half - passed) / number
        passed += number
    return None


def by_moderator(counters: Counters, moderator: str = "") -> dict[str, int]:
    """Add up what one moderator did, or all of them: `approved`, `rejected`, `held` and `undone`."""
    done = dict.fromkeys(("approved", "rejected", "held", "undone"), 0)
    for name, number in counters.items():
        match name.split(":"):
            case [_, "by", who, what] if what in done and moderator in ("", who):
                done[what] += number
    return done


class QueueFigures(Struct, frozen=True, kw_only=True):
    """How many comments wait for a human, and since when the longest."""

    held: int
    oldest: datetime | None


@runtime_checkable
class Tallies(Protocol):
    """Counters and what the indexes say. Every method raises StorageDown when the storage is away."""

    async def months(self, site: Site, months: Sequence[str], *, recent: bool = False) -> dict[str, dict[str, int]]:
        """Read the counters of some months; `recent` is content with what was read at most a minute ago."""
        ...

    async def queue(self, site: Site) -> QueueFigures:
        """Measure what waits for a human."""
        ...

    async def distribution(self, site: Site, label: str) -> list[int]:
        """Count held comments by one label's score, in 20 buckets of equal width."""
        ...

    async def drop(self, site: Site, months: Sequence[str]) -> int:
        """Remove the counters of some months; returns how many months there were."""
        ...
