"""Sign-ins in memory."""

from datetime import UTC, datetime

from service.domain.sessions import SESSION_SECONDS, Session
from tests.fakes.memory import Memory


class MemorySessions:
    """The Sessions over memory."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory."""
        self._clock = memory.clock
        self._held: dict[str, tuple[str, float]] = {}

    async def begin(self, session: str, credential: str) -> Session:
        """See Sessions."""
        self._held[session] = (credential, self._clock.seconds + SESSION_SECONDS)
        return self._session(session)

    async def find(self, session: str) -> Session | None:
        """See Sessions."""
        _, end = self._held.get(session, ("", 0.0))
        return self._session(session) if end > self._clock.seconds else None

    def _session(self, session: str) -> Session:
        credential, end = self._held[session]
        return Session(credential=credential, expires_at=datetime.fromtimestamp(int(end), UTC))

    async def end(self, session: str) -> None:
        """See Sessions."""
        self._held.pop(session, None)
