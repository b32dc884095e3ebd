"""The operator's switches: pauses of lanes, freezes of sites, and the list of what no worker could judge."""

from collections.abc import Sequence

from msgspec import convert

from service.domain.operating import Act, Buried, Freeze, FreezeMode, Noted
from service.domain.site import Site
from service.storage import journal
from service.storage.keys import lane_keys
from service.storage.link import Link


class RedisControls:
    """The Controls over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def pause(self, lane: str, act: Act) -> None:
        """Stop workers from taking of a lane; what they hold they finish, and submissions go on waiting."""
        await journal.turn(self._link, lane, lane_keys(lane).paused, act, what="pause", value="1")

    async def resume(self, lane: str, act: Act) -> None:
        """Let workers take of a lane again."""
        await journal.turn(self._link, lane, lane_keys(lane).paused, act, what="resume")

    async def paused(self, lanes: Sequence[str]) -> tuple[str, ...]:
        """Tell which lanes are paused."""
        stopped = await self._link.pipeline([("EXISTS", lane_keys(lane).paused) for lane in lanes])
        return tuple(lane for lane, is_paused in zip(lanes, stopped, strict=True) if is_paused)

    async def buried(self, lane: str, *, after: str, limit: int) -> list[Buried]:
        """List what no worker could judge, oldest first, behind an entry ('' from the start)."""
        rows = await self._link.read(
            "XRANGE", lane_keys(lane).buried, f"({after}" if after else "-", "+", "COUNT", limit
        )
        return [
            Buried(
                entry_id=entry_id.decode(),
                lane=lane,
                site=fields[b"s"].decode(),
                id=fields[b"i"].decode(),
                version=int(fields[b"v"]),
                error=fields[b"e"].decode(),
                at=journal.moment(entry_id),
            )
            for entry_id, fields in rows
        ]

    async def unbury(self, lane: str, entry_ids: Sequence[str]) -> None:
        """Take entries off the list of what no worker could judge."""
        if entry_ids:
            await self._link.read("XDEL", lane_keys(lane).buried, *entry_ids)

    async def freeze(self, site: Site, freeze: Freeze, act: Act) -> None:
        """Freeze a site, in force everywhere with this answer: scripts read it, and nobody remembers it."""
        until = f" until {freeze.until.isoformat()}" if freeze.until else ""
        switch, detail = lane_keys(site.lane).frozen(site.id), f"mode {freeze.mode}{until}"
        await journal.turn(
            self._link,
            site.lane,
            switch,
            act,
            what="freeze",
            value=freeze.mode,
            until=freeze.until,
            about=(site.id, detail),
        )

    async def unfreeze(self, site: Site, act: Act) -> None:
        """End a site's freeze."""
        switch = lane_keys(site.lane).frozen(site.id)
        await journal.turn(self._link, site.lane, switch, act, what="unfreeze", about=(site.id, ""))

    async def frozen(self, site: Site) -> Freeze | None:
        """Read a site's freeze as it is now."""
        key = lane_keys(site.lane).frozen(site.id)
        mode, left, (seconds, micros) = await self._link.pipeline([("GET", key), ("PTTL", key), ("TIME",)])
        if mode is None:
            return None
        ends = journal.instant(int(seconds) * 1000 + int(micros) // 1000 + left) if left >= 0 else None
        return Freeze(mode=convert(mode.decode(), FreezeMode), until=ends)

    async def journal(self, lane: str, *, limit: int) -> list[Noted]:
        """Read what operators did to a lane and its sites, newest first."""
        return await journal.lines(self._link, lane, limit=limit)
