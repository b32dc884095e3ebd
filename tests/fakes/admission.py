"""What may come in, in memory."""

import math

from service.domain.blocking import ADDRESS_DAYS, blocked
from service.domain.errors import Conflict, NotFound, TooMany, Unavailable, site_closed
from service.domain.orders import Limits, SubmitOrder
from service.domain.site import Site
from service.domain.standing import standing_of
from tests.fakes.memory import Memory


class Admission:
    """Refuses what cannot be taken, and counts what is."""

    def __init__(self, memory: Memory, *, backlog: int, site_backlog: int) -> None:
        """Take the memory and the bounds of what may wait."""
        self._memory = memory
        self._backlog = backlog
        self._site_backlog = site_backlog

    def remember(self, site: Site, order: SubmitOrder) -> None:
        """Note where a comment came from, and when its writer wrote."""
        memory, comment, writing = self._memory, order.comment, order.writing
        memory.last_written[site.id, writing.slow, comment.thread] = memory.clock.seconds
        if writing.address:
            until = memory.clock.seconds + ADDRESS_DAYS * 86_400
            memory.addresses[site.id, comment.id] = (writing.address, until)

    def admit(self, site: Site, order: SubmitOrder) -> int:
        """Refuse what cannot be taken; gives how much of the site is waiting."""
        memory, comment = self._memory, order.comment
        freeze = memory.freeze_of(site.id)
        if freeze is not None and freeze.mode == "closed":
            left = (freeze.until.timestamp() - memory.clock.seconds) * 1000 if freeze.until else 0
            raise site_closed(int(left))
        if memory.is_blocked(site.id, order.writing):
            raise blocked()
        standing = standing_of(memory.threads.get((site.id, comment.thread)), order.threads, memory.clock())
        if standing.closed:
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
        last = memory.last_written.get((site.id, order.writing.slow, comment.thread))
        if order.writing.slow and last is not None and memory.clock.seconds - last < standing.slow_seconds:
            message = "A little patience."
            wait = math.ceil(last + standing.slow_seconds - memory.clock.seconds)
            raise TooMany(message, retry_after=max(1, wait), slug="slow-mode")
        waiting = sum(1 for c in memory.records.values() if c.site == site.id and c.status == "pending")
        queued = len(memory.stream(site.lane, "live")) + len(memory.stream(site.lane, "surplus"))
        if order.stream == "live" and (queued >= self._backlog or waiting >= self._site_backlog):
            message = "Too many comments wait to be checked."
            raise Unavailable(message, retry_after=0)
        return waiting

    def limit(self, site: Site, limits: Limits, *, new_thread: bool) -> None:
        """Count a submission against its limits, or refuse it."""
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
