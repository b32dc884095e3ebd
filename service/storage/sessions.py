"""Sign-ins in Redis: the hash of a cookie names the hash of the token that it was made with, for 12 hours."""

from datetime import UTC, datetime, timedelta

from service.domain.sessions import SESSION_SECONDS, Session
from service.storage.directory_keys import session_key
from service.storage.link import Link


class RedisSessions:
    """The Sessions over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def begin(self, session: str, credential: str) -> Session:
        """Store a sign-in for 12 hours; storing it twice does no harm."""
        await self._link.read("SET", session_key(session), credential, "EX", SESSION_SECONDS)
        return Session(credential=credential, expires_at=_in_milliseconds(SESSION_SECONDS * 1000))

    async def find(self, session: str) -> Session | None:
        """Find a sign-in that has not run out."""
        key = session_key(session)
        credential, left = await self._link.pipeline([("GET", key), ("PTTL", key)])
        if credential is None or left <= 0:
            return None
        return Session(credential=credential.decode(), expires_at=_in_milliseconds(left))

    async def end(self, session: str) -> None:
        """Forget a sign-in: the API's user may delete nothing, but let it run out."""
        await self._link.read("SET", session_key(session), "", "XX", "PX", 1)


def _in_milliseconds(left: int) -> datetime:
    return (datetime.now(UTC) + timedelta(milliseconds=left)).replace(microsecond=0)
