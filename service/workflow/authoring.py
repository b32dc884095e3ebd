"""What an author may do with their own comment: withdraw it, or write it anew."""

from service.domain.blocking import writing_of
from service.domain.comment import Comment
from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.moves import deleted, edited
from service.domain.orders import Gone, Lost, Move, OnHold
from service.domain.site import Site
from service.domain.submission import body_faults
from service.workflow.house import House
from service.workflow.read import own_comment
from service.workflow.submit import text_key

_TRIES = 5


async def withdraw(house: House, site: Site, comment_id: str) -> None:
    """Delete a comment for its author, whatever status it has; doing it again changes nothing."""
    for _ in range(_TRIES):
        comment = await own_comment(house, site, comment_id)
        if comment.status == "deleted":
            return
        after = deleted(comment, at=house.now())
        result = await house.comments.move(site, Move(before=comment, after=after))
        if isinstance(result, OnHold):
            raise _kept()
        if not isinstance(result, Lost):
            # What others said of it goes with it.
            await house.reports.forget(site, [comment_id], dry_run=False)
            return
    message = "The comment is being decided right now; try again."
    raise Conflict(message)


def _kept() -> Conflict:
    # Why is not the author's to know.
    return Conflict("This comment can be neither changed nor deleted at present.")


async def rewrite(house: House, site: Site, comment_id: str, body: str, *, address: str = "") -> Comment:
    """Replace a comment's text and queue it again; the old text is not shown meanwhile.

    `address` is where the request came from. Raises Invalid for a text that cannot be accepted, Conflict for a comment
    that is waiting or deleted, Forbidden for an author or an address that is blocked.
    """
    policy = await house.directory.recent_policy(site)
    faults = tuple(body_faults("$.body", body, policy.rules.size.most))
    if faults:
        raise Invalid(faults)
    comment = await own_comment(house, site, comment_id)
    policy = await house.directory.recent_policy(site)
    after = edited(comment, body, at=house.now(), text_key=text_key(house.hasher, site, body, policy))
    hashed = house.hasher.hash("address", site.id, address) if address else ""
    writing = writing_of(house.hasher, comment.author, hashed, by_site=False)
    result = await house.comments.move(site, Move(before=comment, after=after, requeue=True, writing=writing))
    if isinstance(result, OnHold):
        raise _kept()
    if isinstance(result, Lost):
        message = "The comment was decided meanwhile; look at it again."
        raise Conflict(message)
    if isinstance(result, Gone):
        message = "There is no such comment."
        raise NotFound(message, slug="unknown-comment")
    return after
