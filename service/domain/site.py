"""The site, its threads and its people."""

import re
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

SITE_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
LANE = re.compile(r"[a-z0-9-]{1,32}")

Mode = Literal["hybrid", "pre", "post"]


class Site(Struct, frozen=True, kw_only=True):
    """A publisher's property; the policy is kept apart because it has versions of its own."""

    id: str
    lane: str
    origins: tuple[str, ...]
    languages: tuple[str, ...]
    created_at: datetime

    def allows_origin(self, origin: str) -> bool:
        """Tell whether a browser's `Origin` belongs to this site; compared whole, never by prefix."""
        return origin in self.origins

    def owns_url(self, url: str) -> bool:
        """Tell whether an absolute URL lies on one of the site's origins."""
        return origin_of(url) in self.origins


class Thread(Struct, frozen=True, kw_only=True):
    """The comments of one page: `key` is the site's own, opaque, at most 512 bytes of UTF-8.

    `title_verified` is false while only a reader has named the page. `mode`, `slow_seconds` (0: not slow) and
    `close_after_days` (0: never) override the policy's for this thread; its days count from `since`, when it was made
    or last opened. `notice` is told to readers. `section` is the site's own name for a group of threads, which some
    moderators see alone.
    """

    key: str
    url: str = ""
    title: str = ""
    title_verified: bool = False
    closed: bool = False
    mode: Mode | None = None
    count: int = 0
    version: int = 0
    slow_seconds: int | None = None
    close_after_days: int | None = None
    notice: str = ""
    section: str = ""
    since: datetime | None = None


class ChangedThread(Struct, frozen=True, kw_only=True):
    """A thread before a change and after it; the same act done again gives the same."""

    before: Thread
    after: Thread


Role = Literal["site", "moderator", "compat"]
Rank = Literal["moderator", "senior", "admin"]


class Principal(Struct, frozen=True, kw_only=True):
    """Whom a credential speaks for: a site's key, a moderator's token or a foreign client's key.

    `rank` is a moderator's; `sections` are the groups of threads that they see, none for all.
    """

    id: str
    role: Role
    sites: tuple[str, ...]
    name: str = ""
    created_at: datetime | None = None
    rank: Literal["moderator", "senior", "admin"] = "moderator"
    sections: tuple[str, ...] = ()

    def may(self, site: str) -> bool:
        """Tell whether this principal is scoped to a site."""
        return site in self.sites


class Credential(Struct, frozen=True, kw_only=True):
    """One token of a principal: `id` names it without telling it, the first 12 characters of its hash."""

    id: str
    principal: Principal
    expires_at: datetime | None = None


def origin_of(url: str) -> str | None:
    """Reduce an absolute http(s) URL to its origin, or nothing when it is no such URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        return None
    host = parts.hostname if ":" not in parts.hostname else f"[{parts.hostname}]"
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")
