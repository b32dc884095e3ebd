"""The figures of a moderator's dashboard."""

from typing import Annotated, Any, Literal

from litestar import Request, Response, get
from litestar.params import FromQuery, Parameter

from service.api import access, described
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.api.wire_figures import DescribedFigures, Figures
from service.workflow import figures, review


@get(
    "/v1/review/figures",
    summary="Read figures",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200, DescribedFigures, "The figures; `mine` or `team`.", *described.READING, *described.BY_PEOPLE
    ),
)
async def get_figures(
    site: FromQuery[str],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    days: Annotated[int, Parameter(ge=1, le=366)] = 30,
    moderator: FromQuery[Literal["me", "all"]] = "me",
) -> Response[bytes]:
    """Say what was decided in the last days and what waits now; the team's own figures need the rank of a senior."""
    asking = await access.principal(house, request, "moderator")
    found = await review.reviewed_site(house, asking, site)
    board = await figures.dashboard(house, found, asking, days=days, team=moderator == "all")
    return json_reply(Figures.of(board, team=moderator == "all"))
