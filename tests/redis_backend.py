"""The ports over a real Redis, with what tests must be able to do behind their backs."""

from typing import Any

from service.domain.acts import Acts
from service.domain.appealing import Appeals
from service.domain.auditing import Audits
from service.domain.batches import Batches
from service.domain.blocking import Blocks
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
from service.storage import codec
from service.storage.blocks import RedisBlocks
from service.storage.claiming import RedisClaims
from service.storage.comments import SHARE, RedisComments
from service.storage.keys import lane_keys
from service.storage.open import open_storage
from tests.audit import audit
from tests.fakes.clock import Clock
from tests.ports import BACKLOG
from tests.redis_server import RedisServer


class RedisBackend:
    """The ports over a real server."""

    def __init__(self, server: RedisServer, clock: Clock) -> None:
        """Take the server and the clock that ids are minted by."""
        self.clock = clock
        self.server = server
        self.storage = open_storage(server.url, backlog=BACKLOG, site_backlog=BACKLOG)
        self.comments: CommentStore = self.storage.comments
        self.queue: WorkQueue = self.storage.queue
        self.directory: Directory = self.storage.directory
        self.changes: Changes = self.storage.changes
        self.fleet: Fleet = self.storage.fleet
        self.shadows: ShadowFeed = self.storage.shadows
        self.controls: Controls = self.storage.controls
        self.housekeeping: Housekeeping = self.storage.housekeeping
        self.traces: Traces = self.storage.traces
        self.buried: Place = self.storage.buried
        self.holds: Holds = self.storage.holds
        self.ledger: Ledger = self.storage.ledger
        self.watch: Watch = self.storage.watch
        self.express: Express = self.storage.express
        self.questions: Questions = self.storage.questions
        self.keys: ForeignKeys = self.storage.keys
        self.feedback: Feedback = self.storage.feedback
        self.reports: Reports = self.storage.reports
        self.appeals: Appeals = self.storage.appeals
        self.tallies: Tallies = self.storage.tallies
        self.claims: Claims = self.storage.claims
        self.batches: Batches = self.storage.batches
        self.sessions: Sessions = self.storage.sessions
        self.acts: Acts = self.storage.acts
        self.news: NewsFeed = self.storage.news
        self.shelf: Shelf = self.storage.shelf
        self.blocks: Blocks = self.storage.blocks
        self.history: PolicyHistory = self.storage.history
        self.audits: Audits = self.storage.audits
        self.decisions: Decisions = self.storage.decisions
        self.rehearsals: Rehearsals = self.storage.rehearsals
        self.rehearsal_jobs: RehearsalJobs = self.storage.rehearsal_jobs

    def bounded(self, *, backlog: int, site_backlog: int, share: int = SHARE) -> CommentStore:
        """See Backend."""
        return RedisComments(self.storage.link, backlog=backlog, site_backlog=site_backlog, share=share)

    def short_claims(self, seconds: float) -> Claims:
        """See Backend."""
        return RedisClaims(self.storage.link, milliseconds=round(seconds * 1000))

    def crowded(self, *, most: int) -> Blocks:
        """See Backend."""
        return RedisBlocks(self.storage.link, most=most)

    def forget_address(self, site: Site, comment_id: str) -> None:
        """See Backend."""
        with self.server.client() as client:
            client.delete(lane_keys(site.lane).address(site.id, comment_id))

    def pass_days(self, site: Site, thread: str, days: float) -> None:
        """See Backend."""
        with self.server.client() as client:
            raw: Any = client
            keys = lane_keys(site.lane)
            ms = int(days * 86_400_000)
            raw.hincrby(keys.thread(site.id, thread), "since", -ms)
            for mark, ends in raw.zrange(keys.blocks(site.id), 0, -1, withscores=True):
                raw.zadd(keys.blocks(site.id), {mark: ends - ms})

    def cut(self) -> None:
        """See Backend."""
        with self.server.client() as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    def erase(self, site: Site, comment_id: str) -> None:
        """See Backend."""
        with self.server.client() as client:
            client.delete(lane_keys(site.lane).comment(site.id, comment_id))

    def garble(self, site: Site, comment_id: str) -> None:
        """See Backend."""
        with self.server.client() as client:
            client.hset(lane_keys(site.lane).comment(site.id, comment_id), "r", b"\xc1 not a record")

    def mend(self, site: Site, comment: Comment) -> None:
        """See Backend."""
        with self.server.client() as client:
            client.hset(lane_keys(site.lane).comment(site.id, comment.id), "r", codec.encode(comment))

    def drop_entry(self, entry: Entry) -> None:
        """See Backend."""
        with self.server.client() as client:
            client.xdel(lane_keys(entry.lane).stream(entry.stream), entry.entry_id)

    def shadow_scores_of(self, site: Site, comment_id: str) -> bool:
        """See Backend."""
        with self.server.client() as client:
            raw: Any = client
            return any(field.startswith(b"z") for field in raw.hkeys(lane_keys(site.lane).comment(site.id, comment_id)))

    def forget_decided(self, lane: str, *, keep: int) -> None:
        """See Backend."""
        with self.server.client() as client:
            client.xtrim(lane_keys(lane).decided, maxlen=keep, approximate=False)

    def faults(self) -> list[str]:
        """See Backend."""
        with self.server.client() as client:
            return audit(client)

    async def close(self) -> None:
        """See Backend."""
        await self.storage.close()
