"""Comments in memory: every answer is worked out from the records, and no index is kept."""

from collections.abc import Sequence

import msgspec

from service.domain.acts import decision_act
from service.domain.blocking import blocked
from service.domain.comment import Comment
from service.domain.errors import Conflict, NotFound, site_closed
from service.domain.news import news_of
from service.domain.operating import Freeze
from service.domain.orders import (
    Accepted,
    Claimed,
    Frozen,
    Gone,
    Lost,
    Move,
    Moved,
    MoveResult,
    OnHold,
    SubmitOrder,
)
from service.domain.ports import ANY
from service.domain.rule_settings import ThreadsRule
from service.domain.site import ChangedThread, Site, Thread
from service.domain.standing import Standing, standing_of
from service.domain.status import MACHINES
from service.domain.tallies import month_of, tallies_of
from service.domain.views import THREAD_CHANGED, Change, Kept, ReviewPage, ReviewQuery, Sort, Stretch, ThreadPage
from service.domain.work import Subject
from tests.fakes.admission import Admission
from tests.fakes.memory import Memory
from tests.fakes.reviewing import page_of
from tests.fakes.surroundings import subject_of

IDEMPOTENCY_SECONDS = 24 * 3600


class MemoryComments:
    """The CommentStore over memory."""

    def __init__(self, memory: Memory, *, backlog: int, site_backlog: int, share: int) -> None:
        """Take the memory and the bounds of what may wait."""
        self._memory = memory
        self._admission = Admission(memory, backlog=backlog, site_backlog=site_backlog)
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
        self._refuse_twin(site, order)
        waiting = self._admission.admit(site, order)
        if order.limits is not None:
            self._admission.limit(site, order.limits, new_thread=(site.id, comment.thread) not in memory.threads)
        memory.records[site.id, comment.id] = comment
        version = int(memory.clock.seconds) * 1000
        thread = memory.threads.get((site.id, comment.thread)) or Thread(
            key=comment.thread, version=version, since=memory.clock()
        )
        self._admission.remember(site, order)
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
        if order.twin:
            memory.twins[site.id, order.twin.key] = (comment.id, memory.clock.seconds + order.twin.minutes * 60)
        stream = "surplus" if order.stream == "live" and waiting >= self._share else order.stream
        memory.enqueue(site.lane, stream, site.id, comment.id, 1)
        return Accepted(id=comment.id, secret_id=secret, replayed=False)

    def _refuse_twin(self, site: Site, order: SubmitOrder) -> None:
        first, until = self._memory.twins.get((site.id, order.twin.key if order.twin else ""), ("", 0.0))
        if first and until > self._memory.clock.seconds:
            message = "You sent the same comment to this page a moment ago."
            raise Conflict(message, slug="duplicate-comment")

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
        prevented = self._prevented(site, move)
        if prevented is not None:
            return prevented
        self._count(site, before, after)
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

    def _prevented(self, site: Site, move: Move) -> OnHold | Claimed | None:
        if move.requeue and move.after.trail[-1].actor == "author" and self._memory.is_blocked(site.id, move.writing):
            raise blocked()
        return OnHold() if self._keeps(site, move.after) else self._claimed(site, move)

    def _count(self, site: Site, before: Comment, after: Comment) -> None:
        self._memory.claims.pop((site.id, after.id), None)
        if after.status == "deleted" or (after.status == "pending" and after.trail[-1].actor == "author"):
            self._memory.forget_text(site.id, before)
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
        if after.status == "deleted":
            memory.addresses.pop((site.id, after.id), None)
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

    async def page(
        self, site: Site, thread: str, *, sort: Sort, limit: int, after: str | None, rule: ThreadsRule = ANY
    ) -> ThreadPage:
        """See CommentStore."""
        rows = self._shown(site, thread)
        if sort == "newest":
            rows = [c for c in reversed(rows) if after is None or c.id < after]
        else:
            rows = [c for c in rows if after is None or c.id > after]
        count = (await self.counts(site, [thread]))[0]
        standing = await self.standing(site, thread, rule)
        return ThreadPage(
            comments=tuple(rows[:limit]),
            count=count,
            version=standing.version,
            more=len(rows) > limit,
            standing=standing,
        )

    async def standing(self, site: Site, thread: str, rule: ThreadsRule) -> Standing:
        """See CommentStore."""
        return standing_of(self._memory.threads.get((site.id, thread)), rule, self._memory.clock())

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
        return [subject_of(self._memory, site, comment, waits=False) for comment in comments]

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

    async def patch_thread(
        self, site: Site, thread: str, *, changes: Thread, fields: frozenset[str], act: str | None = None
    ) -> ChangedThread:
        """See CommentStore."""
        memory, key = self._memory, (site.id, thread)
        if act is not None and (site.id, act) in memory.changed:
            return memory.changed[site.id, act]
        new = Thread(key=thread, version=int(memory.clock.seconds) * 1000 - 1, since=memory.clock())
        known, found = await self.thread(site, thread), memory.threads.get(key) or new
        chosen = {name: getattr(changes, name) for name in fields}
        if "closed" in fields and not changes.closed:
            chosen["since"] = memory.clock()
        memory.threads[key] = msgspec.structs.replace(found, **chosen, version=found.version + 1)
        stored = await self.thread(site, thread)
        assert stored is not None
        memory.tell(site.id, thread, THREAD_CHANGED)
        changed = ChangedThread(before=known or Thread(key=thread), after=stored)
        if act is not None:
            memory.changed[site.id, act] = changed
        return changed
