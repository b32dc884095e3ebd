"""What became of comments on a site, for everybody: as a page and as JSON."""

from litestar import Response, get
from litestar.params import FromPath

from service.api import described
from service.api.provided import GivenHouse
from service.api.replies import public_reply
from service.api.transparency_page import page
from service.api.wire_figures import MonthFigures, Transparency
from service.domain.site import Site
from service.workflow import figures
from service.workflow.house import House, find_site


async def _read(house: House, site: Site) -> Transparency:
    now = house.now()
    months = await figures.transparency(house, site, now=now)
    return Transparency(site=site.id, until=now.date(), months=[MonthFigures.of(month) for month in months])


@get(
    "/v1/sites/{site:str}/transparency",
    summary="Read what became of comments",
    tags=["readers"],
    responses=described.answers(200, Transparency, "Month by month.", *described.READING),
)
async def get_transparency(site: FromPath[str], house: GivenHouse) -> Response[bytes]:
    """Say month by month what became of comments, by which rules, by whom, and how appeals ended."""
    return public_reply(await _read(house, await find_site(house, site)), etag=None)


@get("/sites/{site:str}/transparency", include_in_schema=False)
async def show_transparency(site: FromPath[str], house: GivenHouse) -> Response[bytes]:
    """Show the same as a page without scripts."""
    found = await find_site(house, site)
    policy = await house.directory.recent_policy(found)
    return Response(
        page(await _read(house, found), policy.house_rules, found.languages).encode(),
        media_type="text/html",
        headers={"cache-control": "public, no-cache"},
    )
