"""Moderators tell each other something of a comment, and leave to a senior what they cannot decide."""

from service.domain.comment import Comment
from service.domain.moves import annotated, escalated
from service.domain.orders import Move
from service.domain.site import Principal, Site
from service.workflow.house import House
from service.workflow.review import carried_out, found_comment, lost, reviewed_site


async def _read(
    house: House, principal: Principal, site_id: str, comment_id: str, version: int
) -> tuple[Site, Comment]:
    site = await reviewed_site(house, principal, site_id)
    current = await found_comment(house, principal, site, comment_id)
    if current.version != version:
        raise await lost(house, current)
    return site, current


async def note(house: House, principal: Principal, site_id: str, comment_id: str, version: int, text: str) -> Comment:
    """Add a note; raises NotFound, Forbidden, Conflict, Refused for an empty one, or LostRace."""
    site, current = await _read(house, principal, site_id, comment_id, version)
    after = annotated(current, text, moderator=principal.id, at=house.now())
    return await carried_out(house, site, Move(before=current, after=after))


async def escalate(
    house: House, principal: Principal, site_id: str, comment_id: str, version: int, text: str
) -> Comment:
    """Leave a held comment to a senior moderator, with a note or without; raises as `note`."""
    site, current = await _read(house, principal, site_id, comment_id, version)
    after = escalated(current, moderator=principal.id, at=house.now(), note=text)
    return await carried_out(house, site, Move(before=current, after=after))
