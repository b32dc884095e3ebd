"""Every key's name is made here, and nowhere else."""

import base64
import hashlib
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
        self.bulk = f"{self.prefix}q:bulk"
        self.buried = f"{self.prefix}q:buried"
        self.decided = f"{self.prefix}q:decided"
        self.decided_count = f"{self.prefix}q:decided:n"
        self.shadows = f"{self.prefix}q:shadows"
        self.attempts = f"{self.prefix}q:attempts"

    def stream(self, name: str) -> str:
        """Name the stream `live` or `bulk`."""
        return self.live if name == "live" else self.bulk

    def site(self, site: str) -> str:
        """Name a site's record."""
        return f"{self.prefix}site:{site}"

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

    def idempotency(self, site: str, key_hash: str) -> str:
        """Name what an Idempotency-Key stands for."""
        return f"{self.prefix}i:{site}:{key_hash}"

    def rate(self, kind: str, site: str, who: str) -> str:
        """Name a rate limit's state."""
        return f"{self.prefix}l:{kind}:{site}:{who}"

    def feedback(self, site: str) -> str:
        """Name the stream of what foreign clients' moderators said of texts."""
        return f"{self.prefix}fb:{site}"

    def channel(self, site: str, thread: str) -> str:
        """Name a thread's live channel."""
        return f"{self.prefix}ev:{site}:{thread_hash(thread)}"


@lru_cache(maxsize=1024)
def lane_keys(lane: str) -> LaneKeys:
    """Give the keys of a lane."""
    return LaneKeys(lane)


SITES = "gp:{dir}:sites"
LANES = "gp:{dir}:lanes"
PRINCIPALS = "gp:{dir}:principals"
CREDENTIALS = "gp:{dir}:credentials"
PEPPER = "gp:{dir}:pepper"
WORKERS = "gp:{dir}:workers"
PROBE = "gp:{dir}:probe"
FOREIGN_KEYS = "gp:{dir}:foreign"
FEEDBACK = "gp:{dir}:feedback"


def worker(name: str) -> str:
    """Name a worker's heartbeat."""
    return f"gp:{{dir}}:worker:{name}"


def quota(key: str, parity: int) -> str:
    """Name what a foreign client's key has spent in the present even (0) or odd (1) minute."""
    return f"gp:{{dir}}:quota:{key}:{parity}"


def shadow_field(shadow: str) -> str:
    """Name the field of a comment's hash that holds one shadow's scores; `z:` begins every one of them."""
    return f"z:{shadow}"


def questions(worker_name: str) -> str:
    """Name the channel on which a worker is asked for scores."""
    return f"gp:{{dir}}:ask:{worker_name}"


def answers(asker: str) -> str:
    """Name the channel on which a process is answered."""
    return f"gp:{{dir}}:told:{asker}"
