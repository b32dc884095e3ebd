"""How a thread stands for readers: whether it takes comments, how slowly, and what it tells them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from service.domain.errors import Fault
from service.domain.rule_settings import ThreadsRule
from service.domain.site import Thread
from service.domain.submission import line_faults

SLOW_SECONDS = 86_400
CLOSE_DAYS = 3_650
NOTICE_POINTS = 500
SECTION_POINTS = 64


class Standing(Struct, frozen=True, kw_only=True):
    """A thread as it stands at one moment, the policy's defaults put in where it says nothing itself.

    `version` grows whenever what is stored of it changes; `closes_at` is when it closes by its age, if it will.
    """

    version: int = 0
    closed: bool = False
    slow_seconds: int = 0
    notice: str = ""
    closes_at: datetime | None = None


def standing_of(thread: Thread | None, rule: ThreadsRule, now: datetime) -> Standing:
    """Work out how a thread stands; one that nobody has made is open and as slow as the policy says."""
    if thread is None:
        return Standing(slow_seconds=rule.slow_seconds)
    days = rule.close_after_days if thread.close_after_days is None else thread.close_after_days
    closes_at = thread.since + timedelta(days=days) if days and thread.since is not None else None
    aged = closes_at is not None and closes_at <= now
    return Standing(
        version=thread.version,
        closed=thread.closed or aged,
        slow_seconds=rule.slow_seconds if thread.slow_seconds is None else thread.slow_seconds,
        notice=thread.notice,
        closes_at=None if thread.closed or aged else closes_at,
    )


def control_faults(changes: Thread, fields: frozenset[str]) -> Iterator[Fault]:
    """Find what is wrong with the named controls of a thread."""
    if "slow_seconds" in fields and not 0 <= (changes.slow_seconds or 0) <= SLOW_SECONDS:
        yield Fault(path="$.slow_seconds", message=f"is not in 0 to {SLOW_SECONDS}")
    if "close_after_days" in fields and not 0 <= (changes.close_after_days or 0) <= CLOSE_DAYS:
        yield Fault(path="$.close_after_days", message=f"is not in 0 to {CLOSE_DAYS}")
    if "notice" in fields:
        yield from line_faults("$.notice", changes.notice, NOTICE_POINTS)
    if "section" in fields:
        yield from line_faults("$.section", changes.section, SECTION_POINTS)


def thread_rule_faults(rule: ThreadsRule) -> Iterator[Fault]:
    """Find what is wrong with a policy's defaults for threads."""
    if not 0 <= rule.slow_seconds <= SLOW_SECONDS:
        yield Fault(path="$.rules.threads.slow_seconds", message=f"is not in 0 to {SLOW_SECONDS}")
    if rule.close_after_days is not None and not 1 <= rule.close_after_days <= CLOSE_DAYS:
        yield Fault(path="$.rules.threads.close_after_days", message=f"is not in 1 to {CLOSE_DAYS}")
