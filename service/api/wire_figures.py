"""Figures over the wire."""

from datetime import date

from msgspec import UNSET, Struct, UnsetType

from service.domain.tallies import DayFigures
from service.workflow.figures import Dashboard, Month


class Queue(Struct, frozen=True, kw_only=True):
    """What waits for a human: how much, since when the longest, and the median of those decided in the time."""

    held: int
    oldest_seconds: float | None
    median_wait_seconds: float | None


class Done(Struct, frozen=True, kw_only=True):
    """What was decided in the time, by one moderator or by all of them."""

    approved: int
    rejected: int
    held: int
    undone: int


class Figures(Struct, frozen=True, kw_only=True):
    """A dashboard's figures; `labels` counts what is held now by score, in 20 buckets of equal width.

    `overrides` says what moderators made of what was `held`, and what was published or rejected and turned around.
    """

    days: list[DayFigures]
    queue: Queue
    labels: dict[str, list[int]]
    overrides: dict[str, int]
    mine: Done | UnsetType = UNSET
    team: Done | UnsetType = UNSET

    @classmethod
    def of(cls, board: Dashboard, *, team: bool) -> "Figures":
        """Show a dashboard."""
        done = Done(**board.by)
        return cls(
            days=board.days,
            queue=Queue(
                held=board.held,
                oldest_seconds=_rounded(board.oldest_seconds),
                median_wait_seconds=_rounded(board.median_wait_seconds),
            ),
            labels=board.labels,
            overrides=board.overrides,
            mine=UNSET if team else done,
            team=done if team else UNSET,
        )


class DescribedFigures(Struct, frozen=True, kw_only=True):
    """Figures, as they are described."""

    days: list[DayFigures]
    queue: Queue
    labels: dict[str, list[int]]
    overrides: dict[str, int]
    mine: Done | None = None
    team: Done | None = None


class MonthFigures(Struct, frozen=True, kw_only=True):
    """What became of a month's comments; rules of fewer than 5 stand under `other`, or are left out with it."""

    month: str
    outcomes: dict[str, int]
    rules: dict[str, dict[str, int]]
    median_wait_seconds: float | None
    automatic_share: float | None
    appeals: dict[str, int]
    reports: dict[str, int]

    @classmethod
    def of(cls, month: Month) -> "MonthFigures":
        """Show a month."""
        return cls(
            month=month.month,
            outcomes=month.outcomes,
            rules=month.rules,
            median_wait_seconds=_rounded(month.median_wait_seconds),
            automatic_share=month.automatic_share,
            appeals=month.appeals,
            reports=month.reports,
        )


class Transparency(Struct, frozen=True, kw_only=True):
    """What became of comments on a site, the newest month first, up to a day."""

    site: str
    until: date
    months: list[MonthFigures]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
