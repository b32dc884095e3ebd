"""Hear what is said on a channel, and what is sealed for this process."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import TypeVar

import msgspec
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from service.storage.link import Link, down
from service.storage.sealing import Broken, Sealer

_log = logging.getLogger(__name__)
T = TypeVar("T")
_SUBSCRIBE_SECONDS = 1.5


@contextlib.asynccontextmanager
async def subscribed(link: Link, channel: str) -> AsyncIterator[PubSub]:
    """Subscribe to a channel; whatever is said there after entering is heard. Raises StorageDown."""
    pubsub = link.pubsub()
    try:
        try:
            async with asyncio.timeout(_SUBSCRIBE_SECONDS):
                await pubsub.subscribe(channel)
                while await pubsub.get_message(timeout=_SUBSCRIBE_SECONDS) is None:
                    pass
        except (RedisError, OSError, TimeoutError) as error:
            raise down(error) from error
        yield pubsub
    finally:
        with contextlib.suppress(RedisError, OSError):
            await pubsub.aclose()


async def unsealed(pubsub: PubSub, sealer: Sealer, decoder: msgspec.msgpack.Decoder[T]) -> AsyncIterator[T]:
    """Open and read what was sealed for this process, until the connection is lost; what cannot be read is dropped."""
    try:
        async for message in pubsub.listen():
            if message["type"] != "message":
                continue
            try:
                yield decoder.decode(sealer.open(message["data"]))
            except (Broken, msgspec.MsgspecError):
                # Nobody can be told: who asked stands in what cannot be read.
                _log.warning("what this worker was asked and cannot read was dropped")
    except (RedisError, OSError):
        return
