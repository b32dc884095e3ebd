"""Threads in Redis: a hash with `key`, `url`, `title`, `tv` (title verified), `closed`, `mode`, `n`, `v`, and more.

`slow` and `cad` (seconds between comments, days until it closes) are there where the thread says so itself, `notice`
and `sec` (section) where they are not empty; `since` is when it was made or last opened, in Unix milliseconds.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import convert

from service.domain.rule_settings import ThreadsRule
from service.domain.site import ChangedThread, Mode, Site, Thread
from service.domain.standing import Standing, standing_of
from service.storage import scripts
from service.storage.keys import lane_keys
from service.storage.link import Link

_FIELDS = ("key", "url", "title", "tv", "closed", "mode", "n", "v", "slow", "cad", "notice", "sec", "since")
# What is said on a thread's channel when it stands otherwise than before.
CHANGED = "thread"
_STANDING = ("key", "v", "closed", "slow", "cad", "since", "notice")
# How long an act's answer is kept for its retries.
ACT_MS = 3_600_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLIS = 13


def _text(value: bytes | None) -> str:
    return value.decode() if value else ""


def _number(value: bytes | None) -> int | None:
    return int(value) if value else None


def moment(millis: float) -> datetime:
    """Read a time of Redis's clock; exact to the millisecond."""
    return _EPOCH + timedelta(milliseconds=millis)


def _thread(names: Sequence[str], values: Sequence[bytes | None]) -> Thread | None:
    found = dict(zip(names, values, strict=True))
    if not found["key"]:
        return None
    # Threads of before they knew when they were made: versions start at the time.
    since = found["since"] or (found["v"] or b"")[:_MILLIS]
    return Thread(
        key=_text(found["key"]),
        url=_text(found.get("url")),
        title=_text(found.get("title")),
        title_verified=found.get("tv") == b"1",
        closed=found["closed"] == b"1",
        mode=convert(_text(found.get("mode")), Mode) if found.get("mode") else None,
        count=int(found.get("n") or 0),
        version=int(found["v"] or 0),
        slow_seconds=_number(found["slow"]),
        close_after_days=_number(found["cad"]),
        notice=_text(found["notice"]),
        section=_text(found.get("sec")),
        since=moment(int(since)) if since else None,
    )


async def load(link: Link, site: Site, thread: str) -> Thread | None:
    """Read a thread, or nothing when it was never made."""
    return _thread(_FIELDS, await link.read("HMGET", lane_keys(site.lane).thread(site.id, thread), *_FIELDS))


async def standing(link: Link, site: Site, thread: str, rule: ThreadsRule) -> Standing:
    """Read how a thread stands; the time is asked for only where it closes by its age."""
    values = await link.read("HMGET", lane_keys(site.lane).thread(site.id, thread), *_STANDING)
    found = _thread(_STANDING, values)
    open_one = standing_of(found, rule, _EPOCH)
    if open_one.closes_at is None:
        return open_one
    seconds, micros = await link.read("TIME")
    return standing_of(found, rule, moment(int(seconds) * 1000 + int(micros) // 1000))


def standing_on_page(answer: Sequence[Any], rule: ThreadsRule) -> Standing:
    """Read how a thread stands from what the page script answered."""
    version, _, _, now, closed, slow, days, since, notice, key = answer[:10]
    return standing_of(_thread(_STANDING, (key, version, closed, slow, days, since, notice)), rule, moment(int(now)))


async def patch(
    link: Link, site: Site, thread: str, *, changes: Thread, fields: frozenset[str], act: str | None = None
) -> ChangedThread:
    """Set the named fields of a thread, making it if it is new; a second try of the same act finds its own work."""
    keys = lane_keys(site.lane)
    values = {
        "url": ("url", changes.url),
        "title": ("title", changes.title),
        "title_verified": ("tv", int(changes.title_verified)),
        "closed": ("closed", int(changes.closed)),
        "mode": ("mode", changes.mode or ""),
        "slow_seconds": ("slow", "" if changes.slow_seconds is None else changes.slow_seconds),
        "close_after_days": ("cad", "" if changes.close_after_days is None else changes.close_after_days),
        "notice": ("notice", changes.notice),
        "section": ("sec", changes.section),
    }
    opened = "closed" in fields and not changes.closed
    _, before, after = await link.script(
        scripts.THREAD,
        [keys.thread(site.id, thread), keys.act(site.id, act or secrets.token_hex(8))],
        [
            thread,
            ACT_MS,
            int(opened),
            keys.channel(site.id, thread),
            CHANGED,
            len(_FIELDS),
            *_FIELDS,
            *(part for name in sorted(fields) for part in values[name]),
        ],
    )
    new = _thread(_FIELDS, after) or changes
    return ChangedThread(before=_thread(_FIELDS, before) or Thread(key=thread), after=new)
