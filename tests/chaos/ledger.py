"""What Gatepost said to those outside: every answer and everything that was ever shown, as they saw it."""

from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.texts import Draft


@dataclass
class Ledger:
    """The memory of everybody outside; times are seconds of the harness's own monotonic clock."""

    # By the key of the submission: the ids that a 202 named.
    receipts: dict[str, set[str]] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    # Which of a reader's replies were sent as replies, by id.
    replies: set[str] = field(default_factory=set)
    # When an answer said so: withdrawn by its author, rewritten (and the old text gone), rejected by a moderator.
    withdrawn: dict[str, float] = field(default_factory=dict)
    rewritten: dict[str, float] = field(default_factory=dict)
    taken_down: dict[str, float] = field(default_factory=dict)
    # What a moderator was told is decided: (id, version) to status.
    decided: dict[tuple[str, int], str] = field(default_factory=dict)
    # Who saw which text of which id: when the latest request that still showed it was sent; nothing for streams.
    polled: dict[tuple[str, str], float] = field(default_factory=dict)
    streamed: set[tuple[str, str]] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    polls: int = 0
    streams: int = 0
    slowest_answer: float = 0.0
    longest_outage: float = 0.0
    done: int = 0

    def accepted(self, draft: Draft, comment_id: str, *, reply: bool) -> None:
        """Remember a 202."""
        self.receipts.setdefault(draft.key, set()).add(comment_id)
        self.drafts[comment_id] = draft
        if reply:
            self.replies.add(comment_id)
