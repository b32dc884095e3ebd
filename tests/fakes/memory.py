"""What all the in-memory ports share: plain dictionaries."""

from collections import defaultdict
from dataclasses import dataclass, field

import msgspec

from service.domain.acts import ModeratorAct
from service.domain.auditing import AuditEntry, AuditPlan
from service.domain.batches import Batch
from service.domain.blocking import Block, Placed, Writing
from service.domain.comment import Comment
from service.domain.foreign import Suggestion
from service.domain.keeping import HoldEvent, LedgerEntry, LegalHold
from service.domain.news import News
from service.domain.operating import Act, Buried, Freeze, Noted
from service.domain.policy import Policy
from service.domain.policy_history import PolicyChange
from service.domain.reporting import Record, Report
from service.domain.scores import Scores
from service.domain.site import ChangedThread, Principal, Site, Thread
from service.domain.views import Change
from service.domain.work import Decided, ShadowPosition, WorkerInfo
from tests.fakes.clock import Clock

Key = tuple[str, str]


@dataclass
class Queued:
    """One entry of a stream; without a consumer nobody was given it yet."""

    site: str
    id: str
    version: int
    at: float
    consumer: str = ""
    deliveries: int = 0
    delivered_at: float = 0.0


@dataclass
class PolicyLife:
    """The versions of policies, and what was drawn for blind audits."""

    versions: dict[str, dict[int, tuple[Policy, PolicyChange]]] = field(default_factory=lambda: defaultdict(dict))
    salts: dict[str, str] = field(default_factory=dict)
    plans: dict[Key, AuditPlan] = field(default_factory=dict)
    done: set[Key] = field(default_factory=set)
    entries: dict[Key, AuditEntry] = field(default_factory=dict)
    waiting: set[Key] = field(default_factory=set)

    def forget(self, site: str) -> None:
        """Forget a site."""
        self.versions.pop(site, None)
        self.salts.pop(site, None)
        self.plans = {key: plan for key, plan in self.plans.items() if key[0] != site}
        self.entries = {key: entry for key, entry in self.entries.items() if key[0] != site}
        self.done = {key for key in self.done if key[0] != site}
        self.waiting = {key for key in self.waiting if key[0] != site}


