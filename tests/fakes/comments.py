"""Comments in memory: every answer is worked out from the records, and no index is kept."""

from collections.abc import Sequence

import msgspec

from service.domain.acts import decision_act
from service.domain.comment import Comment
from service.domain.errors import Conflict, NotFound, TooMany, Unavailable, site_closed
from service.domain.news import news_of
from service.domain.operating import Freeze
from service.domain.orders import (
    Accepted,
    Claimed,
    Frozen,
    Gone,
    Limits,
    Lost,
    Move,
    Moved,
    MoveResult,
    OnHold,
    SubmitOrder,
)
from service.domain.site import Site, Thread
from service.domain.status import MACHINES
from service.domain.tallies import month_of, tallies_of
from service.domain.views import Change, Kept, ReviewPage, ReviewQuery, Sort, Stretch, ThreadPage
from service.domain.work import Subject
from tests.fakes.memory import Memory
from tests.fakes.reviewing import page_of
from tests.fakes.surroundings import subject_of

IDEMPOTENCY_SECONDS = 24 * 3600


class MemoryComments:
    """The CommentStore over memory."""

    def __init__(self, memory: Memory, *, backlog: int, site_backlog: int, share: int) -> None:
        """Take the memory and the bounds of what may wait."""
        self._memory = memory
        self._backlog = backlog
        self._site_backlog = site_backlog
        self._share = share

    async def submit(self, site: Site, order: SubmitOrder) -> Accepted:
        """See CommentStore."""
        memory, comment, idem = self._memory, order.comment, order.idempotency
        secret = idem.secret_id if idem else ""
        if (site.id, comment.id) in memory.records:
            return Accepted(id=comment.id, secret_id=secret, replayed=False)
        if site.id not in memory.sites:
            message = "There is no such site any more."
            raise NotFound(message, slug="unknown-site")
        known = memory.idempotency.get((site.id, idem.key)) if idem else None
        if idem and known and known[3] > memory.clock.seconds:
            if known[0] != idem.fingerprint:
                message = "The key was used for another submission."
                raise Conflict(message, slug="idempotency-mismatch")
            return Accepted(id=known[1], secret_id=known[2], replayed=True)
        waiting = self._admit(site, order)
        if order.limits is not None:
            self._limit(site, order.limits, new_thread=(site.id, comment.thread) not in memory.threads)
        memory.records[site.id, comment.id] = comment
        version = int(memory.clock.seconds) * 1000
        thread = memory.threads.get((site.id, comment.thread)) or Thread(key=comment.thread, version=version)
        title = order.title if order.title and (order.title_verified or not thread.title) else thread.title
        memory.threads[site.id, comment.thread] = msgspec.structs.replace(
            thread,
            url=thread.url or order.url,
            title=title,
            title_verified=thread.title_verified or bool(order.title and order.title_verified),
        )
        if idem:
            until = memory.clock.seconds + IDEMPOTENCY_SECONDS
            memory.answers[site.id, comment.id] = idem.key
            memory.idempotency[site.id, idem.key] = (idem.fingerprint, comment.id, idem.secret_id, until)
        stream = "surplus" if order.stream == "live" and waiting >= self._share else order.stream
        memory.enqueue(site.lane, stream, site.id, comment.id, 1)
        return Accepted(id=comment.id, secret_id=secret, replayed=False)

    def _admit(self, site: Site, order: SubmitOrder) -> int:
        """Refuse what cannot be taken; gives how much of the site is waiting."""
        memory, comment = self._memory, order.comment
        freeze = memory.freeze_of(site.id)
        if freeze is not None and freeze.mode == "closed":
            left = (freeze.until.timestamp() - memory.clock.seconds) * 1000 if freeze.until else 0
            raise site_closed(int(left))
        thread = memory.threads.get((site.id, comment.thread))
        if thread is not None and thread.closed:
            message = "This thread takes no more comments."
            raise Conflict(message, slug="thread-closed")
        if comment.parent_id is not None:
            parent = memory.records.get((site.id, comment.parent_id))
            if parent is None or memory.was_public.get((site.id, parent.id)) != comment.thread:
                message = "This thread has no such comment to answer."
                raise NotFound(message, slug="unknown-parent")
            if parent.status != "approved":
                message = "The comment being answered was withdrawn."
                raise Conflict(message, slug="parent-withdrawn")
        waiting = sum(1 for c in memory.records.values() if c.site == site.id and c.status == "pending")
        queued = len(memory.stream(site.lane, "live")) + len(memory.stream(site.lane, "surplus"))
        if order.stream == "live" and (queued >= self._backlog or waiting >= self._site_backlog):
            message = "Too many comments wait to be checked."
            raise Unavailable(message, retry_after=0)
        return waiting

    def _limit(self, site: Site, limits: Limits, *, new_thread: bool) -> None:
        rate, now = limits.rate, self._memory.clock.seconds
        kinds = [
            ("address", limits.address, 60 / rate.address_per_minute, rate.address_burst),
            ("author", limits.author, 60 / rate.author_per_minute, rate.author_per_minute),
        ]
        if new_thread:
            kinds.append(("threads", limits.address, 3600 / rate.threads_per_hour, rate.threads_per_hour))
        counted = {}
        for kind, who, interval, burst in kinds:
            due = max(now, self._memory.due.get((kind, site.id, who), now))
            late = due - now - interval * (burst - 1)
            if late > 1e-6:
                message = f"Too many comments ({kind})."
                raise TooMany(message, retry_after=max(1, -int(-late // 1)))
            counted[kind, site.id, who] = due + interval
        self._memory.due.update(counted)
        self._memory.counted_with[site.id, limits.author].add(limits.address)

    async def load(self, site: Site, comment_id: str) -> Comment | None:
        """See CommentStore."""
        return self._memory.records.get((site.id, comment_id))

    async def load_many(self, site: Site, ids: Sequence[str]) -> list[Comment | None]:
        """See CommentStore."""
        return [await self.load(site, comment_id) for comment_id in ids]

    async def move(self, site: Site, move: Move) -> MoveResult:
        """See CommentStore."""
        memory, before, after = self._memory, move.before, move.after
        stored, freeze = memory.records.get((site.id, after.id)), memory.freeze_of(site.id)
        known = stored is not None and any(decision.id == after.trail[-1].id for decision in stored.trail)
        current = stored is not None and (stored.version, stored.status) == (before.version, before.status)
        if freeze is not None and current and not known and self._stops(freeze, move):
            return Frozen()
        if move.entry is not None:
            memory.stream(move.entry.lane, move.entry.stream).pop(move.entry.entry_id, None)
            memory.attempts.pop((move.entry.lane, move.entry.entry_id), None)
        if stored is None:
            return Gone()
        if known:
            return Moved(comment=after)
        if not current:
            return Lost(current=stored)
        prevented = OnHold() if self._keeps(site, after) else self._claimed(site, move)
        if prevented is not None:
            return prevented
        self._count(site, after)
        shown = self._shown(site, after.thread)
        memory.records[site.id, after.id] = after
        if after.status == "approved":
            memory.was_public[site.id, after.id] = after.thread
        if "approved" in (before.status, after.status) or shown != self._shown(site, after.thread):
            thread = memory.threads[site.id, after.thread]
            memory.threads[site.id, after.thread] = msgspec.structs.replace(thread, version=thread.version + 1)
        self._feed(site, move)
        count = (await self.counts(site, [after.thread]))[0]
        change = Change(id=after.id, before=before.status, after=after.status, version=after.version, count=count)
        memory.tell(site.id, after.thread, change)
        memory.spread(site.id, news_of(before, after))
        act = decision_act(after)
        if act is not None:
            memory.note(site.id, act)
        return Moved(comment=after)

    def _stops(self, freeze: Freeze, move: Move) -> bool:
        actor = move.after.trail[-1].actor
        if freeze.mode == "closed" and actor == "author" and move.requeue:
            raise site_closed()
        return actor in MACHINES and move.after.status != "held"

    def _count(self, site: Site, after: Comment) -> None:
        self._memory.claims.pop((site.id, after.id), None)
        for name in tallies_of(after):
            self._memory.tallies[site.id, month_of(after)][name] += 1

    def _claimed(self, site: Site, move: Move) -> Claimed | None:
        last, claim = move.after.trail[-1], self._memory.claim_of(site.id, move.after.id)
        if last.actor != "moderator":
            return None
        by = claim[1] if claim else ""
        stale = move.claim is not None and move.claim != self._memory.claim_numbers.get((site.id, move.after.id))
        return Claimed(by=by) if stale or by not in ("", last.by) else None

    def _keeps(self, site: Site, after: Comment) -> bool:
        rewritten = after.status == "pending" and after.trail[-1].actor == "author"
        return (rewritten or after.status == "deleted") and self._memory.on_hold(site.id, after.id)

    def _feed(self, site: Site, move: Move) -> None:
        """Leave what others wait for: the queue, the buried and the shadows."""
        memory, after = self._memory, move.after
        if move.requeue:
            memory.enqueue(site.lane, "live", site.id, after.id, after.version)
        if move.buried:
            memory.bury(site.lane, (site.id, after.id), after.version, move.buried)
        if after.trail[-1].actor == "worker":
            memory.number(site.lane, after)
        if after.status in ("pending", "deleted"):
            memory.shadow_scores.pop((site.id, after.id), None)

    def _of_site(self, site: Site) -> list[Comment]:
        return sorted((c for c in self._memory.records.values() if c.site == site.id), key=lambda c: c.id)

    def _shown(self, site: Site, thread: str) -> list[Comment]:
        """List what a thread shows: approved comments, and every withdrawn ancestor of one."""
        mine = {c.id: c for c in self._of_site(site) if c.thread == thread}
        listed: set[str] = set()
        for comment in mine.values():
            current: Comment | None = comment if comment.status == "approved" else None
            while current is not None:
                listed.add(current.id)
                current = mine.get(current.parent_id or "")
        return [c for c in mine.values() if c.id in listed]

    async def page(self, site: Site, thread: str, *, sort: Sort, limit: int, after: str | None) -> ThreadPage:
        """See CommentStore."""
        rows = self._shown(site, thread)
        if sort == "newest":
            rows = [c for c in reversed(rows) if after is None or c.id < after]
        else:
            rows = [c for c in rows if after is None or c.id > after]
        count = (await self.counts(site, [thread]))[0]
        version = await self.thread_version(site, thread)
        return ThreadPage(comments=tuple(rows[:limit]), count=count, version=version, more=len(rows) > limit)

    async def thread_version(self, site: Site, thread: str) -> int:
        """See CommentStore."""
        found = self._memory.threads.get((site.id, thread))
        return found.version if found else 0

    async def counts(self, site: Site, threads: Sequence[str]) -> list[int]:
        """See CommentStore."""
        approved = [c.thread for c in self._of_site(site) if c.status == "approved"]
        return [approved.count(thread) for thread in threads]

    async def between(self, site: Site, *, first: str, last: str, limit: int, shadow: str | None = None) -> Stretch:
        """See CommentStore."""
        found = [c for c in self._of_site(site) if first < c.id <= last and c.status not in ("pending", "deleted")]
        found = found[:limit]
        beside = self._memory.shadow_scores
        kept = [
            Kept(comment=c, shadow=beside.get((site.id, c.id), {}).get(shadow or ""))
            for c in found
            if (site.id, c.id) not in self._memory.garbled
        ]
        return Stretch(kept=tuple(kept), unreadable=len(found) - len(kept), after=found[-1].id if found else None)

    async def subjects(self, site: Site, comments: Sequence[Comment]) -> list[Subject]:
        """See CommentStore."""
        if site.id not in self._memory.policies:
            return []
        return [subject_of(self._memory, site, comment) for comment in comments]

    async def review(self, site: Site, query: ReviewQuery) -> ReviewPage:
        """See CommentStore."""
        comments = self._of_site(site)
        sections = await self.sections(site, [comment.thread for comment in comments])
        by_id = {comment.id: section for comment, section in zip(comments, sections, strict=True)}
        return page_of(comments, query, by_id)

    async def thread(self, site: Site, thread: str) -> Thread | None:
        """See CommentStore."""
        found = self._memory.threads.get((site.id, thread))
        count = (await self.counts(site, [thread]))[0]
        return msgspec.structs.replace(found, count=count) if found else None

    async def sections(self, site: Site, threads: Sequence[str]) -> list[str]:
        """See CommentStore."""
        found = [self._memory.threads.get((site.id, thread)) for thread in threads]
        return [thread.section if thread else "" for thread in found]

    async def patch_thread(self, site: Site, thread: str, *, changes: Thread, fields: frozenset[str]) -> Thread:
        """See CommentStore."""
        version = int(self._memory.clock.seconds) * 1000
        found = self._memory.threads.get((site.id, thread)) or Thread(key=thread, version=version)
        chosen = {name: getattr(changes, name) for name in fields}
        self._memory.threads[site.id, thread] = msgspec.structs.replace(found, **chosen)
        stored = await self.thread(site, thread)
        assert stored is not None
        return stored
