"""The live channels: every thread's moves for its readers, and every site's news for its moderators."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import msgspec
from msgspec import convert

from service.domain.news import News
from service.domain.site import Site
from service.domain.status import Status
from service.domain.views import THREAD_CHANGED, Change
from service.storage.broadcast import Broadcast
from service.storage.keys import lane_keys
from service.storage.link import Link
from service.storage.threads import CHANGED

_news = msgspec.json.Decoder(News)


class RedisChanges:
    """The Changes over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link; nothing is opened before the first listener."""
        self._heard = Broadcast(link, lambda message: _change(message.decode()))

    def listen(self, site: Site, thread: str) -> AbstractAsyncContextManager[AsyncIterator[Change]]:
        """Follow a thread's moves from the moment the context is entered."""
        return self._heard.listen(lane_keys(site.lane).channel(site.id, thread))

    async def close(self) -> None:
        """End every listener and the subscription."""
        await self._heard.close()


class RedisNews:
    """The NewsFeed over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link; nothing is opened before the first listener."""
        self._heard: Broadcast[News] = Broadcast(link, _news.decode)

    def listen(self, site: Site) -> AbstractAsyncContextManager[AsyncIterator[News]]:
        """Follow a site from the moment the context is entered."""
        return self._heard.listen(lane_keys(site.lane).news(site.id))

    async def close(self) -> None:
        """End every listener and the subscription."""
        await self._heard.close()


def _change(text: str) -> Change:
    if text == CHANGED:
        return THREAD_CHANGED
    comment, before, after, version, count = text.split(" ")
    return Change(
        id=comment,
        before=convert(before, Status),
        after=convert(after, Status),
        version=int(version),
        count=int(count),
    )
