"""The audit trail in Redis: a bounded stream a site, of which entries are added and nothing is changed."""

from datetime import UTC, datetime, timedelta

import msgspec

from service.domain.acts import ACTS_KEPT, ActsPage, ModeratorAct
from service.domain.site import Site
from service.storage import scripts
from service.storage.journal import moment
from service.storage.keys import lane_keys
from service.storage.link import Link

STEP = 500
# A page reads at most this many entries: one of a moderator who did little is short and says where to go on.
STEPS = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ModeratorAct)


class RedisActs:
    """The Acts over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def note(self, site: Site, act: ModeratorAct) -> None:
        """Add an act, once by its id: a retry comes within seconds and looks at the newest alone."""
        trail = lane_keys(site.lane).acts(site.id)
        await self._link.script(scripts.NOTE, [trail], [act.id, _encoder.encode(act), ACTS_KEPT])

    async def between(
        self,
        site: Site,
        *,
        first: datetime | None = None,
        last: datetime | None = None,
        by: str = "",
        limit: int,
        after: str | None = None,
    ) -> ActsPage:
        """Read acts from a time to a time, of one moderator or of all, by the storage's clock."""
        trail = lane_keys(site.lane).acts(site.id)
        start = f"({after}" if after is not None else str(_millis(first)) if first is not None else "-"
        end = str(_millis(last)) if last is not None else "+"
        found: list[ModeratorAct] = []
        for _ in range(STEPS):
            entries = await self._link.read("XRANGE", trail, start, end, "COUNT", STEP)
            for entry_id, fields in entries:
                act = _decoder.decode(fields[b"r"])
                after = entry_id.decode()
                if by in ("", act.by):
                    found.append(msgspec.structs.replace(act, at=moment(entry_id)))
                if len(found) == limit:
                    return ActsPage(acts=tuple(found), after=after)
            if len(entries) < STEP:
                return ActsPage(acts=tuple(found), after=None)
            start = f"({after}"
        return ActsPage(acts=tuple(found), after=after)


def _millis(at: datetime) -> int:
    return max(0, (at - _EPOCH) // timedelta(milliseconds=1))
