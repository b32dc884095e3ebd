"""The plain model that the store is held against: records, what waits, and who has it; no index, no count."""

from dataclasses import dataclass, field

from service.domain.comment import Comment
from service.domain.orders import Gone, Lost, Move, Moved, MoveResult
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
        self.records[after.id] = after
        self.applied.add(after.trail[-1].id)
        if move.requeue:
            self.queue[after.id, after.version] = Held()
        return Moved(comment=after)

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
