"""Blocks: for the site's key and its moderators."""

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery, RequestBody

from service.api import access, described
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.api.strictly import insist
from service.api.wire_blocks import BlockList, BlockView, LiftedBlock, PlaceBlock, PlacedBlock
from service.domain.errors import Forbidden
from service.domain.site import Principal, Site
from service.workflow import blocking
from service.workflow.house import House, find_site


async def _managed(house: House, request: Request[Any, Any, Any], site_id: str) -> tuple[Site, Principal]:
    site = await find_site(house, site_id)
    return site, await access.of_site(house, request, site, "site", "moderator")


@get(
    "/v1/sites/{site:str}/blocks",
    summary="List the blocks",
    tags=["sites"],
    security=described.MANAGERS,
    responses=described.answers(200, BlockList, "The blocks in force.", *described.READING, *described.BY_PEOPLE),
)
async def list_blocks(site: FromPath[str], request: Request[Any, Any, Any], house: GivenHouse) -> Response[bytes]:
    """List whom the site takes nothing from, the newest block first."""
    found, _ = await _managed(house, request, site)
    return json_reply(BlockList(items=[BlockView.from_record(block) for block in await house.blocks.of_site(found)]))


@post(
    "/v1/sites/{site:str}/blocks",
    status_code=200,
    summary="Block an author or an address",
    tags=["sites"],
    security=described.MANAGERS,
    responses=described.answers(
        200,
        PlacedBlock,
        "The block, in force everywhere.",
        *described.WRITING,
        *described.BY_PEOPLE,
        "unknown-comment",
        "address-unknown",
        "too-many-blocks",
        "house-rule-required",
    ),
)
async def place_block(
    site: FromPath[str], data: RequestBody[PlaceBlock], request: Request[Any, Any, Any], house: GivenHouse
) -> Response[bytes]:
    """Take nothing more from an author or an address, and reject what waits of them where that is asked for."""
    found, who = await _managed(house, request, site)
    await insist(request, PlaceBlock)
    if data.reject_waiting and who.role != "moderator":
        message = "Only a moderator rejects comments: `reject_waiting` needs a moderator's token."
        raise Forbidden(message)
    wish = blocking.Wish(
        kind=data.kind,
        key=data.key,
        comment=data.comment,
        until=data.until,
        note=data.note,
        reject_waiting=data.reject_waiting,
        house_rule=data.house_rule,
    )
    return json_reply(PlacedBlock.from_done(await blocking.block(house, found, wish, by=who.id, principal=who)))


@delete(
    "/v1/sites/{site:str}/blocks",
    status_code=200,
    summary="Lift a block",
    tags=["sites"],
    security=described.MANAGERS,
    responses=described.answers(
        200, LiftedBlock, "It is not in force any more.", *described.READING, *described.BY_PEOPLE
    ),
)
async def lift_block(
    site: FromPath[str],
    id: FromQuery[str],  # noqa: A002 - the parameter's name on the wire
    request: Request[Any, Any, Any],
    house: GivenHouse,
) -> Response[bytes]:
    """Lift a block, at once and everywhere; where there is none, nothing changes."""
    found, who = await _managed(house, request, site)
    lifted = await blocking.lift(house, found, id, by=who.id)
    return json_reply(LiftedBlock(lifted=BlockView.from_record(lifted) if lifted is not None else None))
