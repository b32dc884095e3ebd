"""Comments as moderators see them, with who is deciding them at the moment."""

from collections.abc import Sequence

from service.api.problems import describe
from service.api.wire import ClaimedBy, ReviewComment
from service.api.wire_deciding import FailedItem
from service.domain.claiming import Claim
from service.domain.comment import Comment
from service.domain.site import Site
from service.workflow.bulk import Failed
from service.workflow.house import House


async def cards(house: House, site: Site, comments: Sequence[Comment]) -> list[ReviewComment]:
    """Show comments of a site to a moderator."""
    claims = await house.claims.of(site, [comment.id for comment in comments])
    return await with_claims(house, [(comment, claims.get(comment.id)) for comment in comments])


async def with_claims(house: House, pairs: Sequence[tuple[Comment, Claim | None]]) -> list[ReviewComment]:
    """Show comments whose claims are known."""
    names = await house.directory.names() if any(claim for _, claim in pairs) else {}
    return [
        ReviewComment.from_record(
            comment, ClaimedBy(by=claim.by, name=names.get(claim.by, ""), until=claim.until) if claim else None
        )
        for comment, claim in pairs
    ]


def failures(failed: Sequence[Failed]) -> list[FailedItem]:
    """Show what was refused of many."""
    return [FailedItem(id=one.id, problem=describe(one.error)) for one in failed]
