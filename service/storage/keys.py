"""Every key's name is made here, and nowhere else."""

import base64
import hashlib
import re
from functools import lru_cache

from service.domain.status import Status

GROUP = "workers"


@lru_cache(maxsize=65_536)
def thread_hash(thread: str) -> str:
    """Shorten a thread's key, which is the site's own and may be anything, to 22 characters."""
    digest = hashlib.sha256(thread.encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class LaneKeys:
    """The keys of one lane; all share the hash tag `{lane}` and so one Cluster slot."""

    def __init__(self, lane: str) -> None:
        """Take the lane's name."""
        self.prefix = f"gp:{{{lane}}}:"
        self.live = f"{self.prefix}q:live"
        self.surplus = f"{self.prefix}q:surplus"
        self.bulk = f"{self.prefix}q:bulk"
        self.streams = (self.live, self.surplus, self.bulk)
        self.buried = f"{self.prefix}q:buried"
        self.decided = f"{self.prefix}q:decided"
        self.decided_count = f"{self.prefix}q:decided:n"
        self.shadows = f"{self.prefix}q:shadows"
        self.attempts = f"{self.prefix}q:attempts"
        self.claim_count = f"{self.prefix}q:claimed:n"
        self.paused = f"{self.prefix}q:paused"
        self.journal = f"{self.prefix}journal"
        self.lease = f"{self.prefix}hk:lease"
        self.chores = f"{self.prefix}hk:chores"

    def stream(self, name: str) -> str:
        """Name the stream `live`, `surplus` or `bulk`."""
        return f"{self.prefix}q:{name}"

    def site(self, site: str) -> str:
        """Name a site's record."""
        return f"{self.prefix}site:{site}"

    def frozen(self, site: str) -> str:
        """Name a site's freeze."""
        return f"{self.prefix}frozen:{site}"

    def policy(self, site: str) -> str:
        """Name a site's policy."""
        return f"{self.prefix}policy:{site}"

    def comments(self, site: str) -> str:
        """Name what every comment key of a site begins with."""
        return f"{self.prefix}c:{site}:"

    def comment(self, site: str, comment_id: str) -> str:
        """Name a comment's hash."""
        return f"{self.prefix}c:{site}:{comment_id}"

    def thread(self, site: str, thread: str) -> str:
        """Name a thread's hash."""
        return f"{self.prefix}t:{site}:{thread_hash(thread)}"

    def shown(self, site: str, thread: str) -> str:
        """Name the index of what a thread shows."""
        return f"{self.prefix}sh:{site}:{thread_hash(thread)}"

    def status(self, site: str, status: Status) -> str:
        """Name the index of a site's comments in one status."""
        return f"{self.prefix}s:{site}:{status}"

    def look(self, site: str) -> str:
        """Name the index of what was published and should be looked at."""
        return f"{self.prefix}look:{site}"

    def author(self, site: str, author: str) -> str:
        """Name the index of an author's comments."""
        return f"{self.prefix}a:{site}:{author}"

    def risk(self, site: str, label: str) -> str:
        """Name the index of held comments by one label's score; `max` is the highest of all."""
        return f"{self.prefix}r:{site}:{label}"

    def authors(self, site: str) -> str:
        """Name what every author's index of a site begins with."""
        return f"{self.prefix}a:{site}:"

    def holds(self, site: str) -> str:
        """Name a site's legal holds by comment."""
        return f"{self.prefix}hd:{site}"

    def hold_history(self, site: str) -> str:
        """Name who placed and lifted a site's legal holds."""
        return f"{self.prefix}ha:{site}"

    def claim(self, site: str, comment_id: str) -> str:
        """Name which moderator is deciding a comment, until when."""
        return f"{self.prefix}cl:{site}:{comment_id}"

    def skip(self, site: str, moderator: str, comment_id: str) -> str:
        """Name that a moderator will not be given a comment next, until it expires."""
        return f"{self.prefix}sk:{site}:{moderator}:{comment_id}"

    def batch(self, site: str, batch: str) -> str:
        """Name what is remembered of a bulk decision."""
        return f"{self.prefix}bt:{site}:{batch}"

    def tally(self, site: str, month: str) -> str:
        """Name the counts of a site's month, `2026-11`."""
        return f"{self.prefix}ty:{site}:{month}"

    def reports(self, site: str, comment_id: str) -> str:
        """Name the open reports on a comment."""
        return f"{self.prefix}rp:{site}:{comment_id}"

    def reported(self, site: str) -> str:
        """Name the index of comments with open reports, by their priority."""
        return f"{self.prefix}rq:{site}"

    def reporter(self, site: str, reporter: str) -> str:
        """Name how often a reader's reports were right and wrong."""
        return f"{self.prefix}ra:{site}:{reporter}"

    def open_reports(self, site: str, reporter: str) -> str:
        """Name the index of comments that a reader has reported."""
        return f"{self.prefix}rb:{site}:{reporter}"

    def idempotency(self, site: str, key_hash: str) -> str:
        """Name what an Idempotency-Key stands for."""
        return f"{self.prefix}i:{site}:{key_hash}"

    def rate(self, kind: str, site: str, who: str) -> str:
        """Name a rate limit's state."""
        return f"{self.prefix}l:{kind}:{site}:{who}"

    def blocks(self, site: str) -> str:
        """Name when each block of a site ends, by what it is on."""
        return f"{self.prefix}bl:{site}"

    def block_records(self, site: str) -> str:
        """Name a site's blocks by what each is on."""
        return f"{self.prefix}br:{site}"

    def address(self, site: str, comment_id: str) -> str:
        """Name which address, as a keyed hash, a comment came from."""
        return f"{self.prefix}ad:{site}:{comment_id}"

    def slow(self, site: str, who: str, thread: str) -> str:
        """Name when somebody last wrote to a thread that takes comments slowly."""
        return self.rate("slow", site, f"{who}:{thread_hash(thread)}")

    def act(self, site: str, act: str) -> str:
        """Name what an act of a moderator answered, for its retries."""
        return f"{self.prefix}act:{site}:{act}"

    def policy_history(self, site: str) -> str:
        """Name the versions of a site's policy."""
        return f"{self.prefix}ph:{site}"

    def audit_days(self, site: str) -> str:
        """Name what a site's blind audits came to, by day."""
        return f"{self.prefix}au:{site}"

    def audit_queue(self, site: str) -> str:
        """Name the index of comments that wait to be audited; each scores as its day's number."""
        return f"{self.prefix}aq:{site}"

    def audit_entries(self, site: str, day: str) -> str:
        """Name what was drawn of a site's day, `2026-11-24`, by comment."""
        return f"{self.prefix}al:{site}:{day}"

    def feedback(self, site: str) -> str:
        """Name the stream of what foreign clients' moderators said of texts."""
        return f"{self.prefix}fb:{site}"

    def text(self, site: str, text_key: str) -> str:
        """Name which comments have the same text, by when each was first judged."""
        return f"{self.prefix}tx:{site}:{text_key}"

    def twin(self, site: str, twin_key: str) -> str:
        """Name which comment was the first to say something in a place."""
        return f"{self.prefix}du:{site}:{twin_key}"

    def acts(self, site: str) -> str:
        """Name the stream of what a site's moderators did."""
        return f"{self.prefix}ja:{site}"

    def owner(self, key: str) -> str | None:
        """Tell which site one of the lane's keys belongs to; nothing for the lane's own and for other lanes' keys."""
        if not key.startswith(self.prefix):
            return None
        kind, *parts = key[len(self.prefix) :].split(":")
        if kind == "q" or not parts:
            return None
        return parts[1] if kind == "l" and len(parts) > 1 else parts[0]

    def is_thread(self, key: str) -> bool:
        """Tell whether a key is a thread's hash."""
        return key.startswith(f"{self.prefix}t:")

    def is_kept(self, key: str) -> bool:
        """Tell whether a backup keeps one of the lane's keys as it is, and in no particular order."""
        name = key[len(self.prefix) :]
        return name.partition(":")[0] not in _NOT_KEPT and name not in _NOT_KEPT

    def channel(self, site: str, thread: str) -> str:
        """Name a thread's live channel."""
        return f"{self.prefix}ev:{site}:{thread_hash(thread)}"

    def news(self, site: str) -> str:
        """Name the channel of what happens on a site."""
        return f"{self.prefix}news:{site}"

    def tick(self, watcher: str) -> str:
        """Name the channel on which a process hears whether it hears the lane."""
        return f"{self.prefix}tick:{watcher}"


# Comments and Idempotency-Keys, what is worked out from records, limits, leases, and work in progress.
_NOT_KEPT = frozenset({"c", "i", "s", "a", "look", "r", "sh", "l", "hk", "cl", "sk", "bt", "ad", "act", "tx", "du"}) | {
    f"q:{name}" for name in ("live", "surplus", "bulk", "attempts", "decided")
}


@lru_cache(maxsize=1024)
def lane_keys(lane: str) -> LaneKeys:
    """Give the keys of a lane."""
    return LaneKeys(lane)


# The kinds of a lane's keys that name a site; of `l`, a rate limit's, the site stands behind its own kind.
SITE_KINDS = frozenset(
    {
        *("site", "policy", "frozen", "c", "t", "sh", "s", "look", "a", "r", "i", "l", "hd", "ha"),
        *("fb", "cl", "ty", "tx", "du", "sk", "bt", "ja", "bl", "br", "ad", "act", "rp", "rq"),
        *("ra", "rb", "ph", "au", "aq", "al"),
    }
)
_KEY = re.compile(r"gp:\{([^}]*)\}:(.*)", re.DOTALL)


def parts_of(key: str) -> tuple[str, str, str] | None:
    """Read a key's lane, kind and site ('' for a kind that names none); nothing for one that is not ours."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    kind, *rest = found[2].split(":")
    place = 1 if kind == "l" else 0
    site = rest[place] if kind in SITE_KINDS and len(rest) > place else ""
    return found[1], kind, site


def shadow_field(shadow: str) -> str:
    """Name the field of a comment's hash that holds one shadow's scores; `z:` begins every one of them."""
    return f"z:{shadow}"
