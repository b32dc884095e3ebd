"""What the moderators of foreign clients said of texts: a bounded stream a site."""

from service.domain.foreign import Suggestion
from service.domain.site import Site
from service.storage import codec
from service.storage.directory_keys import FEEDBACK
from service.storage.keys import lane_keys
from service.storage.link import Link

MOST = 10_000


class RedisFeedback:
    """The Feedback over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def add(self, site: Site | None, suggestion: Suggestion) -> None:
        """Keep a suggestion, and forget the oldest beyond 10,000."""
        await self._link.write("XADD", _stream(site), "MAXLEN", "=", MOST, "*", "r", codec.encode(suggestion))

    async def latest(self, site: Site | None, *, limit: int) -> list[Suggestion]:
        """Read the newest suggestions, newest first."""
        entries = await self._link.read("XREVRANGE", _stream(site), "+", "-", "COUNT", limit)
        return [codec.suggestion(fields[b"r"]) for _, fields in entries]


def _stream(site: Site | None) -> str:
    return FEEDBACK if site is None else lane_keys(site.lane).feedback(site.id)
