"""Legal holds in Redis: a hash of holds and one of their history a site, and the field `h` of the comment."""

from msgspec import msgpack

from service.domain.errors import NotFound
from service.domain.keeping import HoldEvent, LegalHold
from service.domain.site import Site
from service.storage import scripts
from service.storage.keys import lane_keys
from service.storage.link import Link

_hold = msgpack.Decoder(LegalHold)
_event = msgpack.Decoder(HoldEvent)


class RedisHolds:
    """The Holds over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def add(self, site: Site, hold: LegalHold) -> None:
        """Place a hold; raises NotFound for no such comment or a deleted one."""
        event = HoldEvent(
            id=hold.id,
            action="add",
            comment=hold.comment,
            by=hold.by,
            at=hold.at,
            reason=hold.reason,
            until=hold.until,
        )
        await self._run(site, event, msgpack.encode(hold), int(hold.until.timestamp() * 1000))

    async def remove(self, site: Site, event: HoldEvent) -> None:
        """Lift a hold; raises NotFound when there is none."""
        await self._run(site, event, b"", 0)

    async def _run(self, site: Site, event: HoldEvent, hold: bytes, until: int) -> None:
        keys = lane_keys(site.lane)
        answer = await self._link.script(
            scripts.HOLD,
            [keys.comment(site.id, event.comment), keys.holds(site.id), keys.hold_history(site.id)],
            [event.comment, event.id, msgpack.encode(event), hold, until],
        )
        if answer == b"none":
            message = "There is no such comment to hold." if hold else "There is no legal hold on that comment."
            raise NotFound(message, slug="unknown-comment")

    async def of_site(self, site: Site) -> list[LegalHold]:
        """List the holds of a site, by comment."""
        kept = await self._link.read("HGETALL", lane_keys(site.lane).holds(site.id))
        return sorted((_hold.decode(value) for value in kept.values()), key=lambda hold: hold.comment)

    async def history(self, site: Site) -> list[HoldEvent]:
        """List who placed and lifted holds, oldest first."""
        kept = await self._link.read("HGETALL", lane_keys(site.lane).hold_history(site.id))
        return sorted((_event.decode(value) for value in kept.values()), key=lambda event: (event.at, event.id))
