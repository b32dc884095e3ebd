"""Scripts on their way: concurrent ones share a pipeline, and none waits longer than the deadline."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.exceptions import NoScriptError, RedisError

from service.storage.scripts import Script

BATCH = 128
IN_FLIGHT = 2
QUEUED = 4_096
_SWEEP_SECONDS = 0.1

Command = tuple[Any, ...]
Send = Callable[[Sequence[Command]], Awaitable[list[Any]]]


class Flights:
    """Scripts that are ready in the same turn of the loop go out together; at most two pipelines at a time."""

    def __init__(self, send: Send, *, deadline_seconds: float) -> None:
        """Take what sends a batch of commands and gives their answers, errors among them."""
        self._send = send
        self._deadline_seconds = deadline_seconds
        self._queued: list[tuple[asyncio.Future[Any], Command, Script]] = []
        self._flying: set[asyncio.Task[None]] = set()
        self._waiting: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._sweeping = False

    def book(self, script: Script, keys: Sequence[str], args: Sequence[Any]) -> asyncio.Future[Any] | None:
        """Queue a script; gives the future answer, or nothing where too much is queued already.

        The future fails with TimeoutError at the deadline: one timer for all, because a timer each is a twentieth of
        what a submission costs.
        """
        if len(self._queued) >= QUEUED:
            return None
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._queued.append((future, ("EVALSHA", script.sha, len(keys), *keys, *args), script))
        self._waiting.append((loop.time() + self._deadline_seconds, future))
        if not self._sweeping:
            self._sweeping = True
            loop.call_later(_SWEEP_SECONDS, self._sweep)
        if len(self._flying) < IN_FLIGHT and len(self._queued) == 1:
            # Not at once: whoever else is ready in this turn of the loop comes along.
            loop.call_soon(self._take_off)
        return future

    async def land(self) -> None:
        """Wait for what is in the air."""
        await asyncio.gather(*self._flying, return_exceptions=True)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._waiting and (self._waiting[0][1].done() or self._waiting[0][0] <= now):
            _, future = self._waiting.popleft()
            if not future.done():
                future.set_exception(TimeoutError())
        self._sweeping = bool(self._waiting)
        if self._sweeping:
            loop.call_later(_SWEEP_SECONDS, self._sweep)

    def _take_off(self) -> None:
        while self._queued and len(self._flying) < IN_FLIGHT:
            # Whoever gave up has answered 503: what they asked for must not be stored after all.
            waiting = [item for item in self._queued if not item[0].done()]
            batch, self._queued = waiting[:BATCH], waiting[BATCH:]
            if not batch:
                return
            flight = asyncio.get_running_loop().create_task(self._fly(batch))
            self._flying.add(flight)
            flight.add_done_callback(self._landed)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flying.discard(flight)
        self._take_off()

    async def _fly(self, batch: list[tuple[asyncio.Future[Any], Command, Script]]) -> None:
        try:
            answers = await self._send([command for _, command, _ in batch])
            missing = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
            if missing:
                # With the source, not by loading first: the server may forget again in between, and in a Cluster each
                # node knows only what it was told itself.
                again = await self._send([("EVAL", batch[i][2].source, *batch[i][1][2:]) for i in missing])
                for i, answer in zip(missing, again, strict=True):
                    answers[i] = answer
        except (RedisError, OSError, TimeoutError) as error:
            answers = [error] * len(batch)
        for (future, _, _), answer in zip(batch, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)
