"""The audit ledger in memory."""

from service.domain.auditing import STRATA, AuditDay, AuditEntry, AuditPlan, Judging
from service.domain.site import Site
from tests.fakes.memory import Memory


class MemoryAudits:
    """The Audits over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._memory = memory

    async def salt(self, site: Site) -> str:
        """See Audits."""
        return self._memory.life.salts.setdefault(site.id, f"salt of {site.id}")

    async def plan(self, site: Site, day: str) -> AuditPlan | None:
        """See Audits."""
        return self._memory.life.plans.get((site.id, day))

    async def settle(self, site: Site, plan: AuditPlan) -> AuditPlan:
        """See Audits."""
        return self._memory.life.plans.setdefault((site.id, plan.day), plan)

    async def is_done(self, site: Site, day: str) -> bool:
        """See Audits."""
        return (site.id, day) in self._memory.life.done

    async def place(self, site: Site, entries: list[AuditEntry]) -> int:
        """See Audits."""
        placed = 0
        for entry in entries:
            key = (site.id, entry.id)
            if key not in self._memory.life.entries and self._stands(site, entry):
                self._memory.life.entries[key] = entry
                self._memory.life.waiting.add(key)
                placed += 1
        return placed

    def _stands(self, site: Site, entry: AuditEntry) -> bool:
        stored = self._memory.records.get((site.id, entry.id))
        return stored is not None and (stored.version, stored.status) == (entry.version, entry.stratum)

    async def finish(self, site: Site, day: str) -> None:
        """See Audits."""
        self._memory.life.done.add((site.id, day))

    async def waiting(self, site: Site, *, after: str, limit: int) -> list[AuditEntry]:
        """See Audits."""
        found = sorted(i for owner, i in self._memory.life.waiting if owner == site.id and i > after)
        return [self._memory.life.entries[site.id, i] for i in found[:limit]]

    async def count(self, site: Site) -> int:
        """See Audits."""
        return sum(owner == site.id for owner, _ in self._memory.life.waiting)

    async def entry(self, site: Site, comment_id: str) -> AuditEntry | None:
        """See Audits."""
        return self._memory.life.entries.get((site.id, comment_id))

    async def judge(self, site: Site, before: AuditEntry, after: AuditEntry) -> Judging:
        """See Audits."""
        key = (site.id, before.id)
        stored = self._memory.life.entries.get(key)
        if stored is None:
            return "none"
        if stored == after:
            return "ok"
        if stored != before:
            return "other"
        if after.judgement is not None and not self._stands(site, before):
            return "moved"
        self._memory.life.entries[key] = after
        self._memory.life.waiting.discard(key)
        return "ok"

    async def days(self, site: Site, first: str, last: str) -> list[AuditDay]:
        """See Audits."""
        found = []
        for (owner, day), plan in sorted(self._memory.life.plans.items()):
            if owner == site.id and first <= day <= last:
                for stratum in STRATA:
                    entries = [entry for entry in await self.entries(site, day) if entry.stratum == stratum]
                    found.append(
                        AuditDay(
                            day=day,
                            stratum=stratum,
                            size=plan.of(stratum).size,
                            sample=plan.of(stratum).sample,
                            fit=sum(entry.judgement == "fit" for entry in entries),
                            unfit=sum(entry.judgement == "unfit" for entry in entries),
                            dropped=sum(entry.dropped != "" for entry in entries),
                        )
                    )
        return found

    async def entries(self, site: Site, day: str) -> list[AuditEntry]:
        """See Audits."""
        found = sorted(self._memory.life.entries.items())
        return [entry for (owner, _), entry in found if (owner, entry.day) == (site.id, day)]

    async def forget(self, site: Site, day: str) -> None:
        """See Audits."""
        self._memory.life.plans.pop((site.id, day), None)
        self._memory.life.done.discard((site.id, day))
        for key, entry in list(self._memory.life.entries.items()):
            if (key[0], entry.day) == (site.id, day):
                del self._memory.life.entries[key]
                self._memory.life.waiting.discard(key)
