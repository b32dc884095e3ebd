"""The review endpoint: what waits, and the decisions of moderators."""

from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.params import FromQuery, Parameter, RequestBody

from service.api import access, cursors, described
from service.api.bounds import DECISIONS, REASON_POINTS
from service.api.cards import cards
from service.api.problems import describe
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.api.strictly import insist
from service.api.wire import (
    DecisionDone,
    DecisionFailed,
    DecisionRequest,
    DecisionRequests,
    DecisionResults,
    ReviewList,
)
from service.domain.errors import Fault, GatepostError, Invalid, Refused, Unavailable
from service.domain.scores import Label
from service.domain.site import Principal
from service.domain.status import Status
from service.domain.submission import line_faults
from service.domain.views import ReviewQuery, ReviewSort
from service.workflow import reach, review
from service.workflow.house import House
from service.workflow.undoing import decision_name


@get(
    "/v1/review/comments",
    summary="List comments for review",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200,
        ReviewList,
        "A page of what matches.",
        *described.READING,
        *described.BY_PEOPLE,
        "invalid-cursor",
        "unknown-comment",
    ),
)
async def list_for_review(
    site: FromQuery[str],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    status: FromQuery[Status | None] = None,
    look: FromQuery[bool | None] = None,
    thread: FromQuery[str | None] = None,
    author: FromQuery[str | None] = None,
    label: FromQuery[Label | None] = None,
    min_score: Annotated[float | None, Parameter(ge=0, le=1)] = None,
    max_score: Annotated[float | None, Parameter(ge=0, le=1)] = None,
    queue: FromQuery[Literal["urgent", "escalated", "reported", "appeals", "look"] | None] = None,
    reason: FromQuery[str | None] = None,
    section: FromQuery[str | None] = None,
    by_likeness: FromQuery[str | None] = None,
    sort: FromQuery[ReviewSort | None] = None,
    limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    cursor: FromQuery[str | None] = None,
) -> Response[bytes]:
    """List what matches; a page may be short, even empty, and still carry a cursor to go on with.

    What is held comes in the order `first`, urgent before the rest and then by risk, unless another is asked for.
    """
    moderator = await access.principal(house, request, "moderator")
    found = await review.reviewed_site(house, moderator, site)
    looked, held = queue == "look", queue if queue != "look" else None
    order: ReviewSort = sort or ("first" if held or by_likeness or status == "held" else "oldest")
    after = None
    if cursor is not None:
        last = cursors.read(cursor, cursors.ReviewCursor, order)
        after = (last.score, last.id)
    query = ReviewQuery(
        status="held" if status is None and (held or by_likeness) else status,
        look=True if looked else look,
        queue=held,
        max_score=max_score,
        reason=reason,
        sections=reach.sections_asked(moderator, section),
        thread=thread,
        author=author,
        label=label,
        min_score=min_score,
        sort=order,
        limit=limit,
        after=after,
    )
    if by_likeness is not None:
        query = await review.resembling(house, moderator, found, query, by_likeness)
    page = await review.list_comments(house, moderator, found, query)
    following = None
    if page.after is not None:
        following = cursors.write(cursors.ReviewCursor(sort=order, score=page.after[0], id=page.after[1]))
    return json_reply(ReviewList(items=await cards(house, found, page.comments), next_cursor=following))


@post(
    "/v1/review/decisions",
    status_code=200,
    summary="Decide",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200,
        described.ListedResults,
        "One result for each decision, in order; a refused one carries its problem, such as `lost-race`.",
        *described.WRITING,
        *described.BY_PEOPLE,
    ),
)
async def decide(
    data: RequestBody[DecisionRequests], request: Request[Any, Any, Any], house: GivenHouse
) -> Response[bytes]:
    """Apply 1 to 100 decisions, each on its own: one that is refused leaves the others alone."""
    moderator = await access.principal(house, request, "moderator")
    await insist(request, DecisionRequests)
    if not 1 <= len(data.decisions) <= DECISIONS:
        message = f"1 to {DECISIONS} decisions are taken at once."
        raise Refused(message)
    # One after another: two on the same comment must meet in the order they were written.
    results = [await _result(house, moderator, decision) for decision in data.decisions]
    return json_reply(DecisionResults(results=results))


async def _result(house: House, moderator: Principal, decision: DecisionRequest) -> DecisionDone | DecisionFailed:
    try:
        faults: list[Fault] = []
        for name in ("reason", "note"):
            faults += line_faults(f"$.{name}", getattr(decision, name), REASON_POINTS)
        if faults:
            raise Invalid(tuple(faults))
        choice = review.Choice(
            site=decision.site,
            id=decision.id,
            version=decision.version,
            action=decision.action,
            reason=decision.reason,
            note=decision.note,
            house_rule=decision.house_rule,
            claim=decision.claim,
        )
        comment = await review.decide(house, moderator, choice)
    except Unavailable:
        # The storage is away: the whole answer is a 503, and the client repeats it.
        raise
    except GatepostError as error:
        return DecisionFailed(id=decision.id, ok=False, problem=describe(error))
    return DecisionDone(
        id=comment.id, ok=True, status=comment.status, version=comment.version, decision=decision_name(comment)
    )
