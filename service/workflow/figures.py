"""Figures: for moderators what was done and what waits, for everybody what becomes of comments here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from service.domain import tallies
from service.domain.errors import Forbidden
from service.domain.scores import LABELS
from service.domain.site import Principal, Site
from service.domain.tallies import Counters, DayFigures
from service.workflow.house import House

# A rule that decided fewer than so many comments of a month is not told of on its own.
LEAST = 5


@dataclass(frozen=True)
class Dashboard:
    """What a dashboard shows: `by` are the decisions of one moderator, or of all of them."""

    days: list[DayFigures]
    held: int
    oldest_seconds: float | None
    median_wait_seconds: float | None
    labels: dict[str, list[int]]
    overrides: dict[str, int]
    by: dict[str, int]


@dataclass(frozen=True)
class Month:
    """A month as everybody may see it."""

    month: str
    outcomes: dict[str, int]
    rules: dict[str, dict[str, int]]
    median_wait_seconds: float | None
    automatic_share: float | None
    appeals: dict[str, int]
    reports: dict[str, int]


async def dashboard(house: House, site: Site, moderator: Principal, *, days: int, team: bool) -> Dashboard:
    """Read the figures of the last days, today among them; raises Forbidden for a team's without the rank."""
    if team and moderator.rank == "moderator":
        message = "The team's figures are for senior moderators."
        raise Forbidden(message)
    now = house.now()
    months = await house.tallies.months(site, tallies.months_back(now, 1 + (days + 30) // 28))
    cut = tallies.of_days(months, now.date(), days)
    together = _together(cut)
    queue = await house.tallies.queue(site)
    labels = {label: await house.tallies.distribution(site, label) for label in LABELS}
    return Dashboard(
        days=tallies.by_day(cut),
        held=queue.held,
        oldest_seconds=max(0.0, (now - queue.oldest).total_seconds()) if queue.oldest else None,
        median_wait_seconds=tallies.median_wait(list(cut.values())),
        labels={label: buckets for label, buckets in labels.items() if any(buckets)},
        overrides=_overrides(together),
        by=tallies.by_moderator(together, "" if team else moderator.id),
    )


def _together(cut: Mapping[date, Counters]) -> dict[str, int]:
    """Add days up under one name each; the day in front is of no further use."""
    added: dict[str, int] = {}
    for counters in cut.values():
        for name, count in counters.items():
            plain = f"*:{name.partition(':')[2]}"
            added[plain] = added.get(plain, 0) + count
    return added


def _overrides(counters: Counters) -> dict[str, int]:
    """Say what moderators made of the model's doubt, and where they turned its decision around."""
    moves = [("held", "approved"), ("held", "rejected"), ("approved", "rejected"), ("rejected", "approved")]
    return {
        f"{before}_{after}": tallies.total(counters, actor="moderator", before=before, after=after)
        for before, after in moves
    }


async def transparency(house: House, site: Site, *, now: datetime) -> list[Month]:
    """Read what became of comments, month by month, the newest first; months without anything are left out."""
    names = tallies.months_back(now, tallies.KEPT_MONTHS)
    months = await house.tallies.months(site, names, recent=True)
    return [_month(name, months[name]) for name in names if months[name]]


def _month(name: str, counters: Counters) -> Month:
    rejected = tallies.total(counters, after="rejected")
    machines = sum(tallies.total(counters, actor=who, after="rejected") for who in ("worker", "redecision"))
    return Month(
        month=name,
        outcomes={after: tallies.total(counters, after=after) for after in ("approved", "held", "rejected", "deleted")},
        rules={after: _rules(counters, after) for after in ("held", "rejected")},
        median_wait_seconds=tallies.median_wait([counters]),
        automatic_share=round(machines / rejected, 4) if rejected >= LEAST else None,
        appeals={
            "made": tallies.total(counters, actor="appeal", after="held"),
            "upheld": _counted(counters, "appeal:upheld:"),
            "overturned": _counted(counters, "appeal:overturned:"),
        },
        reports={kind: counters.get(f"report:{kind}", 0) for kind in ("rule", "illegal")},
    )


def _counted(counters: Counters, prefix: str) -> int:
    return sum(count for name, count in counters.items() if name.startswith(prefix))


def _rules(counters: Counters, after: str) -> dict[str, int]:
    """Count by rule; what is rare is not told apart, lest it lead to somebody."""
    prefix = f"rule:{after}:"
    every = {name.removeprefix(prefix): count for name, count in counters.items() if name.startswith(prefix)}
    told = {rule: count for rule, count in sorted(every.items()) if count >= LEAST}
    other = sum(every.values()) - sum(told.values())
    return {**told, "other": other} if other >= LEAST else told
