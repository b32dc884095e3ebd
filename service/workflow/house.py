"""What the workflow works with: the ports and the keys, handed over once per process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service.domain.errors import NotFound
from service.domain.ports import Changes, CommentStore, Directory, Express, Feedback, Fleet, ForeignKeys, WorkQueue
from service.domain.site import Site
from service.domain.tokens import AuthorTokens, Hasher


@dataclass(frozen=True)
class House:
    """The ports, the clock and the keys of one process."""

    comments: CommentStore
    queue: WorkQueue
    directory: Directory
    changes: Changes
    fleet: Fleet
    express: Express
    keys: ForeignKeys
    feedback: Feedback
    tokens: AuthorTokens
    hasher: Hasher
    now: Callable[[], datetime]


async def find_site(house: House, site_id: str) -> Site:
    """Find a site; raises NotFound."""
    site = await house.directory.site(site_id)
    if site is None:
        message = f"There is no site {site_id[:64]}."
        raise NotFound(message, slug="unknown-site")
    return site
