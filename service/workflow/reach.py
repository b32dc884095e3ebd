"""What a moderator's sections let them see: the one place that compares them with a thread's.

A moderator without sections sees every thread of their sites; one with sections sees the threads of those alone, and
never one that has none.
"""

from collections.abc import Iterable

from service.domain.comment import Comment
from service.domain.errors import Forbidden
from service.domain.site import Principal, Site
from service.workflow.house import House


async def reached(house: House, principal: Principal, site: Site, threads: Iterable[str]) -> frozenset[str]:
    """Tell which of some threads, at most 500, a moderator or a site's key reaches."""
    asked = list(dict.fromkeys(threads))
    if not principal.sections or not asked:
        return frozenset(asked)
    sections = await house.comments.sections(site, asked)
    return frozenset(thread for thread, section in zip(asked, sections, strict=True) if section in principal.sections)


async def insist(house: House, principal: Principal, site: Site, thread: str) -> None:
    """Insist that a moderator reaches a thread; raises Forbidden."""
    if thread not in await reached(house, principal, site, (thread,)):
        message = "This thread is of a section that this token does not reach."
        raise Forbidden(message)


async def within(house: House, principal: Principal, site: Site, comments: Iterable[Comment]) -> list[Comment]:
    """Leave out, of at most 500 comments, those that a moderator does not reach."""
    found = list(comments)
    seen = await reached(house, principal, site, (comment.thread for comment in found))
    return [comment for comment in found if comment.thread in seen]


def sections_asked(principal: Principal, section: str | None) -> tuple[str, ...] | None:
    """Give the sections of a list: the one that is asked for, or all that are reached; none is without a bound.

    Raises Forbidden for one that is asked for and not reached.
    """
    if section is None:
        return principal.sections or None
    if principal.sections and section not in principal.sections:
        message = "This token does not reach that section."
        raise Forbidden(message)
    return (section,)
