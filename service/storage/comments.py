"""Comments in Redis: submit, load, move and read what a thread shows.

A comment is a hash: `v` version, `s` status, `r` record, `m` the last move's id, `p` the thread hash where it was
once public, `u` the parent's id, `n` how many listed replies it has, `z:SHADOW` the scores that a shadow gave it,
`k` the hash of its Idempotency-Key, `f` the number of its last claim, `h` until when (milliseconds) a legal hold keeps
it, `x` the hash of its text under which repeats are counted, `e` what it would be the same submission by, `d` that
people rejected it, `i` the version of its text that rule reports do nothing to.
"""

from collections.abc import Sequence

from service.domain.blocking import ADDRESS_DAYS, blocked
from service.domain.comment import Comment
from service.domain.errors import site_closed
from service.domain.orders import Accepted, Claimed, Frozen, Gone, Lost, Move, Moved, MoveResult, OnHold, SubmitOrder
from service.domain.ports import ANY
from service.domain.queues import risk_scores
from service.domain.rule_settings import ThreadsRule
from service.domain.site import ChangedThread, Site, Thread
from service.domain.standing import Standing
from service.domain.status import MACHINES, Actor
from service.domain.tallies import month_of, tallies_of
from service.domain.views import ReviewPage, ReviewQuery, Sort, Stretch, ThreadPage
from service.domain.work import Subject
from service.storage import codec, history, reviewing, scripts, threads
from service.storage.admission import accepted
from service.storage.contexts import surround
from service.storage.keys import GROUP, LaneKeys, lane_keys, thread_hash
from service.storage.link import Link
from service.storage.telling import tail

IDEMPOTENCY_MS = 24 * 3600 * 1000
# So much of a site waits in the live stream at most: with k sites that flood, another's comment waits for k shares.
SHARE = 64
# How many of the workers' decisions a shadow may be behind before it misses some.
DECIDED = 20_000
_MICROS = 1_000_000


