"""The chore that draws each closed day's blind audit."""

from array import array
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

import msgspec

from service.domain.auditing import (
    KEPT_DAYS,
    STRATA,
    AuditEntry,
    AuditPlan,
    Audits,
    Stratum,
    bounds_of,
    drawn,
    entry_of,
    lot_of,
    stratum_of,
)
from service.domain.chores import STEP
from service.domain.comment import Comment
from service.domain.errors import NotFound
from service.domain.ids import first_id
from service.domain.rule_settings import AuditRule
from service.domain.site import Site
from service.workflow.archive import Archive

# How many days back a day that no worker drew is drawn late.
BACK = 7
# What still waits of a closed day is waited for, but not longer.
PATIENCE = timedelta(days=1)


class AuditChore:
    """Draws every site's closed days, and takes off the queue what has moved since."""

    name = "audit"
    period = 900.0

    def __init__(self, archive: Archive, audits: Audits) -> None:
        """Take the archive and the ledger."""
        self._archive = archive
        self._audits = audits
        self._rounds: dict[str, AsyncIterator[int]] = {}

    async def step(self, lane: str) -> int:
        """Look at up to 200 comments; full until the lane's round is over."""
        round_ = self._rounds.setdefault(lane, self._round(lane))
        try:
            await anext(round_)
        except StopAsyncIteration:
            self._rounds.pop(lane, None)
            return 0
        except BaseException:
            # Whatever broke off is begun anew: it finds the same sample.
            self._rounds.pop(lane, None)
            raise
        return STEP

    async def _round(self, lane: str) -> AsyncIterator[int]:
        for site in [site for site in await self._archive.directory.sites() if site.lane == lane]:
            try:
                rule = (await self._archive.directory.policy(site)).rules.audit
            except NotFound:
                # The site was removed meanwhile.
                continue
            async for looked in self._clear(site):
                yield looked
            today = self._archive.now().date()
            for back in range(BACK, 0, -1):
                await self._audits.forget(site, (today - timedelta(days=KEPT_DAYS + back)).isoformat())
                day = (today - timedelta(days=back)).isoformat()
                if rule.enabled and bounds_of(day)[1] > site.created_at:
                    async for looked in self._draw(site, day, rule):
                        yield looked

    async def _clear(self, site: Site) -> AsyncIterator[int]:
        after = ""
        while page := await self._audits.waiting(site, after=after, limit=STEP):
            await drop_moved(self._archive, self._audits, site, page)
            after = page[-1].id
            yield len(page)

    async def _draw(self, site: Site, day: str, rule: AuditRule) -> AsyncIterator[int]:
        if await self._audits.is_done(site, day):
            return
        plan = await self._audits.plan(site, day)
        if plan is None:
            if await self._too_early(site, day):
                return
            lots: dict[Stratum, array[int]] = {stratum: array("Q") for stratum in STRATA}
            salt = await self._audits.salt(site)
            async for page in self._frame(site, day):
                for comment, stratum in _standing(page):
                    lots[stratum].append(lot_of(salt, site.id, day, comment.id))
                yield len(page)
            settled = {stratum: drawn(list(found), rule) for stratum, found in lots.items()}
            plan = await self._audits.settle(
                site, AuditPlan(day=day, approved=settled["approved"], rejected=settled["rejected"])
            )
        async for looked in self._place(site, plan):
            yield looked
        await self._audits.finish(site, day)

    async def _place(self, site: Site, plan: AuditPlan) -> AsyncIterator[int]:
        """Put into the queue what the plan says: whatever moved since it was settled is left out."""
        if not plan.approved.sample + plan.rejected.sample:
            return
        salt = await self._audits.salt(site)
        async for page in self._frame(site, plan.day):
            chosen = [
                entry_of(comment, plan, stratum)
                for comment, stratum in _standing(page)
                if lot_of(salt, site.id, plan.day, comment.id) <= plan.of(stratum).cut
            ]
            await self._audits.place(site, chosen)
            yield len(page)

    async def _too_early(self, site: Site, day: str) -> bool:
        """Tell whether something of the day is still to be decided by a machine, and may yet be."""
        begin, end = bounds_of(day)
        if self._archive.now() >= end + PATIENCE:
            return False
        waiting = await self._archive.traces.aged(site, "pending", after=first_id(begin), last=first_id(end), limit=1)
        return bool(waiting.traces or waiting.unreadable)

    async def _frame(self, site: Site, day: str) -> AsyncIterator[list[Comment]]:
        begin, end = bounds_of(day)
        after: str | None = first_id(begin)
        while after is not None:
            page = await self._archive.comments.between(site, first=after, last=first_id(end), limit=STEP)
            yield [kept.comment for kept in page.kept]
            after = page.after


def _standing(page: Iterable[Comment]) -> list[tuple[Comment, Stratum]]:
    found = [(comment, stratum_of(comment)) for comment in page]
    return [(comment, stratum) for comment, stratum in found if stratum is not None]


async def drop_moved(archive: Archive, audits: Audits, site: Site, entries: list[AuditEntry]) -> set[str]:
    """Take off the queue what is no more as it was drawn; returns whose ids."""
    dropped = set()
    for entry in entries:
        comment = await archive.comments.load(site, entry.id)
        if comment is None or comment.status == "deleted":
            after = msgspec.structs.replace(entry, dropped="gone")
        elif (comment.version, comment.status) != (entry.version, entry.stratum):
            after = msgspec.structs.replace(entry, dropped="moved")
        else:
            continue
        await audits.judge(site, entry, after)
        dropped.add(entry.id)
    return dropped
