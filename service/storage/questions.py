"""The worker's side of the express path: questions come by PUBLISH, answers go by PUBLISH."""

import contextlib
import logging
from collections.abc import AsyncIterator

import msgspec
from msgspec import Struct
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from service.domain.express import Answer, Asked
from service.storage.directory_keys import answers, questions
from service.storage.link import Link, down
from service.storage.sealing import Broken, Sealer

_log = logging.getLogger(__name__)
_asked = msgspec.msgpack.Decoder(Asked)


class Reply(Struct, frozen=True, kw_only=True):
    """An answer on its way; without one the worker has its hands full."""

    id: str
    answer: Answer | None


class RedisQuestions:
    """The Questions over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link and make this process's key pair."""
        self._link = link
        self.sealer = Sealer()
        self.seal = self.sealer.public

    @contextlib.asynccontextmanager
    async def listen(self, worker: str) -> AsyncIterator[AsyncIterator[Asked]]:
        """Hear the questions put to a worker; the iterator ends when the connection is lost. Raises StorageDown."""
        pubsub = self._link.pubsub()
        try:
            try:
                await pubsub.subscribe(questions(worker))
                await pubsub.get_message(timeout=1.0)
            except (RedisError, OSError) as error:
                raise down(error) from error
            yield self._heard(pubsub)
        finally:
            with contextlib.suppress(RedisError, OSError):
                await pubsub.aclose()

    async def _heard(self, pubsub: PubSub) -> AsyncIterator[Asked]:
        try:
            async for message in pubsub.listen():
                if message["type"] != "message":
                    continue
                try:
                    yield _asked.decode(self.sealer.open(message["data"]))
                except (Broken, msgspec.MsgspecError):
                    # Nobody can be told: who asked stands in what cannot be read.
                    _log.warning("a question that this worker cannot read was dropped")
        except (RedisError, OSError):
            return

    async def answer(self, asked: Asked, answer: Answer | None) -> None:
        """Tell the asker; nothing says that this worker has its hands full, and another should be asked."""
        reply = msgspec.msgpack.encode(Reply(id=asked.id, answer=answer))
        await self._link.publish(answers(asked.asker), reply)
