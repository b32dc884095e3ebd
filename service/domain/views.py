"""What is read: pages, queries and live changes."""

from typing import Literal

from msgspec import Struct

from service.domain.comment import Comment
from service.domain.scores import Scores
from service.domain.standing import Standing
from service.domain.status import Status

Sort = Literal["oldest", "newest"]


ReviewSort = Literal["oldest", "newest", "riskiest", "first"]
HeldQueue = Literal["urgent", "escalated", "reported", "appeals"]
ReviewQueue = HeldQueue
# The risk index of each queue of held comments.
QUEUE_INDEX: dict[HeldQueue, str] = {
    "urgent": "~urgent",
    "escalated": "~escalated",
    "reported": "~reported",
    "appeals": "~appeal",
}


class ThreadPage(Struct, frozen=True, kw_only=True):
    """A page of a thread: approved comments, and withdrawn ones that still carry shown replies."""

    comments: tuple[Comment, ...]
    count: int
    version: int
    more: bool
    standing: Standing = Standing()


class ReviewQuery(Struct, frozen=True, kw_only=True):
    """What a moderator asks for; `after` is the last row's (score, id) of the page before.

    `first` is the console's order of what is held: urgent first, then by risk. A `queue` is a part of what is held.
    `reason` is the main one's code, `without` labels that whoever asks leaves to others, `sections` whose threads alone
    are asked for; `among` are the only rows that may match, each with the score that it is sorted by.
    """

    status: Status | None = None
    look: bool | None = None
    thread: str | None = None
    author: str | None = None
    label: str | None = None
    min_score: float | None = None
    queue: ReviewQueue | None = None
    escalated: bool | None = None
    max_score: float | None = None
    reason: str | None = None
    without: tuple[str, ...] = ()
    sections: tuple[str, ...] | None = None
    among: tuple[tuple[float, str], ...] | None = None
    sort: ReviewSort = "oldest"
    limit: int = 50
    after: tuple[float, str] | None = None


class ReviewPage(Struct, frozen=True, kw_only=True):
    """Matching comments and where to go on; a page may be short, even empty, and still have more."""

    comments: tuple[Comment, ...]
    after: tuple[float, str] | None


class Kept(Struct, frozen=True, kw_only=True):
    """A decided comment, and the scores that the shadow being asked about gave it, if it did."""

    comment: Comment
    shadow: Scores | None


class Stretch(Struct, frozen=True, kw_only=True):
    """Part of a span of time: what can be read, how much cannot, and the id to go on behind; None: nothing more."""

    kept: tuple[Kept, ...]
    unreadable: int
    after: str | None


class Change(Struct, frozen=True, kw_only=True):
    """A move as the live channel tells it: ids and status only, never content."""

    id: str
    before: Status
    after: Status
    version: int
    count: int


# Not a comment has moved: the thread itself stands otherwise, closed, open or with another notice.
THREAD_CHANGED = Change(id="", before="pending", after="pending", version=0, count=0)
