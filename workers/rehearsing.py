"""Hears the rehearsals that one worker is asked for, and has each done by a process of its own, one at a time."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable

import msgspec

from service.domain.errors import StorageDown
from service.domain.rehearsal import RehearsalAnswer, RehearsalAsked, RehearsalJob, RehearsalJobs
from workers.rehearse import Errand

_log = logging.getLogger(__name__)
_PAUSE_SECONDS = 0.5
_answer = msgspec.msgpack.Decoder(RehearsalAnswer)

Rehearse = Callable[[RehearsalJob], Awaitable[RehearsalAnswer]]


class RehearsalDesk:
    """One worker's rehearsals."""

    def __init__(self, *, name: str, jobs: RehearsalJobs, rehearse: Rehearse) -> None:
        """Take the worker's name, the port, and what rehearses."""
        self._name = name
        self._jobs = jobs
        self._rehearse = rehearse
        self._busy = False
        self._task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Answer until cancelled; what is being rehearsed then ends with it."""
        try:
            while True:
                try:
                    async with self._jobs.listen(self._name) as heard:
                        async for asked in heard:
                            await self._take(asked)
                except StorageDown as error:
                    _log.warning("storage away: %s", error.detail)
                await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            if self._task is not None:
                self._task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._task

    async def _take(self, asked: RehearsalAsked) -> None:
        if self._busy:
            # With its hands full: the asker goes to another.
            await self._jobs.answer(asked, RehearsalAnswer())
            return
        self._busy = True
        self._task = asyncio.get_running_loop().create_task(self._answered(asked))

    async def _answered(self, asked: RehearsalAsked) -> None:
        try:
            answer = await self._rehearsed(asked)
            # Whoever is answered may ask again at once.
            self._busy = False
            if answer is not None:
                await self._jobs.answer(asked, answer)
        except StorageDown as error:
            _log.warning("storage away: %s", error.detail)

    async def _rehearsed(self, asked: RehearsalAsked) -> RehearsalAnswer | None:
        try:
            async with asyncio.timeout(max(0.0, asked.seconds)):
                return await self._rehearse(asked.job)
        except TimeoutError:
            # The asker has given up by its own clock.
            _log.warning("a rehearsal of %s took too long", asked.job.site)
        except Exception as error:  # noqa: BLE001 - one that fails must not keep the next from being heard
            _log.warning("rehearsing failed: %s", type(error).__name__)
        return None


def in_a_process(redis_url: str) -> Rehearse:
    """Make what rehearses in a process of low priority, which ends when nobody waits any more."""

    async def rehearse(job: RehearsalJob) -> RehearsalAnswer:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "workers.rehearse",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            out, _ = await process.communicate(msgspec.msgpack.encode(Errand(job=job, redis_url=redis_url)))
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode:
            return RehearsalAnswer(refused="The rehearsal failed: the worker's log says why.")
        return _answer.decode(out)

    return rehearse
