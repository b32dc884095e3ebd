"""What a backend is: the ports, and a hand behind them; and the one over memory."""

from datetime import timedelta
from typing import Protocol

import msgspec

from service.domain.acts import Acts
from service.domain.appealing import Appeals
from service.domain.auditing import Audits
from service.domain.batches import Batches
from service.domain.blocking import MOST_BLOCKS, Blocks
from service.domain.chores import Housekeeping
from service.domain.claiming import Claims
from service.domain.comment import Comment
from service.domain.directory import Directory
from service.domain.express import Express, Questions
from service.domain.foreign import Feedback, ForeignKeys
from service.domain.keeping import Holds, Ledger, Place, Traces
from service.domain.news import NewsFeed
from service.domain.operating import Controls
from service.domain.policy_history import PolicyHistory
from service.domain.ports import Changes, CommentStore, Fleet, ShadowFeed, WorkQueue
from service.domain.rehearsal import Decisions, RehearsalJobs, Rehearsals
from service.domain.reporting import Reports
from service.domain.sessions import Sessions
from service.domain.shelf import Shelf
from service.domain.site import Site
from service.domain.tallies import Tallies
from service.domain.watching import Watch
from service.domain.work import Entry
from service.storage.comments import SHARE
from tests.fakes.acts import MemoryActs, MemoryNews
from tests.fakes.auditing import MemoryAudits
from tests.fakes.blocks import MemoryBlocks
from tests.fakes.changes import MemoryChanges
from tests.fakes.claiming import MemoryBatches, MemoryClaims
from tests.fakes.clock import Clock
from tests.fakes.comments import MemoryComments
from tests.fakes.controls import MemoryControls
from tests.fakes.directory import MemoryDirectory
from tests.fakes.fleet import MemoryFleet
from tests.fakes.foreign import MemoryFeedback, MemoryForeignKeys
from tests.fakes.housekeeping import MemoryHousekeeping
from tests.fakes.keeping import MemoryBuried, MemoryHolds, MemoryLedger, MemoryTraces
from tests.fakes.line import MemoryLine
from tests.fakes.memory import Memory
from tests.fakes.policy_history import MemoryPolicyHistory
from tests.fakes.queue import MemoryQueue
from tests.fakes.rehearsing import MemoryDecisions, MemoryRehearsals
from tests.fakes.sessions import MemorySessions
from tests.fakes.shadows import MemoryShadows
from tests.fakes.shelf import MemoryShelf
from tests.fakes.voices import MemoryAppeals, MemoryReports, MemoryTallies
from tests.fakes.watch import MemoryWatch

BACKLOG = 1_000


