"""Threads: closing, naming, slowing, telling readers something, and their mode."""

import secrets

from service.domain.acts import ModeratorAct
from service.domain.errors import Fault, Invalid, NotFound
from service.domain.policy_check import check_mode
from service.domain.site import ChangedThread, Site, Thread
from service.domain.standing import Standing, control_faults
from service.domain.submission import (
    TITLE_POINTS,
    line_faults,
    thread_key_faults,
    url_faults,
)
from service.workflow.house import House

# What others wrote, or may be long: the trail of acts says that it was set, not what it says.
_WORDS = frozenset({"title", "url", "notice"})


async def find_thread(house: House, site: Site, thread: str) -> Thread:
    """Read a thread; raises NotFound for one that nobody has made."""
    found = await house.comments.thread(site, thread)
    if found is None:
        message = "There is no such thread."
        raise NotFound(message, slug="unknown-thread")
    return found


async def standing(house: House, site: Site, thread: str) -> Standing:
    """Read how a thread stands under the policy as it is now."""
    policy = await house.directory.policy(site)
    return await house.comments.standing(site, thread, policy.rules.threads)


async def change_thread(
    house: House, site: Site, thread: str, *, changes: Thread, fields: frozenset[str], by: str
) -> ChangedThread:
    """Set the named fields of a thread, making it if it is new; gives it as it was before, too.

    The fields are `closed`, `title`, `url`, `mode`, `slow_seconds`, `close_after_days`, `notice` and `section`. A title
    set here counts as verified. Raises Invalid, or Conflict for a mode that the site cannot have.
    """
    faults: list[Fault] = [*thread_key_faults("thread", thread), *control_faults(changes, fields)]
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
    act = secrets.token_hex(8)
    changed = await house.comments.patch_thread(site, thread, changes=changes, fields=chosen, act=act)
    what = {name: _told(name, getattr(changes, name)) for name in sorted(fields)}
    told = ModeratorAct(id=act, at=house.now(), by=by, kind="thread", what={"thread": thread, **what})
    await house.acts.note(site, told)
    return changed


def _told(name: str, value: object) -> str:
    if name in _WORDS:
        return "set" if value else "removed"
    return "policy" if value is None else str(value).lower()
