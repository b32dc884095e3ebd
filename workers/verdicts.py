"""From judgements to stored decisions, beside the judging of what comes next."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from service.domain.errors import StorageDown
from service.domain.moves import judged
from service.domain.orders import Lost, Move, Moved
from service.domain.ports import CommentStore
from service.domain.work import Waiting
from service.workflow.classify import burial_move
from workers.holdings import Holdings
from workers.judge import Judge, Judgement, wants_words
from workers.threads import Threads

_log = logging.getLogger(__name__)

APPLYING = 3
# Batches that may wait to be explained; beyond, verdicts are written without words.
EXPLAINING = 8

Decided = tuple[Waiting, Judgement]


class Verdicts:
    """Writes what was decided: at once what is fit, and what a score held when it is known which words did."""

    def __init__(
        self,
        *,
        worker: str,
        comments: CommentStore,
        judge: Judge,
        threads: Threads,
        holdings: Holdings,
        let_go: Callable[[Waiting], None],
        now: Callable[[], datetime],
    ) -> None:
        """Take the worker's name, the store, what explains, what is in hand, and whom to tell of a lost storage."""
        self._worker = worker
        self._comments = comments
        self._judge = judge
        self._threads = threads
        self._holdings = holdings
        self._let_go = let_go
        self._now = now
        self._applying: set[asyncio.Task[None]] = set()
        self._explaining: set[asyncio.Task[None]] = set()

    async def start(self, decided: Sequence[Decided]) -> None:
        """Begin to write verdicts; waits only when the storage has fallen behind.

        Nobody waits for the words that held somebody else's comment: those come from a thread of their own.
        """
        await self._start_applying([pair for pair in decided if not wants_words(pair[1])])
        unexplained = [pair for pair in decided if wants_words(pair[1])]
        if len(self._explaining) >= EXPLAINING:
            await self._start_applying(unexplained)
        elif unexplained:
            task = asyncio.get_running_loop().create_task(self._explain_and_apply(unexplained))
            self._explaining.add(task)
            task.add_done_callback(self._explaining.discard)

    async def settle(self) -> None:
        """Wait until everything that was begun is written."""
        await asyncio.gather(*self._explaining)
        await asyncio.gather(*self._applying)

    async def bury(self, waiting: Waiting, error: str) -> None:
        """Put before a human what no worker could classify; `error` is the exception's class name alone."""
        self._holdings.counters["buried"] += 1
        await self._apply(waiting, lambda: burial_move(waiting, error, worker=self._worker, at=self._now()))

    async def _explain_and_apply(self, decided: Sequence[Decided]) -> None:
        await self._start_applying(await self.explained(decided))

    async def explained(self, decided: Sequence[Decided]) -> list[Decided]:
        """Add what words raised the scores; a verdict stands without them."""
        waiting, judgements = zip(*decided, strict=True)
        try:
            explained = await self._threads.explain(self._judge.explain, [one.subject for one in waiting], judgements)
        except Exception as error:  # noqa: BLE001 - a classifier may raise anything
            self._holdings.counters["failures"] += 1
            _log.warning("explaining failed: %s", type(error).__name__)
            return list(decided)
        return list(zip(waiting, explained, strict=True))

    async def _start_applying(self, decided: Sequence[Decided]) -> None:
        if not decided:
            return
        if len(self._applying) >= APPLYING:
            await asyncio.wait(self._applying, return_when=asyncio.FIRST_COMPLETED)

        async def apply_all() -> None:
            await asyncio.gather(*(self._apply(waiting, partial(self.move, waiting, how)) for waiting, how in decided))

        task = asyncio.get_running_loop().create_task(apply_all())
        self._applying.add(task)
        task.add_done_callback(self._applying.discard)

    def move(self, waiting: Waiting, judgement: Judgement) -> Move:
        """Make the move of a verdict."""
        subject = waiting.subject
        after = judged(
            subject.comment,
            judgement.verdict,
            judgement.scores,
            by=self._worker,
            at=self._now(),
            policy_version=subject.policy.version,
            reasons=judgement.reasons,
        )
        return Move(before=subject.comment, after=after, entry=waiting.entry)

    async def _apply(self, waiting: Waiting, make: Callable[[], Move]) -> None:
        try:
            result = await self._comments.move(waiting.subject.site, make())
        except StorageDown:
            self._let_go(waiting)
            return
        except Exception as error:  # noqa: BLE001 - one record that cannot be written must not stop the others
            _log.error("entry %s cannot be decided: %s", waiting.entry.entry_id, type(error).__name__)
            self._holdings.counters["failures"] += 1
            self._holdings.drop(waiting.entry)
            return
        self._holdings.drop(waiting.entry)
        match result:
            case Moved(comment=comment):
                self._holdings.counters[comment.status] += 1
            case Lost():
                self._holdings.counters["stale"] += 1
