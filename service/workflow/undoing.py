"""Moderators take back what they decided a moment ago."""

import asyncio

from service.domain.comment import Comment
from service.domain.errors import Forbidden, GatepostError, LostRace, NotFound, Unavailable
from service.domain.ids import derive, is_id
from service.domain.moves import is_undone, undone
from service.domain.orders import Move
from service.domain.site import Principal, Site
from service.workflow.bulk import Done, Failed
from service.workflow.house import House
from service.workflow.review import carried_out, named, reviewed_site, unknown


def decision_name(comment: Comment) -> str:
    """Name the last decision of a comment as moderators are told it: the comment's id, a dot and the decision's."""
    return f"{comment.id}.{comment.trail[-1].id}"


def _no_decision() -> NotFound:
    message = "There is no such decision."
    return NotFound(message, slug="unknown-decision")


async def undo(house: House, principal: Principal, site_id: str, decision: str) -> Comment:
    """Take back one decision by its name; doing it again changes nothing.

    Raises NotFound, Forbidden for who did not make it, Conflict when its time is over, LostRace where the comment was
    decided again.
    """
    site = await reviewed_site(house, principal, site_id)
    comment_id, _, decision_id = decision.partition(".")
    current = await house.comments.load(site, comment_id) if is_id(comment_id) else None
    if current is None:
        raise _no_decision()
    return await _undone(house, principal, site, current, decision_id)


async def undo_batch(house: House, principal: Principal, site_id: str, batch_id: str) -> Done:
    """Take back what a bulk decision decided; one that cannot be stops no other. Doing it again changes nothing."""
    site = await reviewed_site(house, principal, site_id)
    batch = await house.batches.find(site, batch_id)
    if batch is None:
        raise _no_decision()
    if batch.by != principal.id:
        message = "Only whoever made a decision takes it back."
        raise Forbidden(message)
    known = [comment_id for comment_id in batch.ids if is_id(comment_id)]
    outcomes = await asyncio.gather(
        *(
            _one(house, principal, site, comment_id, comment, batch_id)
            for comment_id, comment in zip(known, await house.comments.load_many(site, known), strict=True)
        )
    )
    failed = tuple(outcome for outcome in outcomes if isinstance(outcome, Failed))
    return Done(batch=batch_id, done=sum(outcome is True for outcome in outcomes), failed=failed)


async def _one(
    house: House, principal: Principal, site: Site, comment_id: str, comment: Comment | None, batch_id: str
) -> bool | Failed:
    """Take back one of a batch; tells false for one that the batch did not decide."""
    if comment is None:
        return Failed(comment_id, unknown())
    decision_id = derive(batch_id, comment_id)
    if all(decision.id != decision_id for decision in comment.trail):
        return False
    try:
        await _undone(house, principal, site, comment, decision_id)
    except Unavailable:
        raise
    except GatepostError as error:
        return Failed(comment_id, error)
    return True


async def _undone(house: House, principal: Principal, site: Site, current: Comment, decision_id: str) -> Comment:
    if is_undone(current, decision_id, by=principal.id):
        return current
    policy = await house.directory.recent_policy(site)
    try:
        after = undone(current, decision_id, by=principal.id, at=house.now(), seconds=policy.undo_seconds)
    except LostRace as race:
        raise named(race, await house.directory.names()) from race
    return await carried_out(house, site, Move(before=current, after=after))
