"""What readers and authors may see."""

from service.domain.comment import Comment
from service.domain.errors import NotFound
from service.domain.ids import is_id
from service.domain.moves import is_erased
from service.domain.site import Site
from service.domain.standing import Standing
from service.domain.views import Sort, ThreadPage
from service.workflow.house import House


async def thread_page(
    house: House, site: Site, thread: str, *, sort: Sort, limit: int, after: str | None
) -> ThreadPage:
    """Read a page of what a thread shows; an unknown thread shows nothing."""
    policy = await house.directory.recent_policy(site)
    return await house.comments.page(site, thread, sort=sort, limit=limit, after=after, rule=policy.rules.threads)


async def thread_standing(house: House, site: Site, thread: str) -> Standing:
    """Read how a thread stands for readers; an unknown one is open."""
    policy = await house.directory.recent_policy(site)
    return await house.comments.standing(site, thread, policy.rules.threads)


async def approved_comment(house: House, site: Site, comment_id: str) -> Comment:
    """Read one approved comment; anything else is as unknown as an id that never was."""
    comment = await _load(house, site, comment_id)
    if comment is None or comment.status != "approved":
        raise _unknown()
    return comment


async def own_comment(house: House, site: Site, comment_id: str) -> Comment:
    """Read a comment in any status, for its author; the caller has verified the author's token."""
    comment = await _load(house, site, comment_id)
    if comment is None or is_erased(comment):
        raise _unknown()
    return comment


def speaks_for_author(house: House, token: str, site: Site, comment_id: str) -> bool:
    """Tell whether a token is the author's of this comment and has not expired."""
    return house.tokens.verify(token, site.id, comment_id, house.now())


async def _load(house: House, site: Site, comment_id: str) -> Comment | None:
    return await house.comments.load(site, comment_id) if is_id(comment_id) else None


def _unknown() -> NotFound:
    return NotFound("There is no such comment.", slug="unknown-comment")
