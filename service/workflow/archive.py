"""What erasing, purging and exporting work with: ports alone, and no secret."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.appealing import Appeals
from service.domain.blocking import Blocks
from service.domain.directory import Directory
from service.domain.errors import NotFound
from service.domain.keeping import Holds, Ledger, Place, Traces
from service.domain.ports import CommentStore
from service.domain.reporting import Reports
from service.domain.site import Site
from service.domain.tallies import Tallies


@dataclass(frozen=True)
class Archive:
    """The ports and the clock; `places` are where else something about comments lies."""

    comments: CommentStore
    directory: Directory
    traces: Traces
    places: Sequence[Place]
    holds: Holds
    ledger: Ledger
    blocks: Blocks
    reports: Reports
    appeals: Appeals
    tallies: Tallies
    now: Callable[[], datetime]


async def archived_site(archive: Archive, site_id: str) -> Site:
    """Find a site; raises NotFound."""
    site = await archive.directory.site(site_id)
    if site is None:
        message = f"There is no site {site_id[:64]}."
        raise NotFound(message, slug="unknown-site")
    return site
