"""What the workflow works with: the ports and the keys, handed over once per process."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from service.domain.acts import Acts
from service.domain.appealing import Appeals
from service.domain.auditing import Audits
from service.domain.batches import Batches
from service.domain.blocking import Blocks
from service.domain.cards import Cards
from service.domain.claiming import Claims
from service.domain.directory import Directory
from service.domain.errors import NotFound
from service.domain.express import Express
from service.domain.foreign import Feedback, ForeignKeys
from service.domain.news import NewsFeed
from service.domain.operating import Controls
from service.domain.policy_history import PolicyHistory
from service.domain.ports import Changes, CommentStore, Fleet, WorkQueue
from service.domain.rehearsal import Rehearsals
from service.domain.reporting import Reports
from service.domain.sessions import Sessions
from service.domain.shelf import Shelf
from service.domain.site import Site
from service.domain.tallies import Tallies
from service.domain.tokens import AuthorTokens, Hasher
from service.domain.watching import Watch

PATIENCE_SECONDS = 1.0


class Patience:
    """How long to ask people for patience: under a flood of refusals, worked out once a second for all of them."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._lock = asyncio.Lock()
        self._known: int | None = None
        self._until = 0.0

    async def seconds(self, estimate: Callable[[], Awaitable[int]]) -> int:
        """Give what was estimated within the last second, or estimate."""
        async with self._lock:
            if self._known is None or time.monotonic() >= self._until:
                self._known = await estimate()
                self._until = time.monotonic() + PATIENCE_SECONDS
            return self._known


@dataclass(frozen=True)
class House:
    """The ports, the clock and the keys of one process."""

    comments: CommentStore
    queue: WorkQueue
    directory: Directory
    changes: Changes
    fleet: Fleet
    controls: Controls
    express: Express
    keys: ForeignKeys
    feedback: Feedback
    reports: Reports
    appeals: Appeals
    tallies: Tallies
    claims: Claims
    batches: Batches
    sessions: Sessions
    acts: Acts
    news: NewsFeed
    shelf: Shelf
    blocks: Blocks
    history: PolicyHistory
    audits: Audits
    rehearsals: Rehearsals
    tokens: AuthorTokens
    hasher: Hasher
    now: Callable[[], datetime]
    # Without one, nothing that was read is kept.
    watch: Watch | None = None
    patience: Patience = field(default_factory=Patience)
    cards: Cards = field(default_factory=Cards)


async def find_site(house: House, site_id: str) -> Site:
    """Find a site; raises NotFound."""
    site = await house.directory.site(site_id)
    if site is None:
        message = f"There is no site {site_id[:64]}."
        raise NotFound(message, slug="unknown-site")
    return site
