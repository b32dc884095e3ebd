"""The worker's side of the express path: questions come by PUBLISH, answers go by PUBLISH."""

import contextlib
from collections.abc import AsyncIterator

import msgspec
from msgspec import Struct

from service.domain.express import Answer, Asked
from service.storage.directory_keys import answers, questions
from service.storage.hearing import subscribed, unsealed
from service.storage.link import Link
from service.storage.sealing import Sealer

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
        async with subscribed(self._link, questions(worker)) as pubsub:
            yield unsealed(pubsub, self.sealer, _asked)

    async def answer(self, asked: Asked, answer: Answer | None) -> None:
        """Tell the asker; nothing says that this worker has its hands full, and another should be asked."""
        reply = msgspec.msgpack.encode(Reply(id=asked.id, answer=answer))
        await self._link.publish(answers(asked.asker), reply)
