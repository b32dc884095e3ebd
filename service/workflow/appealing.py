"""An author appeals a rejection, and another moderator looks at it again."""

from service.domain import appealing
from service.domain.comment import Comment, standing
from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.ids import is_id, minted_at
from service.domain.moves import appealed
from service.domain.orders import Lost, Move, Moved
from service.domain.policy import Policy
from service.domain.site import Principal, Site
from service.domain.submission import text_faults
from service.workflow import reach
from service.workflow.house import House
from service.workflow.read import own_comment

_TRIES = 5
LISTED = 100


async def appeal(house: House, site: Site, comment_id: str, text: str) -> Comment:
    """Hold a rejected comment for another look, once a rejection; raises Invalid, NotFound, Conflict or TooMany.

    The caller has verified the author's token. A try that is sent again finds the appeal it made.
    """
    faults = tuple(text_faults("$.text", text, appealing.APPEAL_POINTS))
    if faults:
        raise Invalid(faults)
    policy = await house.directory.recent_policy(site)
    for _ in range(_TRIES):
        comment = await own_comment(house, site, comment_id)
        _insist(house, comment, policy)
        rejection = standing(comment.trail)
        call = rejection.id if rejection is not None else comment.id
        await house.appeals.count(site, comment.author.key, a_day=policy.rules.appeals.a_day, call=call)
        after = appealed(comment, text, at=house.now())
        result = await house.comments.move(site, Move(before=comment, after=after))
        if isinstance(result, Moved):
            return after
        if not isinstance(result, Lost):
            break
    message = "There is no such comment any more."
    raise NotFound(message, slug="unknown-comment")


def _insist(house: House, comment: Comment, policy: Policy) -> None:
    state = appealing.state(comment, policy.rules.appeals, house.now())
    if state == "possible":
        return
    words = {
        "waiting": "This comment is being looked at again already.",
        "upheld": "This comment was looked at again; that decision is final.",
    }
    message = words.get(state, "There is no rejection here that can be appealed, or the time for it is over.")
    raise Conflict(message, slug="appeal-not-possible")


async def waiting(house: House, moderator: Principal, site: Site) -> list[Comment]:
    """List up to 100 comments that wait on an appeal, the riskiest first."""
    loaded = [await house.comments.load(site, one) for one in await house.appeals.waiting(site, limit=LISTED)]
    found = [comment for comment in loaded if comment is not None and appealing.waits_on_appeal(comment)]
    return await reach.within(house, moderator, site, found)


async def may_still_appeal(house: House, token: str, site: Site, comment_id: str) -> bool:
    """Tell whether a token is the author's of a comment that they may appeal, or have: also when it has run out."""
    if not is_id(comment_id) or not house.tokens.verify(token, site.id, comment_id, minted_at(comment_id)):
        return False
    comment = await house.comments.load(site, comment_id)
    if comment is None:
        return False
    rule = (await house.directory.recent_policy(site)).rules.appeals
    return appealing.state(comment, rule, house.now()) in ("possible", "waiting")
