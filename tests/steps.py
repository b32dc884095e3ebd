"""What tests do again and again: submit, and bring a comment into a status the way the service does."""

from service.domain.comment import Comment
from service.domain.orders import Move, Moved
from service.domain.scores import Scores
from service.domain.status import Status
from service.domain.work import Entry
from tests.builders import THREAD, Writer
from tests.ports import Backend


async def submitted(backend: Backend, writer: Writer, body: str = "A fine morning.", **fields: str | None) -> Comment:
    """Submit a comment."""
    chosen = {name: value for name, value in fields.items() if value is not None}
    comment = writer.comment(body, **chosen)
    await backend.comments.submit(writer.site, writer.order(comment))
    return comment


async def entry_of(backend: Backend, comment: Comment, *, lane: str = "main", consumer: str = "w") -> Entry:
    """Take entries until the comment's own is found; others are kept for whoever asks next."""
    for entry in [
        *await backend.queue.own(lane, consumer),
        *await backend.queue.take(lane, consumer, count=1_000, block_ms=1),
    ]:
        if (entry.site, entry.id) == (comment.site, comment.id):
            return entry
    message = f"comment {comment.id} is not queued"
    raise AssertionError(message)


async def applied(backend: Backend, writer: Writer, move: Move) -> Comment:
    """Apply a move that must succeed."""
    result = await backend.comments.move(writer.site, move)
    assert isinstance(result, Moved), result
    return result.comment


async def judged(
    backend: Backend,
    writer: Writer,
    comment: Comment,
    to: Status,
    *,
    look: bool = False,
    scores: Scores | None = None,
) -> Comment:
    """Have a worker decide a pending comment."""
    entry = await entry_of(backend, comment, lane=writer.site.lane)
    return await applied(backend, writer, writer.judge(comment, to, entry=entry, look=look, scores=scores))


async def approved(backend: Backend, writer: Writer, comment: Comment) -> Comment:
    """Have a worker approve a comment."""
    return await judged(backend, writer, comment, "approved")


async def held(backend: Backend, writer: Writer, comment: Comment, scores: Scores | None = None) -> Comment:
    """Have a worker hold a comment."""
    return await judged(backend, writer, comment, "held", scores=scores)


async def published(
    backend: Backend, writer: Writer, body: str = "A fine morning.", *, thread: str = THREAD, parent: str | None = None
) -> Comment:
    """Submit a comment and have it approved."""
    return await approved(backend, writer, await submitted(backend, writer, body, thread=thread, parent=parent))
