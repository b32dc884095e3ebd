"""Moderators list what waits, and decide."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from service.domain.comment import Comment
from service.domain.errors import Fault, Forbidden, Invalid, LostRace, NotFound, Refused
from service.domain.house_rules import insist_house_rule
from service.domain.ids import is_id
from service.domain.moves import decided, lost_race, needs_senior
from service.domain.orders import Claimed, Gone, Lost, Move
from service.domain.policy import Policy
from service.domain.site import Principal, Site
from service.domain.status import Status
from service.domain.views import ReviewPage, ReviewQuery
from service.workflow import reach
from service.workflow.house import House, find_site
from service.workflow.sorting import Selection, select

Action = Literal["approve", "reject", "hold"]
OUTCOMES: dict[Action, Status] = {"approve": "approved", "reject": "rejected", "hold": "held"}


@dataclass(frozen=True)
class Choice:
    """One decision of a moderator: on which version of which comment, and why."""

    site: str
    id: str
    version: int
    action: Action
    reason: str = ""
    note: str = ""
    house_rule: str | None = None
    claim: int | None = None
    batch: str = ""


async def reviewed_site(house: House, principal: Principal, site_id: str) -> Site:
    """Find a site that a moderator is scoped to; one they are not scoped to is as forbidden as one that is not."""
    if not principal.may(site_id):
        message = "This token does not reach that site."
        raise Forbidden(message)
    return await find_site(house, site_id)


async def list_comments(house: House, principal: Principal, site: Site, query: ReviewQuery) -> ReviewPage:
    """List comments for moderators; `riskiest` and `first` sort held comments only, which are indexed by score."""
    if query.sort in ("riskiest", "first"):
        if query.status not in (None, "held"):
            message = f"`sort={query.sort}` lists held comments only."
            raise Refused(message)
        query = msgspec.structs.replace(query, status="held")
    if query.sections is None and principal.sections:
        query = msgspec.structs.replace(query, sections=principal.sections)
    return await house.comments.review(site, query)


async def resembling(
    house: House, principal: Principal, site: Site, query: ReviewQuery, comment_id: str
) -> ReviewQuery:
    """Ask for the near-duplicates of one comment alone; raises NotFound, Forbidden."""
    selected = await select(house, principal, site, Selection(queue=query.queue, by_likeness=comment_id))
    rows = tuple((card.highest + card.urgent, card.id) for card in selected.cards)
    return msgspec.structs.replace(query, among=rows)


async def decide(house: House, principal: Principal, choice: Choice) -> Comment:
    """Apply one decision, once; raises NotFound, Forbidden, Invalid, Conflict or LostRace."""
    site = await reviewed_site(house, principal, choice.site)
    current = await found_comment(house, principal, site, choice.id)
    check_house_rule(await house.directory.policy(site), choice)
    return await decide_on(house, principal, site, choice, current)


async def found_comment(house: House, principal: Principal, site: Site, comment_id: str) -> Comment:
    """Read a comment that a moderator reaches; raises NotFound, Forbidden."""
    current = await house.comments.load(site, comment_id) if is_id(comment_id) else None
    if current is None:
        raise unknown()
    await reach.insist(house, principal, site, current.thread)
    return current


def unknown() -> NotFound:
    """Say that a comment is not there."""
    message = "There is no such comment."
    return NotFound(message, slug="unknown-comment")


async def decide_on(house: House, principal: Principal, site: Site, choice: Choice, current: Comment) -> Comment:
    """Apply a decision whose house rule was checked to a comment as it was read; raises as `decide`."""
    if current.version != choice.version:
        raise await lost(house, current)
    if needs_senior(current) and principal.rank == "moderator":
        message = "This comment was left to a senior moderator."
        raise Forbidden(message, slug="needs-senior")
    after = decided(
        current,
        OUTCOMES[choice.action],
        moderator=principal.id,
        at=house.now(),
        statement=choice.reason,
        note=choice.note,
        house_rule=choice.house_rule,
        batch=choice.batch,
    )
    return await carried_out(house, site, Move(before=current, after=after, claim=choice.claim))


def check_house_rule(policy: Policy, choice: Choice) -> None:
    """Insist that a rejection names a house rule where the site has any, and nothing else names one; raises Invalid."""
    if choice.action == "reject":
        insist_house_rule(policy.house_rules, choice.house_rule)
    elif choice.house_rule is not None:
        raise Invalid((Fault(path="$.house_rule", message="belongs to a rejection"),))


async def carried_out(house: House, site: Site, move: Move) -> Comment:
    """Have a moderator's move stored; raises LostRace or NotFound."""
    result = await house.comments.move(site, move)
    if isinstance(result, Lost):
        raise await lost(house, result.current)
    if isinstance(result, Gone):
        raise unknown()
    if isinstance(result, Claimed):
        raise await lost(house, move.before, claimed_by=result.by)
    return move.after


async def lost(house: House, current: Comment, *, claimed_by: str | None = None) -> LostRace:
    """Say to a moderator who decided first, by name, or who has claimed what they wanted to decide."""
    return named(lost_race(current), await house.directory.names(), claimed_by=claimed_by)


def named(race: LostRace, names: dict[str, str], *, claimed_by: str | None = None) -> LostRace:
    """Add to a lost race what its winner is called."""
    return LostRace(
        decided_by=race.decided_by,
        decided_at=race.decided_at,
        decided_to=race.decided_to,
        version=race.version,
        decided_by_name=names.get(race.decided_by, ""),
        claimed_by=claimed_by,
    )
