"""Housekeeping: what is done beside the work, by one worker a lane, in small steps."""

from typing import Protocol, runtime_checkable

from msgspec import Struct

# How many members a step touches at most.
STEP = 200


@runtime_checkable
class Chore(Protocol):
    """Something to be done to each lane again and again; `period` is in seconds.

    A step touches at most 200 members and says how many: a full one means that there is more, and that the next is
    wanted soon; any other ends the round. A step may be repeated, may overlap with one of another worker that believes
    it holds the lease still, and may be the last for hours: each leaves everything in order.
    """

    name: str
    period: float

    async def step(self, lane: str) -> int:
        """Do up to 200 of what there is to do; returns how many."""
        ...


class ChoreRun(Struct, frozen=True, kw_only=True):
    """The last finished round of a chore: when, in Unix seconds of the storage's clock, how long ago, over how many."""

    at: float
    age: float
    touched: int


@runtime_checkable
class Housekeeping(Protocol):
    """Who keeps house for a lane, and when what was done."""

    async def hold(self, lane: str, owner: str, *, seconds: float) -> bool:
        """Take the lane's lease, or renew it; tells whether it is the owner's for the next seconds."""
        ...

    async def let_go(self, lane: str, owner: str) -> None:
        """Give the lease back, if it is the owner's."""
        ...

    async def done(self, lane: str, chore: str, *, touched: int) -> float:
        """Note that a round of a chore is finished; returns when, in Unix seconds of the storage's clock."""
        ...

    async def runs(self, lane: str) -> dict[str, ChoreRun]:
        """Read the last finished round of each chore."""
        ...
