"""What moderators do that is no decision on a comment, for the audit trail."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from msgspec import Struct

from service.domain.site import Site


class ModeratorAct(Struct, frozen=True, kw_only=True):
    """One act: who, when, what kind, and its details, which hold neither text nor anything of an author."""

    id: str
    at: datetime
    by: str
    kind: str
    what: dict[str, str] = {}


@runtime_checkable
class Acts(Protocol):
    """The append-only trail of acts. Every method raises StorageDown when the storage is away."""

    async def note(self, site: Site, act: ModeratorAct) -> None:
        """Add an act, once by its id."""
        ...
