"""What is counted of every move, by day: names of counters, each of which grows by one."""

from service.domain.comment import Comment


def month_of(after: Comment) -> str:
    """Name the month whose counters a move is counted in: that of its decision, `2026-11`."""
    return after.trail[-1].at.strftime("%Y-%m")


def tallies_of(after: Comment) -> tuple[str, ...]:
    """Name what the last decision of a comment counts for: `DAY:moves:ACTOR:FROM:TO`."""
    last = after.trail[-1]
    return (f"{last.at:%d}:moves:{last.actor}:{last.before}:{last.after}",)
