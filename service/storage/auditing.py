"""The audit ledger in Redis.

`au:SITE` says by day what was drawn and what became of it, `al:SITE:DAY` holds what was drawn by comment, `aq:SITE` is
the queue of what waits to be judged.
"""

import asyncio
import secrets
from datetime import date, timedelta

from msgspec import msgpack

from service.domain.auditing import STRATA, AuditDay, AuditEntry, AuditPlan, Judging, day_of
from service.domain.site import Site
from service.storage import scripts
from service.storage.keys import lane_keys
from service.storage.link import Link

_STEP = 50
_COUNTS = ("fit", "unfit", "dropped")
_encoder = msgpack.Encoder()
_entry = msgpack.Decoder(AuditEntry)
_plan = msgpack.Decoder(AuditPlan)
_JUDGING: dict[bytes, Judging] = {b"ok": "ok", b"moved": "moved", b"other": "other", b"none": "none"}


class RedisAudits:
    """The Audits over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def salt(self, site: Site) -> str:
        """Give the site's own secret for lots, made when it is first asked for."""
        return (await self._first(site, "salt", secrets.token_hex(16).encode())).decode()

    async def _first(self, site: Site, field: str, value: bytes) -> bytes:
        """Set a field unless it is set; returns what it holds."""
        key = lane_keys(site.lane).audit_days(site.id)
        await self._link.read("HSETNX", key, field, value)
        stored: bytes = await self._link.read("HGET", key, field)
        return stored

    async def plan(self, site: Site, day: str) -> AuditPlan | None:
        """Read what is drawn of a day, if that is settled."""
        stored = await self._link.read("HGET", lane_keys(site.lane).audit_days(site.id), f"plan:{day}")
        return None if stored is None else _plan.decode(stored)

    async def settle(self, site: Site, plan: AuditPlan) -> AuditPlan:
        """Settle what is drawn of a day; returns the plan that was there first."""
        return _plan.decode(await self._first(site, f"plan:{plan.day}", _encoder.encode(plan)))

    async def is_done(self, site: Site, day: str) -> bool:
        """Tell whether all of a day's sample is in the queue."""
        done = await self._link.read("HGET", lane_keys(site.lane).audit_days(site.id), f"done:{day}")
        return done is not None

    async def place(self, site: Site, entries: list[AuditEntry]) -> int:
        """Put up to 200 comments into the queue, each if it has not moved and was not put there before."""
        keys = lane_keys(site.lane)
        placed = await asyncio.gather(
            *(
                self._link.script(
                    scripts.AUDIT_PLACE,
                    [
                        keys.comment(site.id, entry.id),
                        keys.audit_entries(site.id, entry.day),
                        keys.audit_queue(site.id),
                    ],
                    [entry.id, entry.version, entry.stratum, _encoder.encode(entry)],
                )
                for entry in entries
            )
        )
        return sum(map(int, placed))

    async def finish(self, site: Site, day: str) -> None:
        """Say that all of a day's sample is in the queue."""
        await self._link.read("HSET", lane_keys(site.lane).audit_days(site.id), f"done:{day}", "1")

    async def waiting(self, site: Site, *, after: str, limit: int) -> list[AuditEntry]:
        """List what waits to be judged, the oldest comment first, behind an id ('' from the start)."""
        keys = lane_keys(site.lane)
        found = await self._link.read(
            "ZRANGEBYLEX", keys.audit_queue(site.id), f"({after}" if after else "-", "+", "LIMIT", 0, limit
        )
        ids = [member.decode() for member in found]
        kept = await self._link.pipeline([("HGET", keys.audit_entries(site.id, day_of(i)), i) for i in ids])
        return [_entry.decode(record) for record in kept if record is not None]

    async def count(self, site: Site) -> int:
        """Count what waits to be judged."""
        return int(await self._link.read("ZCARD", lane_keys(site.lane).audit_queue(site.id)))

    async def entry(self, site: Site, comment_id: str) -> AuditEntry | None:
        """Find what was drawn, judged or not."""
        key = lane_keys(site.lane).audit_entries(site.id, day_of(comment_id))
        record = await self._link.read("HGET", key, comment_id)
        return None if record is None else _entry.decode(record)

    async def judge(self, site: Site, before: AuditEntry, after: AuditEntry) -> Judging:
        """Keep a judgement, or why there is none, in place of the entry that its maker saw."""
        keys = lane_keys(site.lane)
        answer = await self._link.script(
            scripts.AUDIT_JUDGE,
            [
                keys.comment(site.id, before.id),
                keys.audit_entries(site.id, before.day),
                keys.audit_queue(site.id),
                keys.audit_days(site.id),
            ],
            [
                before.id,
                before.version,
                before.stratum,
                _encoder.encode(before),
                _encoder.encode(after),
                f"{before.day}:{before.stratum}:{after.judgement or 'dropped'}",
                int(after.judgement is not None),
            ],
        )
        return _JUDGING[answer]

    async def days(self, site: Site, first: str, last: str) -> list[AuditDay]:
        """Read what each settled day came to, oldest first."""
        key, found = lane_keys(site.lane).audit_days(site.id), []
        days = _days(first, last)
        for start in range(0, len(days), _STEP):
            step = days[start : start + _STEP]
            names = [f"{day}:{stratum}:{what}" for day in step for stratum in STRATA for what in _COUNTS]
            plans = await self._link.read("HMGET", key, *(f"plan:{day}" for day in step))
            counts = iter(await self._link.read("HMGET", key, *names))
            for day, packed in zip(step, plans, strict=True):
                for stratum in STRATA:
                    fit, unfit, dropped = (int(next(counts) or 0) for _ in _COUNTS)
                    if packed is not None:
                        of = _plan.decode(packed).of(stratum)
                        found.append(
                            AuditDay(
                                day=day,
                                stratum=stratum,
                                size=of.size,
                                sample=of.sample,
                                fit=fit,
                                unfit=unfit,
                                dropped=dropped,
                            )
                        )
        return found

    async def entries(self, site: Site, day: str) -> list[AuditEntry]:
        """Read everything that was drawn of a day."""
        key, cursor = lane_keys(site.lane).audit_entries(site.id, day), 0
        found: dict[bytes, AuditEntry] = {}
        while True:
            cursor, rows = await self._link.read("HSCAN", key, cursor, "COUNT", 200)
            found.update({field: _entry.decode(record) for field, record in rows.items()})
            if not int(cursor):
                return [entry for _, entry in sorted(found.items())]

    async def forget(self, site: Site, day: str) -> None:
        """Forget a day."""
        keys = lane_keys(site.lane)
        waiting = [entry.id for entry in await self.entries(site, day) if not entry.judgement and not entry.dropped]
        for start in range(0, len(waiting), 200):
            await self._link.read("ZREM", keys.audit_queue(site.id), *waiting[start : start + 200])
        fields = [f"{day}:{stratum}:{what}" for stratum in STRATA for what in _COUNTS]
        await self._link.read("HDEL", keys.audit_days(site.id), f"plan:{day}", f"done:{day}", *fields)
        await self._link.read("DEL", keys.audit_entries(site.id, day))


def _days(first: str, last: str) -> list[str]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(begin + timedelta(days=number)).isoformat() for number in range((end - begin).days + 1)]
