"""The plain model that the store is held against: records, what waits, and who has it; no index, no count."""

from dataclasses import dataclass, field

from service.domain.comment import Comment
from service.domain.orders import Claimed, Gone, Lost, Move, Moved, MoveResult
from service.domain.work import Entry

# An entry by what it says: a comment in a version.
Key = tuple[str, int]
FREE = ""


@dataclass
class Held:
    """Who was given an entry, and whether they have let it lie."""

    consumer: str = FREE
    idle: bool = False


@dataclass
class Model:
    """What must be true, in the plainest words."""

    records: dict[str, Comment] = field(default_factory=dict)
    queue: dict[Key, Held] = field(default_factory=dict)
    # What was answered to which move, by the id of its decision.
    applied: set[str] = field(default_factory=set)
    # Who has claimed a comment, by which number, and the last number of each comment.
    claims: dict[str, tuple[int, str]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def store(self, comment: Comment) -> None:
        """A new comment waits."""
        self.records[comment.id] = comment
        self.queue[comment.id, comment.version] = Held()

    def move(self, move: Move) -> MoveResult:
        """A move wins exactly when what it starts from is what is stored; its entry is done with in any case."""
        after = move.after
        stored = self.records.get(after.id)
        if move.entry is not None:
            self.queue.pop((move.entry.id, move.entry.version), None)
        if stored is None:
            return Gone()
        if after.trail[-1].id in self.applied:
            return Moved(comment=after)
        if stored.version != move.before.version:
            return Lost(current=stored)
        refused = self._claimed(move)
        if refused is not None:
            return refused
        self.claims.pop(after.id, None)
        self.records[after.id] = after
        self.applied.add(after.trail[-1].id)
        if move.requeue:
            self.queue[after.id, after.version] = Held()
        return Moved(comment=after)

    def _claimed(self, move: Move) -> Claimed | None:
        """A moderator decides nothing that another has claimed, and nothing by a number that is not the last."""
        last, claim = move.after.trail[-1], self.claims.get(move.after.id)
        if last.actor != "moderator":
            return None
        stale = move.claim is not None and move.claim != self.numbers.get(move.after.id)
        by = claim[1] if claim else ""
        return Claimed(by=by) if stale or by not in ("", last.by) else None

    def claimable(self, comment: Comment, by: str) -> bool:
        """Tell whether somebody can claim a comment as they read it."""
        stored = self.records[comment.id]
        decided = stored.status in ("approved", "held", "rejected")
        return decided and stored.version == comment.version and self.claims.get(comment.id, (0, by))[1] == by

    def next_for(self, count: int) -> list[Comment]:
        """List the first that nobody has claimed, as the console orders them where all are as risky."""
        free = [c for c in self.records.values() if c.status == "held" and c.id not in self.claims]
        return sorted(free, key=lambda c: c.id, reverse=True)[:count]

    def given(self, entries: list[Entry], consumer: str) -> None:
        """Somebody was given entries."""
        for entry in entries:
            self.queue[entry.id, entry.version] = Held(consumer)

    def keys(self, consumer: str, *, idle: bool | None = None) -> list[Key]:
        """List what a consumer has, in order."""
        return [key for key, held in self.queue.items() if held.consumer == consumer and idle in (None, held.idle)]

    def lying(self) -> list[Key]:
        """List what anybody was given and let lie."""
        return [key for key, held in self.queue.items() if held.idle]

    def shown(self, thread: str) -> list[tuple[str, str]]:
        """List what a thread shows, by id: approved comments, and withdrawn ones on the way to an approved one."""
        listed: set[str] = set()
        for comment in self.records.values():
            current: Comment | None = comment if comment.status == "approved" else None
            while current is not None and current.id not in listed:
                listed.add(current.id)
                current = self.records.get(current.parent_id or "")
        return sorted((c.id, c.status) for c in self.records.values() if c.id in listed and c.thread == thread)
