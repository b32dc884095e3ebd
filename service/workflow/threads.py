"""Threads: closing, naming and their mode."""

from service.domain.errors import Fault, Invalid, NotFound
from service.domain.policy_check import check_mode
from service.domain.site import Site, Thread
from service.domain.submission import (
    TITLE_POINTS,
    line_faults,
    thread_key_faults,
    url_faults,
)
from service.workflow.house import House


async def find_thread(house: House, site: Site, thread: str) -> Thread:
    """Read a thread; raises NotFound for one that nobody has made."""
    found = await house.comments.thread(site, thread)
    if found is None:
        message = "There is no such thread."
        raise NotFound(message, slug="unknown-thread")
    return found


async def change_thread(house: House, site: Site, thread: str, *, changes: Thread, fields: frozenset[str]) -> Thread:
    """Set the named fields (`closed`, `title`, `url`, `mode`) of a thread, making it if it is new.

    A title set here counts as verified. Raises Invalid, or Conflict for a mode that the site cannot have.
    """
    faults: list[Fault] = [*thread_key_faults("thread", thread)]
    if "url" in fields:
        faults += url_faults("$.url", changes.url, site)
    if "title" in fields:
        faults += line_faults("$.title", changes.title, TITLE_POINTS)
    if faults:
        raise Invalid(tuple(faults))
    if "mode" in fields and changes.mode is not None:
        policy = await house.directory.policy(site)
        check_mode(changes.mode, policy.classifier, site.languages)
    chosen = fields | {"title_verified"} if "title" in fields else fields
    return await house.comments.patch_thread(site, thread, changes=changes, fields=chosen)
