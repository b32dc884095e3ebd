"""Threads on the wire: as readers see them, and as the site and its moderators do."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from service.domain.site import Mode, Thread
from service.domain.standing import Standing


class ListedThread(Struct, frozen=True, kw_only=True):
    """A thread as its readers see it: `slow_seconds` lie between two comments of one writer, 0 for none."""

    closed: bool
    slow_seconds: int
    notice: str

    @classmethod
    def from_record(cls, standing: Standing) -> "ListedThread":
        """Show how a thread stands."""
        return cls(closed=standing.closed, slow_seconds=standing.slow_seconds, notice=standing.notice)


class ThreadBefore(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a change replaced, of what it named: sent as a change, it takes the change back."""

    closed: bool | UnsetType = UNSET
    title: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    mode: Mode | UnsetType | None = UNSET
    slow_seconds: int | UnsetType | None = UNSET
    close_after_days: int | UnsetType | None = UNSET
    notice: str | UnsetType = UNSET
    section: str | UnsetType = UNSET


class ThreadView(Struct, frozen=True, kw_only=True):
    """A thread as the site and its moderators see it.

    `closed` is true also where it closed by its age, `closes_at` says when it will. `slow_seconds` and
    `close_after_days` are null where the policy's hold. `before` is there after a change.
    """

    thread: str
    url: str
    title: str
    title_verified: bool
    closed: bool
    closes_at: datetime | None
    mode: Mode | None
    slow_seconds: int | None
    close_after_days: int | None
    notice: str
    section: str
    count: int
    before: ThreadBefore | UnsetType = UNSET

    @classmethod
    def from_record(cls, thread: Thread, standing: Standing, before: ThreadBefore | UnsetType = UNSET) -> "ThreadView":
        """Show a thread."""
        return cls(
            thread=thread.key,
            url=thread.url,
            title=thread.title,
            title_verified=thread.title_verified,
            closed=standing.closed,
            closes_at=standing.closes_at,
            mode=thread.mode,
            slow_seconds=thread.slow_seconds,
            close_after_days=thread.close_after_days,
            notice=thread.notice,
            section=thread.section,
            count=thread.count,
            before=before,
        )


class PatchThread(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a thread; what is left out stays.

    `slow_seconds` and `close_after_days` are the policy's where they are null; 0 is not slow, and never closed by age.
    """

    closed: bool | UnsetType = UNSET
    title: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    mode: Mode | UnsetType | None = UNSET
    slow_seconds: int | UnsetType | None = UNSET
    close_after_days: int | UnsetType | None = UNSET
    notice: str | UnsetType = UNSET
    section: str | UnsetType = UNSET
