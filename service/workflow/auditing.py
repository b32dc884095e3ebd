"""Blind audits: moderators judge without scores, and the figures that follow."""

from datetime import timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from service.domain.auditing import AuditDay, AuditEntry, Judgement
from service.domain.comment import Comment
from service.domain.errors import Conflict, Fault, Invalid, NotFound
from service.domain.ids import first_id, is_id
from service.domain.intervals import Group, Share, estimated
from service.domain.moves import decided
from service.domain.orders import Move, Moved
from service.domain.site import Principal, Site
from service.domain.status import Status
from service.workflow.house import House
from service.workflow.reach import insist, within
from service.workflow.review import reviewed_site


class AuditChoice(Struct, frozen=True, kw_only=True):
    """A moderator's judgement of one version of a comment."""

    site: str
    id: str
    version: int
    judgement: Judgement
    house_rule: str | None = None


class Judged(Struct, frozen=True, kw_only=True):
    """What became of a judgement: the entry that is kept, and the comment as it is now.

    `applied` tells whether the judgement, being another than the machine's, moved the comment.
    """

    entry: AuditEntry
    comment: Comment
    applied: bool


class StratumFigure(Struct, frozen=True, kw_only=True):
    """A share with its 95 % interval, from `n` judgements of `of` comments; no share where nobody has judged."""

    share: float | None
    low: float | None
    high: float | None
    n: int
    of: int
    waiting: int
    dropped: int


class AuditFigure(Struct, frozen=True, kw_only=True):
    """Of what machines published, how much was fit; of what they rejected, how much was unfit."""

    days: int
    published_fit: StratumFigure
    rejected_unfit: StratumFigure


async def list_audits(
    house: House, principal: Principal, site_id: str, *, after: str, limit: int
) -> tuple[list[Comment], int, str | None]:
    """List comments to be judged, how many wait in all, and behind which id to go on."""
    site = await reviewed_site(house, principal, site_id)
    entries = await house.audits.waiting(site, after=after, limit=limit)
    found = []
    for entry in entries:
        comment = await house.comments.load(site, entry.id)
        # What has moved is taken off the queue by the chore.
        if comment is not None and (comment.version, comment.status) == (entry.version, entry.stratum):
            found.append(comment)
    found = await within(house, principal, site, found)
    return found, await house.audits.count(site), entries[-1].id if len(entries) == limit else None


async def judge(house: House, principal: Principal, choice: AuditChoice) -> Judged:
    """Keep a judgement and, if it is another than the machine's, apply it as the moderator's decision.

    The same judgement by the same moderator again finds its own work. Raises NotFound, Forbidden, Invalid, Conflict.
    """
    site = await reviewed_site(house, principal, choice.site)
    # An id may name any moment up to the year 10,889: what nobody can have written yet is no comment.
    known = is_id(choice.id) and choice.id < first_id(house.now() + timedelta(days=1))
    before = await house.audits.entry(site, choice.id) if known else None
    comment = await house.comments.load(site, choice.id) if before else None
    if before is None or comment is None or comment.status == "deleted":
        message = "There is no such audit, or its comment is gone."
        raise NotFound(message, slug="unknown-comment")
    await insist(house, principal, site, comment.thread)
    again = (before.judgement, before.by, before.version) == (choice.judgement, principal.id, choice.version)
    if not again:
        before = await _keep(house, site, principal, before, choice)
    return await _apply(house, site, principal, before, comment)


async def _keep(house: House, site: Site, principal: Principal, before: AuditEntry, choice: AuditChoice) -> AuditEntry:
    house_rule = await _house_rule(house, site, before, choice)
    after = msgspec.structs.replace(
        before, judgement=choice.judgement, by=principal.id, at=house.now(), house_rule=house_rule
    )
    if after.contradicts:
        # Made before anything is stored: a repeated call moves the comment by the same decision, or finds it moved.
        after = msgspec.structs.replace(after, decision=f"audit-{before.id[-12:]}-{before.version}")
    over = before.judgement is not None or before.dropped or before.version != choice.version
    if over or await house.audits.judge(site, before, after) != "ok":
        message = "Somebody has judged this already, or the comment has changed since it was drawn."
        raise Conflict(message, slug="audit-over")
    return after


async def _house_rule(house: House, site: Site, entry: AuditEntry, choice: AuditChoice) -> str | None:
    """Insist on a house rule where something published is turned away and there are rules; raises Invalid."""
    rules = {rule.id for rule in (await house.directory.policy(site)).house_rules}
    if choice.judgement == "fit":
        return None
    if choice.house_rule is None:
        if rules and entry.stratum == "approved":
            fault = Fault(path="$.house_rule", message="is missing: a rejection names the house rule it rests on")
            raise Invalid((fault,), slug="house-rule-required")
        return None
    if choice.house_rule not in rules:
        raise Invalid((Fault(path="$.house_rule", message="is not the id of a house rule of this site"),))
    return choice.house_rule


async def _apply(house: House, site: Site, principal: Principal, entry: AuditEntry, comment: Comment) -> Judged:
    done = any(decision.id == entry.decision for decision in comment.trail)
    stands = (comment.version, comment.status) == (entry.version, entry.stratum)
    if not entry.contradicts or done or not stands:
        return Judged(entry=entry, comment=comment, applied=bool(entry.decision) and done)
    to: Status = "rejected" if entry.judgement == "unfit" else "approved"
    after = decided(comment, to, moderator=principal.id, at=house.now(), statement="", note="")
    own = msgspec.structs.replace(after.trail[-1], id=entry.decision, house_rule=entry.house_rule)
    after = msgspec.structs.replace(after, trail=(*after.trail[:-1], own))
    result = await house.comments.move(site, Move(before=comment, after=after))
    if isinstance(result, Moved):
        return Judged(entry=entry, comment=after, applied=True)
    return Judged(entry=entry, comment=await house.comments.load(site, comment.id) or comment, applied=False)


async def audit_figure(house: House, principal: Principal, site_id: str, *, days: int) -> AuditFigure:
    """Estimate from the last days' audits how right the machines were."""
    site = await reviewed_site(house, principal, site_id)
    today = house.now().date()
    first, last = today - timedelta(days=days), today - timedelta(days=1)
    found = await house.audits.days(site, first.isoformat(), last.isoformat())
    return AuditFigure(
        days=days,
        published_fit=_figure([day for day in found if day.stratum == "approved"], "fit"),
        rejected_unfit=_figure([day for day in found if day.stratum == "rejected"], "unfit"),
    )


def _figure(days: list[AuditDay], right: Literal["fit", "unfit"]) -> StratumFigure:
    """Weigh each judgement by how many of its day it stands for."""
    share: Share | None = estimated(
        Group(weight=day.size / day.sample, n=day.fit + day.unfit, hits=getattr(day, right))
        for day in days
        if day.sample
    )
    judged = sum(day.fit + day.unfit for day in days)
    dropped = sum(day.dropped for day in days)
    return StratumFigure(
        share=share.share if share else None,
        low=share.low if share else None,
        high=share.high if share else None,
        n=judged,
        of=sum(day.size for day in days),
        waiting=sum(day.sample for day in days) - judged - dropped,
        dropped=dropped,
    )
