"""Rehearsals asked of a live worker by PUBLISH and answered by PUBLISH: a draft is stored nowhere, and sealed."""

import contextlib
import logging
import random
import secrets
import time
from collections.abc import AsyncIterator

import msgspec
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from service.domain.errors import Late, NoWorker, Refused
from service.domain.ports import Fleet
from service.domain.rehearsal import Rehearsal, RehearsalAnswer, RehearsalAsked, RehearsalJob
from service.storage.directory_keys import rehearsals, rehearsed
from service.storage.hearing import subscribed, unsealed
from service.storage.link import Link, down
from service.storage.sealing import Sealer

_log = logging.getLogger(__name__)
_asked = msgspec.msgpack.Decoder(RehearsalAsked)
_answer = msgspec.msgpack.Decoder(RehearsalAnswer)
_RETRY_AFTER = 5


class RedisRehearsals:
    """The Rehearsals over a Link: a subscription for each, for they are few."""

    def __init__(self, link: Link, fleet: Fleet) -> None:
        """Take the link and the fleet, and make this process's key pair."""
        self._link = link
        self._fleet = fleet
        self._sealer = Sealer()

    async def rehearse(self, job: RehearsalJob, *, seconds: float) -> Rehearsal:
        """Have a live worker rehearse within `seconds`; raises Refused, NoWorker, Late or StorageDown."""
        deadline = time.monotonic() + seconds
        workers = [one for one in await self._fleet.workers() if one.healthy and one.seal]
        key = secrets.token_hex(12)
        async with subscribed(self._link, rehearsed(key)) as pubsub:
            for worker in random.sample(workers, len(workers)):
                asked = RehearsalAsked(id=key, asker=key, job=job, seconds=deadline - time.monotonic())
                sealed = self._sealer.seal(msgspec.msgpack.encode(asked), worker.seal)
                if not await self._link.publish(rehearsals(worker.name), sealed):
                    continue
                answer = await self._told(pubsub, deadline)
                if answer.refused:
                    raise Refused(answer.refused)
                if answer.rehearsal is not None:
                    return answer.rehearsal
        message = "No worker is there, or each is rehearsing already."
        raise NoWorker(message, retry_after=_RETRY_AFTER)

    async def _told(self, pubsub: PubSub, deadline: float) -> RehearsalAnswer:
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=left)
            except (RedisError, OSError) as error:
                raise down(error) from error
            if message is not None and message["type"] == "message":
                try:
                    return _answer.decode(message["data"])
                except msgspec.MsgspecError:
                    _log.warning("an answer to a rehearsal that cannot be read was dropped")
        text = "No worker has rehearsed this in time: ask for fewer days."
        raise Late(text, retry_after=_RETRY_AFTER)


class RedisRehearsalJobs:
    """The RehearsalJobs over a Link."""

    def __init__(self, link: Link, sealer: Sealer) -> None:
        """Take the link and the key pair whose public half the worker's heartbeat tells."""
        self._link = link
        self._sealer = sealer

    @contextlib.asynccontextmanager
    async def listen(self, worker: str) -> AsyncIterator[AsyncIterator[RehearsalAsked]]:
        """Hear the jobs put to a worker; the iterator ends when the connection is lost. Raises StorageDown."""
        async with subscribed(self._link, rehearsals(worker)) as pubsub:
            yield unsealed(pubsub, self._sealer, _asked)

    async def answer(self, asked: RehearsalAsked, answer: RehearsalAnswer) -> None:
        """Tell the asker."""
        await self._link.publish(rehearsed(asked.asker), msgspec.msgpack.encode(answer))
