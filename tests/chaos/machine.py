"""Everything that may be done to the store, in any order, held against the model after every step.

A rule that finds nothing to do does nothing: an assumption that fails would end the whole run.
"""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from service.domain.comment import Comment
from service.domain.errors import Conflict, StorageDown
from service.domain.orders import Idempotency
from service.domain.status import Status
from tests.chaos.model import Held
from tests.chaos.people import People
from tests.chaos.stage import CONSUMERS, THREADS

LANE = "main"
HOUR_MS = 3_600_000
# No more comments than that: each step reads them all.
_MANY = 25
_VERDICTS: tuple[Status, ...] = ("approved", "held", "rejected")
_picks = st.integers(0, 1_000)


class StoreMachine(People):
    """The rules."""

    def begin(self) -> None:
        """Have something of each kind: people have nothing to do where no worker has decided anything."""
        for to, look in (("approved", False), ("held", False), ("approved", True), ("held", False)):
            self.submit(0, THREADS[0], reply=to == "approved" and look, keyed=False)
            self.take("one", 12)
            self.decide("one", to, 0, look=look)

    # What readers do.

    @precondition(lambda self: len(self.model.records) < _MANY)
    @rule(pick=_picks, thread=st.sampled_from(THREADS), reply=st.booleans(), keyed=st.booleans())
    def submit(self, pick: int, thread: str, *, reply: bool, keyed: bool) -> None:
        parents = [c for c in self.model.records.values() if c.thread == thread and c.status == "approved"]
        parent = parents[pick % len(parents)].id if reply and parents else None
        comment = self.writer.comment(f"Note {len(self.orders)}.", thread=thread, parent=parent)
        number = f"{len(self.orders):032x}"
        idem = Idempotency(key=number, fingerprint=number, secret_id="s") if keyed else None
        order = self.writer.order(comment, idempotency=idem)
        self.orders.append(order)
        try:
            accepted = self.wait(self.backend.comments.submit(self.site, order))
        except StorageDown:
            # The answer of one that was planted to die on the way: it was told that nothing is certain.
            return
        assert (accepted.id, accepted.replayed) == (comment.id, False)
        self.model.store(comment)
        self.seen.append(comment)

    @precondition(lambda self: len(self.model.records) < _MANY)
    @rule(count=st.integers(8, 14), thread=st.sampled_from(THREADS))
    def submit_many(self, count: int, thread: str) -> None:
        """A burst: more than one call of the reclaimer looks at."""
        for _ in range(count):
            self.submit(0, thread, reply=False, keyed=False)

    @precondition(lambda self: self.orders)
    @rule(pick=_picks)
    def submit_the_same_again(self, pick: int) -> None:
        """The client of the storage repeats a call of which no answer came."""
        order = self.orders[pick % len(self.orders)]
        if order.comment.id not in self.model.records:
            return
        assert self.wait(self.backend.comments.submit(self.site, order)).id == order.comment.id

    @precondition(lambda self: any(order.idempotency for order in self.orders))
    @rule(pick=_picks)
    def repeat_the_request(self, pick: int) -> None:
        """A reader repeats a request with its key: another call, the same comment."""
        keyed = [o for o in self.orders if o.idempotency and o.comment.id in self.model.records]
        if not keyed:
            return
        order = keyed[pick % len(keyed)]
        comment = self.writer.comment("Note.", thread=order.comment.thread)
        again = self.writer.order(comment, idempotency=order.idempotency)
        accepted = self.wait(self.backend.comments.submit(self.site, again))
        assert (accepted.id, accepted.replayed) == (order.comment.id, True)

    @precondition(lambda self: self.model.records)
    @rule(pick=_picks)
    def answer_what_is_withdrawn(self, pick: int) -> None:
        withdrawn = [c for c in self.model.records.values() if c.status != "approved" and _was_public(c)]
        if not withdrawn:
            return
        parent = withdrawn[pick % len(withdrawn)]
        order = self.writer.order(self.writer.comment("Late.", thread=parent.thread, parent=parent.id))
        with pytest.raises(Conflict, match="withdrawn"):
            self.wait(self.backend.comments.submit(self.site, order))

    # What workers do.

    @rule(consumer=st.sampled_from(CONSUMERS), count=st.integers(1, 12))
    def take(self, consumer: str, count: int) -> None:
        free = self.model.keys("")
        entries = self.wait(self.backend.queue.take(LANE, consumer, count=count, block_ms=1))
        assert [(e.id, e.version) for e in entries] == free[:count]
        self.given(consumer, entries)

    @rule(consumer=st.sampled_from(CONSUMERS), count=st.sampled_from((1, 1, 2)))
    def reclaim(self, consumer: str, count: int) -> None:
        """Whatever lies anywhere is found, however much lies before it that somebody holds."""
        lying = self.model.lying()
        entries = self.wait(self.backend.queue.reclaim(LANE, consumer, idle_ms=HOUR_MS, count=count))
        found = [(e.id, e.version) for e in entries]
        assert set(found) <= set(lying), "reclaimed what somebody holds"
        assert len(found) >= min(count, len(lying)), f"reclaimed {len(found)} of {len(lying)} entries that lie"
        assert all(entry.deliveries > 1 for entry in entries)
        self.given(consumer, entries)

    @rule(consumer=st.sampled_from(CONSUMERS), to=st.sampled_from(_VERDICTS), pick=_picks, look=st.booleans())
    def decide(self, consumer: str, to: Status, pick: int, *, look: bool) -> None:
        hand = list(self.hands[consumer].values())
        if not hand:
            return
        entry = hand[pick % len(hand)]
        for waiting in self.work(entry):
            comment = waiting.subject.comment
            assert comment == self.model.records[comment.id]
            self.do(self.writer.judge(comment, to, entry=entry, look=look and to == "approved"))

    @rule(consumer=st.sampled_from(CONSUMERS), pick=_picks)
    def bury(self, consumer: str, pick: int) -> None:
        hand = list(self.hands[consumer].values())
        if not hand:
            return
        entry = hand[pick % len(hand)]
        for waiting in self.work(entry):
            self.do(self.writer.bury(waiting.subject.comment, entry))

    @rule(to=st.sampled_from(_VERDICTS), pick=_picks)
    def decide_late(self, to: Status, pick: int) -> None:
        """A worker that was frozen wakes up with what it read long ago, and the entry that it had then."""
        pending = [c for c in self.seen if c.status == "pending"]
        if not pending:
            return
        comment = pending[pick % len(pending)]
        self.do(self.writer.judge(comment, to, entry=self.entries.get((comment.id, comment.version))))

    @precondition(lambda self: self.moves)
    @rule(pick=_picks)
    def do_the_same_again(self, pick: int) -> None:
        """The client of the storage repeats a call of which no answer came: its own work, once."""
        # As a rule at once, and now and then after others.
        move = self.moves[-1 if pick % 2 else pick % len(self.moves)]
        expected = self.model.move(move)
        assert self.wait(self.backend.comments.move(self.site, move)) == expected

    @rule(consumer=st.sampled_from(CONSUMERS))
    def renew(self, consumer: str) -> None:
        entries = list(self.hands[consumer].values())
        self.wait(self.backend.queue.renew(LANE, consumer, entries))
        self.given(consumer, entries)

    @rule(consumer=st.sampled_from(CONSUMERS))
    def look_at_own(self, consumer: str) -> None:
        """A worker whose connection was lost asks what it has."""
        entries = self.wait(self.backend.queue.own(LANE, consumer))
        assert {(e.id, e.version) for e in entries} == set(self.model.keys(consumer))
        self.given(consumer, entries)

    @rule(consumer=st.sampled_from(CONSUMERS))
    def crash(self, consumer: str) -> None:
        """A worker dies: nobody knows what it had, until it has lain for the claim time."""
        entries = list(self.hands[consumer].values())
        type(self).age(self.backend, consumer, entries)
        self.hands[consumer].clear()
        for entry in entries:
            self.model.queue[entry.id, entry.version] = Held(consumer, idle=True)

    @precondition(lambda self: len(self.model.records) < _MANY)
    @rule()
    def outlive(self) -> None:
        """A worker dies that came behind a busy one: what it had lies behind what is held."""
        self.submit_many(14, THREADS[0])
        self.take("one", 12)
        self.take("two", 12)
        self.crash("two")

    def settle(self) -> None:
        for consumer in CONSUMERS:
            self.crash(consumer)
        while self.model.queue:
            before = len(self.model.queue)
            self.reclaim("one", 3)
            self.take("one", 12)
            while self.hands["one"]:
                self.decide("one", "approved", 0, look=False)
            assert len(self.model.queue) < before, "what waits is not found any more"
        self.holds()
        self.audit()
        for comment in self.model.records.values():
            assert self.wait(self.backend.comments.load(self.site, comment.id)) == comment
        assert self.wait(self.backend.queue.backlog([LANE])).entries == 0


def _was_public(comment: Comment) -> bool:
    return any(decision.after == "approved" for decision in comment.trail)
