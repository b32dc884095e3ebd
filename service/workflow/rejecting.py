"""What the blocked have waiting is rejected, in bounded steps, as the decisions of whoever blocked them."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec
from msgspec import Struct

from service.domain.batches import MOST_TOGETHER, Batch
from service.domain.blocking import BlockKind, writer_key
from service.domain.comment import Comment
from service.domain.moves import decided, needs_senior
from service.domain.orders import Claimed, Lost, Move, Moved
from service.domain.site import Principal, Site
from service.domain.views import ReviewQuery
from service.workflow import reach
from service.workflow.house import House

_STEP = 200
# So many pages of what waits are looked at in one action: the newest, for an older comment's address is forgotten.
PAGES = 50
_AT_ONCE = 50
_TRIES = 3


class Waiting(Struct, frozen=True, kw_only=True):
    """Whose waiting comments are meant: what a block is on, and the author's key that comments have."""

    kind: BlockKind
    key: str
    author: str = ""
    # Whose sections bound what is rejected; nothing for an operator, who reaches everything.
    principal: Principal | None = None


class Rejected(Struct, frozen=True, kw_only=True):
    """How many were rejected, how many are left to who claimed them or to seniors, and whether all were looked at."""

    rejected: int = 0
    left: int = 0
    complete: bool = True


async def reject(
    house: House, site: Site, waiting: Waiting, *, by: str, house_rule: str | None, batch: str
) -> Rejected:
    """Reject up to 500 that are held or pending of somebody; each is a decision of its own, all of one batch.

    The batch is remembered before the first, so that it can be taken back as any bulk decision.
    """
    mine, complete = await _found(house, site, waiting)
    if not mine:
        return Rejected(complete=complete)
    ids = tuple(comment.id for comment in mine)
    await house.batches.open(site, Batch(id=batch, by=by, fingerprint=f"block {waiting.kind}", ids=ids))
    results: list[str] = []
    for start in range(0, len(mine), _AT_ONCE):
        results += await asyncio.gather(
            *(_reject(house, site, one, by, house_rule, batch) for one in mine[start : start + _AT_ONCE])
        )
    return Rejected(rejected=results.count("rejected"), left=results.count("left"), complete=complete)


async def _found(house: House, site: Site, waiting: Waiting) -> tuple[list[Comment], bool]:
    """Find what is to be rejected, and tell whether everything was looked at."""
    mine: list[Comment] = []
    pages = 0
    async for step in _steps(house, site, waiting):
        pages += 1
        mine += await _meant(house, site, waiting, step)
        if pages == PAGES or len(mine) > MOST_TOGETHER:
            return mine[:MOST_TOGETHER], False
    return mine, True


async def _steps(house: House, site: Site, waiting: Waiting) -> AsyncIterator[Sequence[Comment]]:
    """Read what waits, the newest first, 200 at a time; of an author by their own index, else all that waits."""
    query = ReviewQuery(author=waiting.author or None, sort="newest", limit=_STEP)
    queries = [msgspec.structs.replace(query, status="held"), msgspec.structs.replace(query, status="pending")]
    for one in queries:
        after = None
        while True:
            page = await house.comments.review(site, msgspec.structs.replace(one, after=after))
            yield page.comments
            if page.after is None:
                break
            after = page.after


async def _meant(house: House, site: Site, waiting: Waiting, step: Sequence[Comment]) -> list[Comment]:
    found = step if waiting.principal is None else await reach.within(house, waiting.principal, site, step)
    addresses = await house.blocks.addresses(site, [comment.id for comment in found])
    if waiting.kind == "address":
        return [comment for comment, address in zip(found, addresses, strict=True) if address == waiting.key]
    # Of a typed name only what came from the same address: the others are strangers of that name.
    return [
        comment
        for comment, address in zip(found, addresses, strict=True)
        if writer_key(house.hasher, comment.author, address) == waiting.key
    ]


async def _reject(house: House, site: Site, comment: Comment, by: str, house_rule: str | None, batch: str) -> str:
    for _ in range(_TRIES):
        if needs_senior(comment):
            return "left"
        after = decided(
            comment,
            "rejected",
            moderator=by,
            at=house.now(),
            statement="",
            note="",
            house_rule=house_rule,
            batch=batch,
        )
        result = await house.comments.move(site, Move(before=comment, after=after))
        if isinstance(result, Claimed):
            return "left"
        if not isinstance(result, Lost):
            return "rejected" if isinstance(result, Moved) else "gone"
        # A verdict came first: what it held still waits.
        comment = result.current
        if comment.status not in ("held", "pending"):
            return "decided"
    return "left"