class RedisComments:
    """The CommentStore over a Link."""

    def __init__(self, link: Link, *, backlog: int, site_backlog: int, share: int = SHARE) -> None:
        """Take the link and the bounds of what may wait, in entries a lane, a site, and a site in the live stream."""
        self._link = link
        self._backlog = backlog
        self._site_backlog = site_backlog
        self._share = share

    async def submit(self, site: Site, order: SubmitOrder) -> Accepted:
        """Store a submission whole or refuse it; raises Conflict, NotFound, TooMany or Unavailable."""
        keys = lane_keys(site.lane)
        comment, idem, limits = order.comment, order.idempotency, order.limits
        rates: list[int] = [0] * 6
        if limits is not None:
            rate = limits.rate
            minute, hour = 60 * _MICROS // rate.address_per_minute, 3600 * _MICROS // rate.threads_per_hour
            author = 60 * _MICROS // rate.author_per_minute
            rates = [
                minute,
                minute * (rate.address_burst - 1),
                author,
                author * (rate.author_per_minute - 1),
                hour,
                hour * (rate.threads_per_hour - 1),
            ]
        bounded, writing = order.stream == "live", order.writing
        own = keys.comment(site.id, comment.id)
        answer = await self._link.script(
            scripts.SUBMIT,
            [
                own,
                keys.idempotency(site.id, idem.key if idem else "-"),
                keys.thread(site.id, comment.thread),
                keys.status(site.id, "pending"),
                keys.author(site.id, comment.author.key),
                keys.stream(order.stream),
                keys.rate("address", site.id, limits.address if limits else "-"),
                keys.rate("author", site.id, limits.author if limits else "-"),
                keys.rate("threads", site.id, limits.address if limits else "-"),
                keys.comment(site.id, comment.parent_id or comment.id),
                keys.site(site.id),
                keys.frozen(site.id),
                keys.surplus,
                keys.blocks(site.id),
                keys.slow(site.id, writing.slow or "-", comment.thread),
                keys.address(site.id, comment.id),
                keys.twin(site.id, order.twin.key if order.twin else "-"),
            ],
            [
                comment.id,
                site.id,
                codec.encode(comment),
                comment.thread,
                thread_hash(comment.thread),
                order.url,
                order.title,
                int(order.title_verified),
                idem.fingerprint if idem else "",
                idem.secret_id if idem else "",
                IDEMPOTENCY_MS,
                self._backlog if bounded else 0,
                self._site_backlog if bounded else 0,
                int(comment.parent_id is not None),
                int(limits is not None),
                *rates,
                comment.parent_id or "",
                self._share if bounded else 0,
                order.threads.slow_seconds,
                order.threads.close_after_days or 0,
                *writing.marks,
                int(writing.slow != ""),
                writing.address,
                ADDRESS_DAYS * 86_400_000,
                order.twin.key if order.twin else "",
                order.twin.minutes * 60_000 if order.twin else 0,
            ],
        )
        return accepted(answer)

    async def load(self, site: Site, comment_id: str) -> Comment | None:
        """Read one comment; raises MsgspecError or ValueError where what is stored is no comment."""
        key = lane_keys(site.lane).comment(site.id, comment_id)
        (row,) = await self._link.pipeline([("HMGET", key, "v", "s", "r")], raising=False)
        if isinstance(row, BaseException):
            message = f"what is stored as {comment_id} is no comment"
            raise ValueError(message) from row  # noqa: TRY004 - an answer from Redis, no argument's type
        version, status, record = row
        return None if record is None else codec.comment(record, status=status, version=version)

    async def load_many(self, site: Site, ids: Sequence[str]) -> list[Comment | None]:
        """Read up to 500 comments in one round trip."""
        return await reviewing.records(self._link, lane_keys(site.lane), site.id, ids)

    async def move(self, site: Site, move: Move) -> MoveResult:
        """Apply one compare-and-set."""
        keys = lane_keys(site.lane)
        before, after, entry = move.before, move.after, move.entry
        risk, tallies = _risk_changes(before, after), tallies_of(after)
        answer = await self._link.script(
            scripts.MOVE,
            _move_keys(keys, site.id, move, list(risk)),
            [
                after.trail[-1].id,
                before.version,
                before.status,
                after.status,
                after.version,
                codec.encode(after),
                after.id,
                thread_hash(after.thread),
                int(after.look),
                entry.entry_id if entry else "",
                GROUP,
                keys.channel(site.id, after.thread),
                keys.comments(site.id),
                move.buried,
                int(move.requeue),
                site.id,
                DECIDED if after.trail[-1].actor == "worker" else 0,
                _hand(after.trail[-1].actor),
                after.trail[-1].by,
                "" if move.claim is None else move.claim,
                *move.writing.marks,
                len(risk),
                len(tallies),
                *tallies,
                *risk.values(),
                *tail(keys, site.id, move),
            ],
        )
        match answer[0]:
            case b"ok":
                return Moved(comment=after)
            case b"lost":
                current = codec.comment(answer[3], version=answer[1], status=answer[2])
                # A retry of this very call that came after somebody else's move: its own work is on the trail.
                done = any(decision.id == after.trail[-1].id for decision in current.trail)
                return Moved(comment=after) if done else Lost(current=current)
            case b"frozen":
                return Frozen()
            case b"closed":
                raise site_closed()
            case b"blocked":
                raise blocked()
            case b"on hold":
                return OnHold()
            case b"claimed":
                return Claimed(by=answer[1].decode().partition(" ")[2])
            case _:
                return Gone()

    async def page(
        self, site: Site, thread: str, *, sort: Sort, limit: int, after: str | None, rule: ThreadsRule = ANY
    ) -> ThreadPage:
        """Read a page of what a thread shows."""
        keys = lane_keys(site.lane)
        answer = await self._link.script(
            scripts.PAGE,
            [keys.thread(site.id, thread), keys.shown(site.id, thread)],
            [keys.comments(site.id), sort, after or "", limit],
        )
        version, count, more = answer[:3]
        rows, standing = answer[10:], threads.standing_on_page(answer, rule)
        comments = tuple(
            codec.comment(rows[i + 2], version=rows[i], status=rows[i + 1]) for i in range(0, len(rows), 3)
        )
        return ThreadPage(comments=comments, count=int(count), version=int(version), more=more == 1, standing=standing)

    async def standing(self, site: Site, thread: str, rule: ThreadsRule) -> Standing:
        """Read how a thread stands, by Redis's clock."""
        return await threads.standing(self._link, site, thread, rule)

    async def thread_version(self, site: Site, thread: str) -> int:
        """Read the number that grows whenever a thread shows something else; 0 for an unknown thread."""
        version = await self._link.read("HGET", lane_keys(site.lane).thread(site.id, thread), "v")
        return int(version or 0)

    async def counts(self, site: Site, threads: Sequence[str]) -> list[int]:
        """Count the approved comments of each thread."""
        keys = lane_keys(site.lane)
        answers = await self._link.pipeline([("HGET", keys.thread(site.id, key), "n") for key in threads])
        return [int(answer or 0) for answer in answers]

    async def between(self, site: Site, *, first: str, last: str, limit: int, shadow: str | None = None) -> Stretch:
        """Read decided comments by id, oldest first, with what one shadow said of them."""
        return await history.between(self._link, site, first=first, last=last, limit=limit, shadow=shadow)

    async def subjects(self, site: Site, comments: Sequence[Comment]) -> list[Subject]:
        """Add to comments all that a verdict on them needs, as the queue does for what waits."""
        return await surround(self._link, {site.id: site}, comments)

    async def review(self, site: Site, query: ReviewQuery) -> ReviewPage:
        """Read what moderators ask for."""
        return await reviewing.review(self._link, site, query)

    async def thread(self, site: Site, thread: str) -> Thread | None:
        """Read a thread."""
        return await threads.load(self._link, site, thread)

    async def sections(self, site: Site, threads: Sequence[str]) -> list[str]:
        """Read the section of each thread; '' for one that has none or is not known."""
        return await reviewing.sections(self._link, lane_keys(site.lane), site.id, threads)

    async def patch_thread(
        self, site: Site, thread: str, *, changes: Thread, fields: frozenset[str], act: str | None = None
    ) -> ChangedThread:
        """Set the named fields of a thread, making it if it is new."""
        return await threads.patch(self._link, site, thread, changes=changes, fields=fields, act=act)


