"""The stage of the state machine: one store with one site, the model beside it, and what must be true at any time."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from service.domain.comment import Comment
from service.domain.orders import Claimed, Lost, Move, SubmitOrder
from service.domain.work import Entry, Waiting
from tests.builders import Writer, policy_of, site_of
from tests.chaos.model import Model
from tests.fakes.clock import Clock
from tests.ports import Backend

THREADS = ("/weir", "/mill")
CONSUMERS = ("one", "two", "three")
# The audit reads everything: not after every step, and always at the end.
_AUDITED = 3

Made = TypeVar("Made")
# Opens the ports, and makes a consumer's entries look as if it had let them lie for hours.
Open = Callable[[Clock], Backend]
Age = Callable[[Backend, str, list[Entry]], None]


class Stage(RuleBasedStateMachine):
    """Drives one store; subclasses say which by `open_backend` and `age`, and what may be done to it."""

    open_backend: Open
    age: Age

    def __init__(self) -> None:
        """Open an empty store with one site."""
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = Clock()
        self.site = site_of(self.clock, "mill")
        self.writer = Writer(self.clock, self.site)
        self.model = Model()
        self.steps = 0
        self.orders: list[SubmitOrder] = []
        self.moves: list[Move] = []
        self.seen: list[Comment] = []
        self.entries: dict[tuple[str, int], Entry] = {}
        self.hands: dict[str, dict[tuple[str, int], Entry]] = {consumer: {} for consumer in CONSUMERS}

    def wait(self, work: Coroutine[Any, Any, Made]) -> Made:
        """Run something of the store's to its end."""
        return self.runner.run(work)

    @initialize()
    def make_site(self) -> None:
        async def make() -> Backend:
            backend = type(self).open_backend(self.clock)
            await backend.directory.add_site(self.site, policy_of())
            return backend

        self.backend = self.wait(make())
        self.begin()

    def begin(self) -> None:
        """Do what every run begins with."""

    def given(self, consumer: str, entries: list[Entry]) -> None:
        self.model.given(entries, consumer)
        self.entries.update({(entry.id, entry.version): entry for entry in entries})
        for hand in self.hands.values():
            for entry in entries:
                hand.pop((entry.id, entry.version), None)
        self.hands[consumer].update({(entry.id, entry.version): entry for entry in entries})

    def work(self, entry: Entry) -> tuple[Waiting, ...]:
        """Read what an entry is about; what decides nothing is done with."""
        context = self.wait(self.backend.queue.context({self.site.id: self.site}, [entry]))
        stored = self.model.records[entry.id]
        assert bool(context.waiting) == ((stored.status, stored.version) == ("pending", entry.version))
        for stale in context.stale:
            self.wait(self.backend.queue.discard(stale))
            self.finish(stale)
        return context.waiting

    def finish(self, entry: Entry) -> None:
        self.model.queue.pop((entry.id, entry.version), None)
        for hand in self.hands.values():
            hand.pop((entry.id, entry.version), None)

    def do(self, move: Move) -> None:
        expected = self.model.move(move)
        result = self.wait(self.backend.comments.move(self.site, move))
        assert result == expected, f"{type(result).__name__}, not {type(expected).__name__}"
        self.moves.append(move)
        if not isinstance(result, Claimed):
            self.seen.append(result.current if isinstance(result, Lost) else move.after)
        if move.entry is not None:
            self.finish(move.entry)

    def once_seen(self, pick: int) -> Comment:
        # Mostly what is stored now, or nothing would ever succeed.
        comment = self.seen[pick % len(self.seen)]
        return comment if pick % 4 == 0 else self.model.records[comment.id]

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "backend"):
            return
        self.steps += 1
        if self.steps % _AUDITED == 0:
            self.audit()
        for thread in THREADS:
            page = self.wait(self.backend.comments.page(self.site, thread, sort="oldest", limit=100, after=None))
            shown = self.model.shown(thread)
            assert [(c.id, c.status) for c in page.comments] == shown, "the thread shows something else"
            approved = sum(status == "approved" for _, status in shown)
            assert page.count == approved, f"the thread counts {page.count}, has {approved}"

    def audit(self) -> None:
        faults = self.backend.faults()
        assert faults == [], "; ".join(faults)

    def teardown(self) -> None:
        """All workers die, one comes back: in the end nothing waits, and every record is the model's."""
        try:
            # Where a step has failed already, that is the finding.
            if hasattr(self, "backend") and sys.exc_info()[0] is None:
                self.settle()
        finally:
            if hasattr(self, "backend"):
                self.wait(self.backend.close())
            self.runner.close()

    def settle(self) -> None:
        """Bring everything to its end, whatever it takes."""
        raise NotImplementedError