class Memory:
    """Everything that is stored."""

    def __init__(self, clock: Clock) -> None:  # noqa: PLR0915 - a line for each thing that is stored
        """Start with nothing."""
        self.clock = clock
        self.sites: dict[str, Site] = {}
        self.policies: dict[str, Policy] = {}
        self.principals: dict[str, Principal] = {}
        # When a token runs out, of those that do.
        self.token_ends: dict[str, float] = {}
        self.bad_credentials: dict[str, float] = {}
        self.records: dict[Key, Comment] = {}
        self.garbled: set[Key] = set()
        # The thread in which a comment was public once.
        self.was_public: dict[Key, str] = {}
        self.threads: dict[Key, Thread] = {}
        self.idempotency: dict[Key, tuple[str, str, str, float]] = {}
        self.due: dict[tuple[str, str, str], float] = {}
        self.streams: dict[Key, dict[str, Queued]] = defaultdict(dict)
        self.attempts: dict[Key, int] = defaultdict(int)
        self.buried: dict[str, list[Buried]] = defaultdict(list)
        self.paused: set[str] = set()
        self.frozen: dict[str, Freeze] = {}
        self.journal: dict[str, list[Noted]] = defaultdict(list)
        self.acts: set[str] = set()
        self.leases: dict[str, tuple[str, float]] = {}
        self.chore_runs: dict[Key, tuple[float, int]] = {}
        self.workers: dict[str, tuple[WorkerInfo, float]] = {}
        self.listeners: list[Listener] = []
        self.decided: dict[str, list[Decided]] = defaultdict(list)
        self.decided_count: dict[str, int] = defaultdict(int)
        self.shadow_scores: dict[Key, dict[str, Scores]] = {}
        self.shadow_positions: dict[Key, ShadowPosition] = {}
        self.answers: dict[Key, str] = {}
        self.counted_with: dict[Key, set[str]] = defaultdict(set)
        self.holds: dict[Key, LegalHold] = {}
        self.hold_events: dict[str, dict[str, HoldEvent]] = defaultdict(dict)
        self.ledger: dict[str, LedgerEntry] = {}
        self.feedback: dict[str, list[Suggestion]] = defaultdict(list)
        # The number and the moderator of a comment's claim and when it ends, and the last number of each comment.
        self.claims: dict[Key, tuple[int, str, float]] = {}
        self.claim_numbers: dict[Key, int] = {}
        # When each comment of a text was first judged, and which comment was the first to say something in a place.
        self.texts: dict[Key, dict[str, float]] = defaultdict(dict)
        self.twins: dict[Key, tuple[str, float]] = {}
        self.claim_count = 0
        # Until when a moderator is not given a comment: by site, moderator and comment.
        self.skips: dict[tuple[str, str, str], float] = {}
        self.batches: dict[Key, tuple[Batch, float]] = {}
        self.tallies: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        # The version of the text and the open reports of a comment by who sent them, and how a reader's reports fared.
        self.reports: dict[Key, tuple[int, dict[str, Report]]] = {}
        self.reporters: dict[Key, Record] = {}
        self.shields: dict[Key, int] = {}
        # The last call that each limit of theirs counted.
        self.calls: dict[tuple[str, str, str], set[str]] = {}
        # Each act with the number of its entry.
        self.moderator_acts: dict[str, list[tuple[int, ModeratorAct]]] = defaultdict(list)
        self.readers: list[NewsReader] = []
        # When each block of a site ends, and the block; and the address of each comment, with when that is forgotten.
        self.blocks: dict[str, dict[str, Block]] = defaultdict(dict)
        self.addresses: dict[Key, tuple[str, float]] = {}
        self.last_written: dict[tuple[str, str, str], float] = {}
        # What acts answered, for their retries.
        self.changed: dict[Key, ChangedThread] = {}
        self.placed: dict[Key, Placed] = {}
        self.lifted: dict[Key, Block | None] = {}
        self.life = PolicyLife()
        self._entries = 0

    def is_blocked(self, site: str, writing: Writing) -> bool:
        """Tell whether a block is on whoever writes."""
        found = [self.blocks[site].get(mark) for mark in writing.marks]
        return any(block is not None and block.until.timestamp() > self.clock.seconds for block in found)

    def claim_of(self, site: str, comment_id: str) -> tuple[int, str] | None:
        """Give a comment's claim, if it has one that has not run out."""
        number, by, until = self.claims.get((site, comment_id), (0, "", 0.0))
        return (number, by) if until > self.clock.seconds else None

    def forget_text(self, site: str, comment: Comment) -> None:
        """Take a comment's text out of what is counted."""
        self.texts[site, comment.text_key].pop(comment.id, None)
        for key in [key for key, (first, _) in self.twins.items() if (key[0], first) == (site, comment.id)]:
            del self.twins[key]

    def on_hold(self, site: str, comment_id: str) -> bool:
        """Tell whether a legal hold is in force."""
        hold = self.holds.get((site, comment_id))
        return hold is not None and hold.until.timestamp() > self.clock.seconds

    def stream(self, lane: str, name: str) -> dict[str, Queued]:
        """Give one of a lane's streams."""
        return self.streams[lane, name]

    def enqueue(self, lane: str, name: str, site: str, comment_id: str, version: int) -> None:
        """Add an entry."""
        self._entries += 1
        entry = Queued(site=site, id=comment_id, version=version, at=self.clock.seconds)
        self.stream(lane, name)[f"{self._entries}-0"] = entry

    def bury(self, lane: str, comment: Key, version: int, error: str) -> None:
        """List what no worker could judge."""
        self._entries += 1
        at = self.clock().replace(microsecond=0)
        site, comment_id = comment
        self.buried[lane].append(
            Buried(
                entry_id=f"{self._entries}-0",
                lane=lane,
                site=site,
                id=comment_id,
                version=version,
                error=error,
                at=at,
            )
        )

    def act(self, lane: str, act: Act, what: str, *, site: str = "", detail: str = "") -> bool:
        """Note what an operator does; tells whether it is new."""
        if act.id in self.acts:
            return False
        self.acts.add(act.id)
        self.journal[lane].insert(0, Noted(at=self.clock(), by=act.by, what=what, site=site, detail=detail))
        return True

    def freeze_of(self, site: str) -> Freeze | None:
        """Give a site's freeze, if it has one that has not ended."""
        found = self.frozen.get(site)
        return found if found and (found.until is None or found.until.timestamp() > self.clock.seconds) else None

    def number(self, lane: str, comment: Comment) -> None:
        """Tell shadows of a worker's decision."""
        self.decided_count[lane] += 1
        number = self.decided_count[lane]
        made = Decided(entry_id=f"{number}-0", number=number, site=comment.site, id=comment.id, version=comment.version)
        self.decided[lane].append(made)

    def tell(self, site: str, thread: str, change: Change) -> None:
        """Tell everyone who listens to a thread."""
        for listener in self.listeners:
            if (listener.site, listener.thread) == (site, thread):
                listener.told.append(change)

    def spread(self, site: str, news: News) -> None:
        """Tell everyone who follows a site."""
        for reader in self.readers:
            if reader.site == site:
                reader.told.append(news)

    def note(self, site: str, act: ModeratorAct) -> None:
        """Add a moderator's act, once by its id."""
        if all(known.id != act.id for _, known in self.moderator_acts[site]):
            self._entries += 1
            made = msgspec.structs.replace(act, at=self.clock())
            self.moderator_acts[site].append((self._entries, made))


@dataclass(eq=False)
class NewsReader:
    """Somebody who follows a site."""

    site: str
    told: list[News | None] = field(default_factory=list)


@dataclass(eq=False)
class Listener:
    """Somebody who follows a thread."""

    site: str
    thread: str
    told: list[Change | None] = field(default_factory=list)
