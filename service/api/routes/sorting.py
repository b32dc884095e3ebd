"""Many held comments at once: groups, the scores of one label, random samples."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromQuery, Parameter

from service.api import access, described
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.api.wire import ReviewComment
from service.api.wire_sorting import Distribution, GroupList, Samples
from service.domain.scores import Label
from service.domain.views import HeldQueue
from service.workflow import review, sorting
from service.workflow.sorting import By, Selection

_SAMPLES = 50


@get(
    "/v1/review/groups",
    summary="Group what is held",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200, GroupList, "The groups, the largest first, at most 200.", *described.READING, *described.BY_PEOPLE
    ),
)
async def list_groups(
    site: FromQuery[str],
    by: FromQuery[By],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    queue: FromQuery[HeldQueue | None] = None,
    thread: FromQuery[str | None] = None,
    author: FromQuery[str | None] = None,
    reason: FromQuery[str | None] = None,
    section: FromQuery[str | None] = None,
    label: FromQuery[Label | None] = None,
    min_score: Annotated[float | None, Parameter(ge=0, le=1)] = None,
    max_score: Annotated[float | None, Parameter(ge=0, le=1)] = None,
) -> Response[bytes]:
    """Group what is held by thread, author, near-duplicate text or main reason; over the first 5,000 of a queue."""
    moderator = await access.principal(house, request, "moderator")
    found = await review.reviewed_site(house, moderator, site)
    selection = Selection(
        queue=queue,
        thread=thread,
        author=author,
        reason=reason,
        section=section,
        label=label,
        min_score=min_score,
        max_score=max_score,
    )
    groups, selected = await sorting.groups_of(house, moderator, found, selection, by)
    complete = selected.looked_at == selected.total
    return json_reply(GroupList(items=groups, total=selected.total, looked_at=selected.looked_at, complete=complete))


@get(
    "/v1/review/distribution",
    summary="Draw what is held by one label",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200,
        Distribution,
        "A point for each comment, the highest score first.",
        *described.READING,
        *described.BY_PEOPLE,
        "unknown-comment",
    ),
)
async def draw_distribution(
    site: FromQuery[str],
    label: FromQuery[Label],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    queue: FromQuery[HeldQueue | None] = None,
    thread: FromQuery[str | None] = None,
    author: FromQuery[str | None] = None,
    reason: FromQuery[str | None] = None,
    by_likeness: FromQuery[str | None] = None,
    section: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Give the scores of what is held, or of a group of it, by one label."""
    moderator = await access.principal(house, request, "moderator")
    found = await review.reviewed_site(house, moderator, site)
    selection = Selection(
        queue=queue,
        thread=thread,
        author=author,
        reason=reason,
        by_likeness=by_likeness,
        section=section,
        label=label,
    )
    selected = await sorting.points_of(house, moderator, found, selection)
    return json_reply(Distribution.from_selection(label, selected))


@get(
    "/v1/review/samples",
    summary="Draw samples of a score range",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200,
        Samples,
        "Comments of the range, drawn at random.",
        *described.READING,
        *described.BY_PEOPLE,
        "unknown-comment",
    ),
)
async def draw_samples(
    site: FromQuery[str],
    label: FromQuery[Label],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    min_score: Annotated[float, Parameter(ge=0, le=1)] = 0.0,
    max_score: Annotated[float, Parameter(ge=0, le=1)] = 1.0,
    count: Annotated[int, Parameter(ge=1, le=_SAMPLES)] = 10,
    queue: FromQuery[HeldQueue | None] = None,
    thread: FromQuery[str | None] = None,
    author: FromQuery[str | None] = None,
    reason: FromQuery[str | None] = None,
    by_likeness: FromQuery[str | None] = None,
    section: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Draw comments of a score range, each with the same chance, so that one can judge the range by them."""
    moderator = await access.principal(house, request, "moderator")
    found = await review.reviewed_site(house, moderator, site)
    selection = Selection(
        queue=queue,
        thread=thread,
        author=author,
        reason=reason,
        by_likeness=by_likeness,
        section=section,
        label=label,
        min_score=min_score,
        max_score=max_score,
    )
    drawn = await sorting.sample(house, moderator, found, selection, count=count)
    return json_reply(Samples(items=[ReviewComment.from_record(comment) for comment in drawn]))