class Backend(Protocol):
    """The ports, and a hand behind them."""

    clock: Clock
    comments: CommentStore
    queue: WorkQueue
    directory: Directory
    changes: Changes
    fleet: Fleet
    shadows: ShadowFeed
    controls: Controls
    housekeeping: Housekeeping
    traces: Traces
    buried: Place
    holds: Holds
    ledger: Ledger
    watch: Watch
    express: Express
    questions: Questions
    keys: ForeignKeys
    feedback: Feedback
    reports: Reports
    appeals: Appeals
    tallies: Tallies
    claims: Claims
    batches: Batches
    sessions: Sessions
    acts: Acts
    news: NewsFeed
    shelf: Shelf
    blocks: Blocks
    history: PolicyHistory
    audits: Audits
    decisions: Decisions
    rehearsals: Rehearsals
    rehearsal_jobs: RehearsalJobs

    def bounded(self, *, backlog: int, site_backlog: int, share: int = SHARE) -> CommentStore:
        """Open the comments with other bounds of admission."""
        ...

    def short_claims(self, seconds: float) -> Claims:
        """Open the claims with another time that they hold."""

    def crowded(self, *, most: int) -> Blocks:
        """Open the blocks with room for so many a site."""
        ...

    def forget_address(self, site: Site, comment_id: str) -> None:
        """Let it be forgotten from which address a comment came."""
        ...

    def pass_days(self, site: Site, thread: str, days: float) -> None:
        """Make a thread older, and bring the end of every block nearer."""
        ...

    def cut(self) -> None:
        """Lose every subscription's connection."""
        ...

    def erase(self, site: Site, comment_id: str) -> None:
        """Make a record vanish."""
        ...

    def garble(self, site: Site, comment_id: str) -> None:
        """Make a record unreadable."""
        ...

    def mend(self, site: Site, comment: Comment) -> None:
        """Make a record readable again."""
        ...

    def drop_entry(self, entry: Entry) -> None:
        """Delete a queue entry without acknowledging it."""
        ...

    def shadow_scores_of(self, site: Site, comment_id: str) -> bool:
        """Tell whether anything of a shadow's is stored beside a record."""
        ...

    def forget_decided(self, lane: str, *, keep: int) -> None:
        """Trim the stream of decisions to the newest."""
        ...

    def faults(self) -> list[str]:
        """Audit what is stored."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


class FakeBackend:
    """The ports over memory."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock."""
        self.clock = clock
        self.memory = Memory(clock)
        self.comments: CommentStore = self.bounded(backlog=BACKLOG, site_backlog=BACKLOG)
        self.queue: WorkQueue = MemoryQueue(self.memory)
        self.directory: Directory = MemoryDirectory(self.memory)
        self._changes = MemoryChanges(self.memory)
        self.changes: Changes = self._changes
        self.fleet: Fleet = MemoryFleet(self.memory)
        self.shadows: ShadowFeed = MemoryShadows(self.memory)
        self.controls: Controls = MemoryControls(self.memory)
        self.housekeeping: Housekeeping = MemoryHousekeeping(self.memory)
        self.traces: Traces = MemoryTraces(self.memory)
        self.buried: Place = MemoryBuried(self.memory)
        self.holds: Holds = MemoryHolds(self.memory)
        self.ledger: Ledger = MemoryLedger(self.memory)
        self._watch = MemoryWatch(self.memory)
        self.watch: Watch = self._watch
        self._line = MemoryLine(self.memory)
        self.express: Express = self._line
        self.questions: Questions = self._line
        self.keys: ForeignKeys = MemoryForeignKeys(clock)
        self.feedback: Feedback = MemoryFeedback(self.memory)
        self.reports: Reports = MemoryReports(self.memory)
        self.appeals: Appeals = MemoryAppeals(self.memory)
        self.tallies: Tallies = MemoryTallies(self.memory)
        self.claims: Claims = MemoryClaims(self.memory, self.comments)
        self.batches: Batches = MemoryBatches(self.memory)
        self.sessions: Sessions = MemorySessions(self.memory)
        self.acts: Acts = MemoryActs(self.memory)
        self._news = MemoryNews(self.memory)
        self.news: NewsFeed = self._news
        self.shelf: Shelf = MemoryShelf(self.memory)
        self.blocks: Blocks = self.crowded(most=MOST_BLOCKS)
        self.history: PolicyHistory = MemoryPolicyHistory(self.memory)
        self.audits: Audits = MemoryAudits(self.memory)
        self.decisions: Decisions = MemoryDecisions(self.memory)
        self._rehearsals = MemoryRehearsals(self.memory)
        self.rehearsals: Rehearsals = self._rehearsals
        self.rehearsal_jobs: RehearsalJobs = self._rehearsals

    def bounded(self, *, backlog: int, site_backlog: int, share: int = SHARE) -> CommentStore:
        """See Backend."""
        return MemoryComments(self.memory, backlog=backlog, site_backlog=site_backlog, share=share)

    def short_claims(self, seconds: float) -> Claims:
        """See Backend."""
        return MemoryClaims(self.memory, self.comments, seconds=seconds)

    def crowded(self, *, most: int) -> Blocks:
        """See Backend."""
        return MemoryBlocks(self.memory, most=most)

    def forget_address(self, site: Site, comment_id: str) -> None:
        """See Backend."""
        self.memory.addresses.pop((site.id, comment_id), None)

    def pass_days(self, site: Site, thread: str, days: float) -> None:
        """See Backend."""
        found = self.memory.threads.get((site.id, thread))
        if found is not None and found.since is not None:
            since = found.since - timedelta(days=days)
            self.memory.threads[site.id, thread] = msgspec.structs.replace(found, since=since)
        for mark, block in self.memory.blocks[site.id].items():
            ends = block.until - timedelta(days=days)
            self.memory.blocks[site.id][mark] = msgspec.structs.replace(block, until=ends)

    def cut(self) -> None:
        """See Backend."""
        self._changes.cut()
        self._watch.cut()
        self._line.cut()
        self._news.cut()
        self._rehearsals.cut()

    def erase(self, site: Site, comment_id: str) -> None:
        """See Backend."""
        del self.memory.records[site.id, comment_id]

    def garble(self, site: Site, comment_id: str) -> None:
        """See Backend."""
        self.memory.garbled.add((site.id, comment_id))

    def mend(self, site: Site, comment: Comment) -> None:
        """See Backend."""
        self.memory.garbled.discard((site.id, comment.id))

    def drop_entry(self, entry: Entry) -> None:
        """See Backend."""
        del self.memory.stream(entry.lane, entry.stream)[entry.entry_id]

    def shadow_scores_of(self, site: Site, comment_id: str) -> bool:
        """See Backend."""
        return bool(self.memory.shadow_scores.get((site.id, comment_id)))

    def forget_decided(self, lane: str, *, keep: int) -> None:
        """See Backend."""
        self.memory.decided[lane] = self.memory.decided[lane][-keep:]

    def faults(self) -> list[str]:
        """See Backend."""
        return []

    async def close(self) -> None:
        """See Backend."""
