"""What moderators do, for the audit trail: only ever added to, without text and without anything of an author."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from msgspec import Struct

from service.domain.comment import Comment
from service.domain.site import Site

# How many acts of a site are kept; the oldest go first.
ACTS_KEPT = 100_000
DECISION = "decision"
SIGN_IN = "sign-in"


class ModeratorAct(Struct, frozen=True, kw_only=True):
    """One act: who, when, what kind, and its details, which hold neither text nor anything of an author."""

    id: str
    at: datetime
    by: str
    kind: str
    what: dict[str, str] = {}


class ActsPage(Struct, frozen=True, kw_only=True):
    """Acts, oldest first, and behind which to go on; a page may be short and still have more."""

    acts: tuple[ModeratorAct, ...]
    after: str | None


@runtime_checkable
class Acts(Protocol):
    """The append-only trail of acts. Every method raises StorageDown when the storage is away.

    Moderators' decisions are noted with the move itself, by the storage.
    """

    async def note(self, site: Site, act: ModeratorAct) -> None:
        """Add an act, once by its id."""
        ...

    async def between(
        self,
        site: Site,
        *,
        first: datetime | None = None,
        last: datetime | None = None,
        by: str = "",
        limit: int,
        after: str | None = None,
    ) -> ActsPage:
        """Read acts from a time to a time, of one moderator or of all, by the storage's clock."""
        ...


def decision_act(after: Comment) -> ModeratorAct | None:
    """Describe the last decision on a comment as an act; nothing where no moderator made it."""
    last = after.trail[-1]
    if last.actor != "moderator":
        return None
    what = {
        "comment": after.id,
        "from": last.before,
        "to": last.after,
        "version": str(after.version),
        "codes": " ".join(reason.code for reason in last.reasons),
        "house_rule": last.house_rule or "",
        "batch": last.batch,
        "undoes": last.undoes,
    }
    told = {name: value for name, value in what.items() if value}
    return ModeratorAct(id=last.id, at=last.at, by=last.by, kind=DECISION, what=told)
