"""Moderators list what waits, and decide."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from service.domain.comment import Comment
from service.domain.errors import Forbidden, NotFound, Refused
from service.domain.ids import is_id
from service.domain.moves import decided, lost_race
from service.domain.orders import Claimed, Gone, Lost, Move
from service.domain.site import Principal, Site
from service.domain.status import Status
from service.domain.views import ReviewPage, ReviewQuery
from service.workflow import reach
from service.workflow.house import House, find_site
from service.workflow.sorting import Selection, select

Action = Literal["approve", "reject", "hold"]
OUTCOMES: dict[Action, Status] = {"approve": "approved", "reject": "rejected", "hold": "held"}


@dataclass(frozen=True)
class Choice:
    """One decision of a moderator: on which version of which comment, and why."""

    site: str
    id: str
    version: int
    action: Action
    reason: str = ""
    note: str = ""


async def reviewed_site(house: House, principal: Principal, site_id: str) -> Site:
    """Find a site that a moderator is scoped to; one they are not scoped to is as forbidden as one that is not."""
    if not principal.may(site_id):
        message = "This token does not reach that site."
        raise Forbidden(message)
    return await find_site(house, site_id)


async def list_comments(house: House, principal: Principal, site: Site, query: ReviewQuery) -> ReviewPage:
    """List comments for moderators; `riskiest` and `first` sort held comments only, which are indexed by score."""
    if query.sort in ("riskiest", "first"):
        if query.status not in (None, "held"):
            message = f"`sort={query.sort}` lists held comments only."
            raise Refused(message)
        query = msgspec.structs.replace(query, status="held")
    if query.sections is None and principal.sections:
        query = msgspec.structs.replace(query, sections=principal.sections)
    return await house.comments.review(site, query)


async def resembling(
    house: House, principal: Principal, site: Site, query: ReviewQuery, comment_id: str
) -> ReviewQuery:
    """Ask for the near-duplicates of one comment alone; raises NotFound, Forbidden."""
    selected = await select(house, principal, site, Selection(queue=query.queue, by_likeness=comment_id))
    rows = tuple((card.highest + card.urgent, card.id) for card in selected.cards)
    return msgspec.structs.replace(query, among=rows)


async def decide(house: House, principal: Principal, choice: Choice) -> Comment:
    """Apply one decision, once; raises NotFound, Forbidden, Conflict or LostRace."""
    site = await reviewed_site(house, principal, choice.site)
    current = await house.comments.load(site, choice.id) if is_id(choice.id) else None
    if current is None:
        message = "There is no such comment."
        raise NotFound(message, slug="unknown-comment")
    await reach.insist(house, principal, site, current.thread)
    if current.version != choice.version:
        raise lost_race(current)
    after = decided(
        current,
        OUTCOMES[choice.action],
        moderator=principal.id,
        at=house.now(),
        statement=choice.reason,
        note=choice.note,
    )
    result = await house.comments.move(site, Move(before=current, after=after))
    if isinstance(result, Lost):
        raise lost_race(result.current)
    if isinstance(result, Gone):
        message = "There is no such comment any more."
        raise NotFound(message, slug="unknown-comment")
    if isinstance(result, Claimed):
        raise lost_race(current)
    return after
