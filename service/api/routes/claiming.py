"""Claims: moderators take what they are about to decide, keep it, and give it back."""

from typing import Any

from litestar import Request, Response, delete, patch, post
from litestar.params import RequestBody
from msgspec import UNSET

from service.api import access, described
from service.api.cards import failures, with_claims
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.api.strictly import insist
from service.api.wire_deciding import (
    ClaimedComment,
    ClaimedComments,
    ClaimFilters,
    ClaimRequest,
    HeldClaims,
    RenewedClaim,
    RenewedClaims,
    Skip,
)
from service.domain.errors import Fault, Invalid
from service.domain.site import Principal, Site
from service.domain.views import ReviewQuery
from service.workflow import claiming, reach, review
from service.workflow.house import House

_PATH = "/v1/review/claims"
_SAID = (*described.WRITING, *described.BY_PEOPLE)


@post(
    _PATH,
    status_code=200,
    summary="Claim comments",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200, ClaimedComments, "What is now one's own to decide, for a minute at first.", *_SAID
    ),
)
async def claim(data: RequestBody[ClaimRequest], request: Request[Any, Any, Any], house: GivenHouse) -> Response[bytes]:
    """Claim 1 to 100 comments by `ids`, or as many of the `next` in a queue; each is listed to nobody else as next."""
    moderator = await access.principal(house, request, "moderator")
    await insist(request, ClaimRequest)
    site = await review.reviewed_site(house, moderator, data.site)
    if (data.ids is UNSET) == (data.next is UNSET):
        raise Invalid((Fault(path="$", message="either `ids` or `next` says what to claim"),))
    if data.ids is not UNSET:
        taken = await claiming.claim_these(house, moderator, site, data.ids)
    else:
        taken = await _next(house, moderator, site, data)
    shown = await with_claims(house, taken.claimed)
    items = [
        ClaimedComment(comment=card, claim=made.number, until=made.until)
        for card, (_, made) in zip(shown, taken.claimed, strict=True)
    ]
    return json_reply(ClaimedComments(items=items, failed=failures(taken.failed)))


async def _next(house: House, moderator: Principal, site: Site, data: ClaimRequest) -> claiming.Taken:
    filters = data.filters or ClaimFilters()
    query = ReviewQuery(
        # What was published to be looked at is not held: it has no risk to be sorted by.
        sort="oldest" if filters.look and filters.sort in ("first", "riskiest") else filters.sort,
        queue=filters.queue,
        thread=filters.thread,
        author=filters.author,
        label=filters.label,
        min_score=filters.min_score,
        look=filters.look,
        without=tuple(filters.without or ()),
        limit=data.next if data.next is not UNSET else 0,
    )
    return await claiming.claim_next(house, moderator, site, query)


@patch(
    _PATH,
    summary="Keep claims",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(200, RenewedClaims, "Whether each is still one's own, for another minute.", *_SAID),
)
async def keep_claims(
    data: RequestBody[HeldClaims], request: Request[Any, Any, Any], house: GivenHouse
) -> Response[bytes]:
    """Make 1 to 100 claims last another minute from now."""
    moderator, site = await _held(house, request, data)
    held = [(one.id, one.claim) for one in data.claims]
    ends = await house.claims.renew(site, held, by=moderator.id)
    items = [
        RenewedClaim(id=comment_id, ok=end is not None, until=end)
        for (comment_id, _), end in zip(held, ends, strict=True)
    ]
    return json_reply(RenewedClaims(items=items))


@delete(
    _PATH,
    status_code=204,
    summary="Give claims back",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(204, None, "They are nobody's.", *_SAID),
)
async def release_claims(data: RequestBody[HeldClaims], request: Request[Any, Any, Any], house: GivenHouse) -> None:
    """End 1 to 100 claims; those that are not one's own any more stay as they are."""
    moderator, site = await _held(house, request, data)
    await house.claims.release(site, [(one.id, one.claim) for one in data.claims], by=moderator.id)


async def _held(house: House, request: Request[Any, Any, Any], data: HeldClaims) -> tuple[Principal, Site]:
    moderator = await access.principal(house, request, "moderator")
    await insist(request, HeldClaims)
    site = await review.reviewed_site(house, moderator, data.site)
    claiming.insist_few(len(data.claims))
    return moderator, site


@post(
    "/v1/review/skips",
    status_code=204,
    summary="Skip a comment",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(204, None, "It is not given next for a day.", *_SAID, "unknown-comment"),
)
async def skip(data: RequestBody[Skip], request: Request[Any, Any, Any], house: GivenHouse) -> None:
    """Leave a comment out of what one is given next, for 24 hours, and end one's claim on it."""
    moderator = await access.principal(house, request, "moderator")
    await insist(request, Skip)
    site = await review.reviewed_site(house, moderator, data.site)
    comment = await review.found_comment(house, moderator, site, data.id)
    await reach.insist(house, moderator, site, comment.thread)
    await house.claims.skip(site, comment.id, by=moderator.id)
