"""What was read of a thread still stands: proven by a subscription on which this process hears its own ticks.

Two locks, each enough alone. A move's script publishes on the thread's channel, and the subscription is proven alive by
ticks that take the same way (a script on the lane's node, then the subscription): the newest one heard was *sent* less
than `PROVEN_SECONDS` ago, so every move from before it has been heard. And nothing stands for longer than
`OLDEST_SECONDS` after the moment before it was read, even if a message was dropped on the way.
"""

import asyncio
import contextlib
import logging
import secrets
import time

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from service.domain.errors import StorageDown
from service.domain.site import Site
from service.storage import scripts
from service.storage.keys import lane_keys
from service.storage.link import Link

_log = logging.getLogger(__name__)

TICK_SECONDS = 0.1
PROVEN_SECONDS = 0.3
OLDEST_SECONDS = 0.4
# A thread that nobody asked for is followed this much longer.
IDLE_SECONDS = 10.0
# Some 2 kB each, here and in Redis.
FOLLOWED = 4_096
_PAUSE_SECONDS = 0.5
_NEVER = float("-inf")


class _Lane:
    """How long ago a lane's channel was proven alive."""

    __slots__ = ("channel", "heard", "key")

    def __init__(self, key: str, channel: str) -> None:
        self.key = key
        self.channel = channel
        # When the newest tick that came back was sent, by this process's monotonic clock.
        self.heard = _NEVER


class _Followed:
    """A thread whose channel is followed, or about to be; `moves` changes whenever something may have moved."""

    __slots__ = ("asked", "lane", "moves", "ready", "sent")

    def __init__(self, lane: _Lane) -> None:
        self.lane = lane
        self.moves = 0
        self.asked = _NEVER
        self.sent = False
        self.ready = False


class RedisGlance:
    """A moment at which a thread was looked at."""

    __slots__ = ("_followed", "_moves", "_until")

    def __init__(self, followed: _Followed, until: float) -> None:
        """Take the thread and when this is too old, by the monotonic clock."""
        self._followed = followed
        self._moves = followed.moves
        self._until = until

    def stands(self) -> bool:
        """Tell whether what was read after this moment is still what the thread shows."""
        followed, now = self._followed, time.monotonic()
        return followed.moves == self._moves and now < self._until and now < followed.lane.heard + PROVEN_SECONDS


class RedisWatch:
    """The Watch over a Link; it connects when it is first asked and lets go when nobody asks any more."""

    def __init__(self, link: Link) -> None:
        """Take the link; nothing is opened yet."""
        self._link = link
        self._name = secrets.token_hex(8)
        self._lanes: dict[str, _Lane] = {}
        self._followed: dict[str, _Followed] = {}
        self._new = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    def glance(self, site: Site, thread: str) -> RedisGlance | None:
        """Look at a thread before reading it; gives nothing while its channel is not proven alive."""
        keys, now = lane_keys(site.lane), time.monotonic()
        channel = keys.channel(site.id, thread)
        followed = self._followed.get(channel)
        if followed is None:
            if len(self._followed) >= FOLLOWED:
                return None
            lane = self._lanes.setdefault(site.lane, _Lane(keys.live, keys.tick(self._name)))
            followed = self._followed[channel] = _Followed(lane)
            self._new.set()
        followed.asked = now
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._run())
        if not followed.ready or now >= followed.lane.heard + PROVEN_SECONDS:
            return None
        return RedisGlance(followed, now + OLDEST_SECONDS)

    async def close(self) -> None:
        """Let nothing stand any more, and end the subscription."""
        self._empty()
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        while self._followed:
            pubsub = self._link.pubsub()
            try:
                await self._follow(pubsub)
            except (RedisError, OSError, StorageDown) as error:
                _log.warning("the live channel was lost: %s", type(error).__name__)
            finally:
                self._empty()
                with contextlib.suppress(RedisError, OSError):
                    await pubsub.aclose()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _follow(self, pubsub: PubSub) -> None:
        """Send ticks and hear messages over one connection, until it is lost or nobody asks any more."""
        await pubsub.subscribe(*(lane.channel for lane in self._lanes.values()))
        sending = asyncio.ensure_future(self._send(pubsub, set(self._lanes)))
        hearing = asyncio.ensure_future(self._hear(pubsub))
        try:
            await asyncio.wait((sending, hearing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, hearing):
                task.cancel()
            ended = await asyncio.gather(sending, hearing, return_exceptions=True)
        for result in ended:
            if isinstance(result, Exception):
                raise result

    async def _send(self, pubsub: PubSub, ticking: set[str]) -> None:
        while self._followed:
            began = time.monotonic()
            self._new.clear()
            fresh = [lane.channel for name, lane in self._lanes.items() if name not in ticking]
            ticking |= set(self._lanes)
            for channel, followed in self._followed.items():
                if not followed.sent:
                    followed.sent = True
                    fresh.append(channel)
            if fresh:
                await pubsub.subscribe(*fresh)
            idle = [name for name, one in self._followed.items() if one.ready and began - one.asked > IDLE_SECONDS]
            for channel in idle:
                # A glance of before must not stand when nobody listens for its thread.
                self._followed.pop(channel).moves += 1
            if idle:
                await pubsub.unsubscribe(*idle)
            await asyncio.gather(*(self._tick(lane) for lane in self._lanes.values()))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._new.wait(), max(0.0, began + TICK_SECONDS - time.monotonic()))

    async def _tick(self, lane: _Lane) -> None:
        await self._link.script(scripts.TICK, [lane.key], [lane.channel, repr(time.monotonic())])

    async def _hear(self, pubsub: PubSub) -> None:
        ticks = {lane.channel: lane for lane in self._lanes.values()}
        heard: set[str] = set()
        async for message in pubsub.listen():
            channel, kind = message["channel"].decode(), message["type"]
            if kind == "subscribe":
                if channel in heard:
                    # The client library has connected anew by itself: what was said meanwhile is lost.
                    raise ConnectionResetError
                heard.add(channel)
                ticks = {lane.channel: lane for lane in self._lanes.values()}
                if (followed := self._followed.get(channel)) is not None:
                    followed.ready = True
            elif kind == "unsubscribe":
                heard.discard(channel)
            elif (lane := ticks.get(channel)) is not None:
                self._heard(lane, float(message["data"]))
            elif (followed := self._followed.get(channel)) is not None:
                followed.moves += 1

    def _heard(self, lane: _Lane, sent: float) -> None:
        if sent - lane.heard > PROVEN_SECONDS:
            for followed in self._followed.values():
                if followed.lane is lane:
                    followed.moves += 1
        lane.heard = max(lane.heard, min(sent, time.monotonic()))

    def _empty(self) -> None:
        """Let nothing stand: what is asked for again is followed again."""
        for followed in self._followed.values():
            followed.moves += 1
        self._followed.clear()
        for lane in self._lanes.values():
            lane.heard = _NEVER
