"""Claims: who is deciding what, so that two moderators do not read the same comment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from msgspec import Struct

from service.domain.comment import Comment
from service.domain.site import Site
from service.domain.views import ReviewQuery

CLAIM_SECONDS = 60
SKIP_SECONDS = 24 * 3600
# How many comments one call claims, renews or releases.
MOST_CLAIMED = 100


class Claim(Struct, frozen=True, kw_only=True):
    """Who is deciding a comment, and until when by the storage's clock.

    `number` fences: it grows with every claim of a lane, and a decision by an older one of the comment is refused.
    """

    id: str
    number: int
    by: str
    until: datetime


@runtime_checkable
class Claims(Protocol):
    """Claims and skips. Every method raises StorageDown when the storage is away."""

    async def take(self, site: Site, comments: Sequence[Comment], *, by: str, most: int) -> list[Claim]:
        """Claim up to `most` of these, in order; one's own claims are renewed and keep their number.

        Left out is what somebody else has claimed, what has another version by now, and what waits or is deleted.
        """
        ...

    async def next(self, site: Site, query: ReviewQuery, *, by: str) -> list[tuple[Comment, Claim]]:
        """Claim the first `query.limit` that match and that nobody has claimed, nor this moderator skipped."""
        ...

    async def renew(self, site: Site, claims: Sequence[tuple[str, int]], *, by: str) -> list[datetime | None]:
        """Make claims, each an id and its number, last again; nothing for one that is no longer theirs."""
        ...

    async def release(self, site: Site, claims: Sequence[tuple[str, int]], *, by: str) -> None:
        """End claims; one that is no longer theirs stays as it is."""
        ...

    async def of(self, site: Site, ids: Sequence[str]) -> dict[str, Claim]:
        """Read the claims of comments, by id."""
        ...

    async def skip(self, site: Site, comment_id: str, *, by: str) -> None:
        """Leave a comment out of what a moderator is given next, for a day, and end their claim on it."""
        ...