def _hand(actor: Actor) -> str:
    return "machine" if actor in MACHINES else actor if actor in ("author", "moderator") else "other"


def _risk_changes(before: Comment, after: Comment) -> dict[str, float | str]:
    """Name the risk indexes to touch: a score puts the comment in, an empty text takes it out."""
    changes: dict[str, float | str] = {}
    if before.status == "held":
        changes.update(dict.fromkeys(risk_scores(before), ""))
    if after.status == "held":
        changes.update(risk_scores(after))
    return changes


def _move_keys(keys: LaneKeys, site: str, move: Move, risk_labels: list[str]) -> list[str]:
    before, after = move.before, move.after
    return [
        keys.comment(site, after.id),
        keys.thread(site, after.thread),
        keys.shown(site, after.thread),
        keys.status(site, before.status),
        keys.status(site, after.status),
        keys.look(site),
        keys.author(site, before.author.key),
        keys.attempts,
        keys.stream(move.entry.stream if move.entry else "live"),
        keys.buried,
        keys.live,
        keys.decided,
        keys.decided_count,
        keys.frozen(site),
        keys.claim(site, after.id),
        keys.tally(site, month_of(after)),
        *(keys.risk(site, label) for label in risk_labels),
        *([keys.blocks(site), keys.address(site, after.id)] if move.requeue or after.status == "deleted" else []),
    ]
