"""Moderators take what they are about to decide, so that no other reads it meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from service.domain.claiming import MOST_CLAIMED, Claim
from service.domain.comment import Comment
from service.domain.errors import GatepostError, Refused
from service.domain.ids import is_id
from service.domain.site import Principal, Site
from service.domain.views import ReviewQuery
from service.workflow import reach
from service.workflow.bulk import Failed
from service.workflow.house import House
from service.workflow.review import found_comment, lost, unknown


@dataclass(frozen=True)
class Taken:
    """What a moderator has claimed, and what they could not."""

    claimed: tuple[tuple[Comment, Claim], ...]
    failed: tuple[Failed, ...] = ()


def insist_few(number: int) -> None:
    """Insist on 1 to 100 comments at once; raises Refused."""
    if not 1 <= number <= MOST_CLAIMED:
        message = f"1 to {MOST_CLAIMED} comments are claimed at once."
        raise Refused(message)


async def claim_next(house: House, principal: Principal, site: Site, query: ReviewQuery) -> Taken:
    """Claim the first of a queue that nobody has claimed; what waits for a senior is given to seniors alone."""
    insist_few(query.limit)
    if query.status is None and not query.look:
        query = msgspec.structs.replace(query, status="held")
    if principal.rank == "moderator":
        query = msgspec.structs.replace(query, escalated=False)
    if query.sections is None and principal.sections:
        query = msgspec.structs.replace(query, sections=principal.sections)
    return Taken(claimed=tuple(await house.claims.next(site, query, by=principal.id)))


async def claim_these(house: House, principal: Principal, site: Site, ids: Sequence[str]) -> Taken:
    """Claim comments by id; those that somebody else has, that wait or that are gone fail each on its own."""
    ids = list(dict.fromkeys(ids))
    insist_few(len(ids))
    known = [comment_id for comment_id in ids if is_id(comment_id)]
    found = dict(zip(known, await house.comments.load_many(site, known), strict=True))
    comments = await reach.within(house, principal, site, [one for one in found.values() if one is not None])
    claims = {c.id: c for c in await house.claims.take(site, comments, by=principal.id, most=len(comments))}
    claimed = tuple((comment, claims[comment.id]) for comment in comments if comment.id in claims)
    left = [comment_id for comment_id in ids if comment_id not in claims]
    others = await house.claims.of(site, left)
    failed = [Failed(comment_id, await _refusal(house, principal, site, comment_id, others)) for comment_id in left]
    return Taken(claimed=claimed, failed=tuple(failed))


async def _refusal(
    house: House, principal: Principal, site: Site, comment_id: str, others: dict[str, Claim]
) -> GatepostError:
    try:
        current = await found_comment(house, principal, site, comment_id)
    except GatepostError as error:
        return error
    if current.status == "deleted":
        return unknown()
    claim = others.get(comment_id)
    return await lost(house, current, claimed_by=claim.by if claim else None)
