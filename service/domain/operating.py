"""What an operator does to lanes and sites, the journal of it, and the port that does it."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct, field

from service.domain.site import Site

FreezeMode = Literal["pre", "closed"]


class Act(Struct, frozen=True, kw_only=True):
    """One thing an operator does: who, and an id made before the first try, by which a repeated try finds its work."""

    by: str
    id: str = field(default_factory=lambda: secrets.token_hex(8))


class Noted(Struct, frozen=True, kw_only=True):
    """One line of a lane's journal: when (by the storage's clock), who did what to which site, and how."""

    at: datetime
    by: str
    what: str
    site: str = ""
    detail: str = ""


class Freeze(Struct, frozen=True, kw_only=True):
    """A site's freeze: `pre` puts everything before a human, `closed` takes nothing new besides; until it ends."""

    mode: FreezeMode
    until: datetime | None = None


class Buried(Struct, frozen=True, kw_only=True):
    """An entry that no worker could judge: which comment, in which version it was put before a human, and why.

    `error` is the exception's class name; nothing of the text is kept.
    """

    entry_id: str
    lane: str
    site: str
    id: str
    version: int
    error: str
    at: datetime


@runtime_checkable
class Controls(Protocol):
    """The operator's switches over lanes and sites; what they say is in force everywhere with their answer."""

    async def pause(self, lane: str, act: Act) -> None:
        """Stop workers from taking of a lane; what they hold they finish, and submissions go on waiting."""
        ...

    async def resume(self, lane: str, act: Act) -> None:
        """Let workers take of a lane again."""
        ...

    async def paused(self, lanes: Sequence[str]) -> tuple[str, ...]:
        """Tell which lanes are paused."""
        ...

    async def buried(self, lane: str, *, after: str, limit: int) -> list[Buried]:
        """List what no worker could judge, oldest first, behind an entry ('' from the start)."""
        ...

    async def unbury(self, lane: str, entry_ids: Sequence[str]) -> None:
        """Take entries off the list of what no worker could judge."""
        ...

    async def freeze(self, site: Site, freeze: Freeze, act: Act) -> None:
        """Freeze a site, in force everywhere with this answer."""
        ...

    async def unfreeze(self, site: Site, act: Act) -> None:
        """End a site's freeze."""
        ...

    async def frozen(self, site: Site) -> Freeze | None:
        """Read a site's freeze as it is now."""
        ...

    async def journal(self, lane: str, *, limit: int) -> list[Noted]:
        """Read what operators did to a lane and its sites, newest first."""
        ...
