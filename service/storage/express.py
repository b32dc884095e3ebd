"""The asking side of the express path: a live worker is asked by PUBLISH, and nothing is stored."""

import asyncio
import contextlib
import logging
import random
import secrets
import time
from collections import Counter
from collections.abc import Sequence

import msgspec
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from service.domain.errors import Late, NoWorker, StorageDown
from service.domain.express import Answer, Asked, Question
from service.domain.ports import Fleet
from service.domain.work import WorkerInfo
from service.storage.directory_keys import answers, questions
from service.storage.link import Link, down
from service.storage.questions import Reply
from service.storage.remembered import Remembered
from service.storage.sealing import Sealer

_log = logging.getLogger(__name__)
_FLEET_SECONDS = 1.0
_SUBSCRIBE_SECONDS = 1.5
_RETRY_AFTER = 2
_reply = msgspec.msgpack.Decoder(Reply)

_Answers = asyncio.Queue[Answer | None]


class RedisExpress:
    """The Express over a Link: one subscription for all questions of the process."""

    def __init__(self, link: Link, fleet: Fleet) -> None:
        """Take the link and the fleet; nothing is opened before the first question."""
        self._link = link
        self._fleet = fleet
        self._name = secrets.token_hex(8)
        self._sealer = Sealer()
        self._open: dict[str, _Answers] = {}
        self._asked: Counter[str] = Counter()
        self._workers: tuple[float, list[WorkerInfo]] = (0.0, [])
        self._remembered = Remembered()
        self._lock = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None

    async def score(self, question: Question, *, seconds: float) -> Answer:
        """Have a live worker score the texts within `seconds`; after half of them another one is asked as well.

        Raises NoWorker, Late or StorageDown; never gives a score that no classifier gave.
        """
        began = time.monotonic()
        workers = await self._living()
        known = self._remembered.find(question, {worker.hash for worker in workers})
        if known is not None:
            return known
        await self._listen()
        key, told = secrets.token_hex(12), _Answers()
        self._open[key] = told
        try:
            answer = await self._ask(workers, key, question, began + seconds, told)
        finally:
            del self._open[key]
        self._remembered.keep(question, answer)
        return answer

    async def _ask(
        self, workers: Sequence[WorkerInfo], key: str, question: Question, deadline: float, told: _Answers
    ) -> Answer:
        # Those with the fewest of our questions first; equals in any order, for other processes ask too.
        queue = sorted(random.sample(workers, len(workers)), key=lambda one: self._asked[one.name])
        half = time.monotonic() + (deadline - time.monotonic()) / 2
        asked: list[str] = []
        busy = 0
        try:
            while True:
                if len(asked) == busy:
                    asked.append(await self._publish(queue, key, question, deadline))
                try:
                    async with asyncio.timeout(max(0.0, min(half, deadline) - time.monotonic())):
                        answer = await told.get()
                except TimeoutError:
                    if time.monotonic() >= deadline:
                        message = "No worker has scored this in time."
                        raise Late(message, retry_after=_RETRY_AFTER) from None
                    half = deadline
                    with contextlib.suppress(NoWorker):
                        asked.append(await self._publish(queue, key, question, deadline))
                    continue
                if answer is not None:
                    return answer
                if self._reader is None or self._reader.done():
                    message = "The connection to the storage was lost."
                    raise StorageDown(message, retry_after=_RETRY_AFTER)
                busy += 1
        finally:
            self._asked.subtract(asked)

    async def _publish(self, queue: list[WorkerInfo], key: str, question: Question, deadline: float) -> str:
        """Ask the first of a queue that listens; returns its name. Raises NoWorker when the queue is empty."""
        tried: set[str] = set()
        while queue or (queue := [one for one in await self._living() if tried and one.name not in tried]):
            worker = queue.pop(0)
            tried.add(worker.name)
            asked = Asked(id=key, asker=self._name, question=question, seconds=deadline - time.monotonic())
            sealed = self._sealer.seal(msgspec.msgpack.encode(asked), worker.seal)
            if await self._link.publish(questions(worker.name), sealed):
                self._asked[worker.name] += 1
                return worker.name
            # Its heartbeat outlives it by seconds: whoever is there now is looked up anew.
            self.forget_fleet()
        message = "No worker is there, or none has a hand free."
        raise NoWorker(message, retry_after=_RETRY_AFTER)

    def forget_fleet(self) -> None:
        """Look up the workers anew with the next question."""
        self._workers = (0.0, [])

    async def _living(self) -> list[WorkerInfo]:
        """List the workers that answer questions, as they were a second ago at most."""
        read, workers = self._workers
        if time.monotonic() - read >= _FLEET_SECONDS or not workers:
            everybody = await self._fleet.workers()
            workers = [worker for worker in everybody if worker.healthy and worker.seal]
            self._workers = (time.monotonic(), workers)
        return workers

    async def _listen(self) -> None:
        """Subscribe to the answers, unless that is done; raises StorageDown."""
        if self._reader is not None and not self._reader.done():
            return
        async with self._lock:
            if self._reader is not None and not self._reader.done():
                return
            pubsub = self._link.pubsub()
            try:
                async with asyncio.timeout(_SUBSCRIBE_SECONDS):
                    await pubsub.subscribe(answers(self._name))
                    while (message := await pubsub.get_message(timeout=_SUBSCRIBE_SECONDS)) is None:
                        pass
                assert message["type"] == "subscribe"  # noqa: S101 - nobody knows this channel before
            except (RedisError, OSError, TimeoutError) as error:
                await pubsub.aclose()
                raise down(error) from error
            self._reader = asyncio.get_running_loop().create_task(self._read(pubsub))

    async def _read(self, pubsub: PubSub) -> None:
        try:
            async for message in pubsub.listen():
                if message["type"] == "message":
                    self._tell(message["data"])
        except (RedisError, OSError):
            return
        finally:
            # Whoever waits sees that this task is done, and that no answer can come.
            asyncio.get_running_loop().call_soon(self._give_up)
            await pubsub.aclose()

    def _tell(self, message: bytes) -> None:
        try:
            reply = _reply.decode(message)
        except msgspec.MsgspecError:
            _log.warning("an answer that cannot be read was dropped")
            return
        if reply.id in self._open:
            self._open[reply.id].put_nowait(reply.answer)

    def _give_up(self) -> None:
        for waiting in self._open.values():
            waiting.put_nowait(None)

    async def close(self) -> None:
        """End the subscription."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
