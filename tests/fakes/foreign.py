"""Foreign clients' keys and what their moderators said, in memory."""

from collections import defaultdict

from service.domain.foreign import KeySettings, Suggestion
from service.domain.site import Site
from tests.fakes.clock import Clock
from tests.fakes.memory import Memory

MOST = 10_000


class MemoryForeignKeys:
    """The ForeignKeys over memory."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock that minutes are counted by."""
        self._clock = clock
        self._settings: dict[str, KeySettings] = {}
        self._spent: dict[tuple[str, int], int] = defaultdict(int)

    async def settings(self, key_id: str) -> KeySettings | None:
        """See ForeignKeys."""
        return self._settings.get(key_id)

    async def put_settings(self, key_id: str, settings: KeySettings) -> None:
        """See ForeignKeys."""
        self._settings[key_id] = settings

    async def forget(self, key_id: str) -> None:
        """See ForeignKeys."""
        self._settings.pop(key_id, None)

    async def spend(self, key_id: str, *, per_minute: int, units: int) -> int:
        """See ForeignKeys."""
        minute, second = divmod(int(self._clock.seconds), 60)
        if self._spent[key_id, minute] + units > per_minute:
            return 60 - second
        self._spent[key_id, minute] += units
        return 0


class MemoryFeedback:
    """The Feedback over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._kept = memory.feedback

    async def add(self, site: Site | None, suggestion: Suggestion) -> None:
        """See Feedback."""
        kept = self._kept["" if site is None else site.id]
        kept.append(suggestion)
        del kept[:-MOST]

    async def latest(self, site: Site | None, *, limit: int) -> list[Suggestion]:
        """See Feedback."""
        return self._kept["" if site is None else site.id][::-1][:limit]
