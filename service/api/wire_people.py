"""What goes over the wire of moderators themselves: signing in, and who they are."""

from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from service.domain.news import MoveNews
from service.domain.sessions import Session, csrf_of
from service.domain.site import Principal
from service.domain.status import Status


class SignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A moderator's token, for a cookie."""

    token: str


class Me(Struct, frozen=True, kw_only=True):
    """Who asks: `sections` empty is all of them; `csrf` and `expires_at` are a sign-in's, empty with a token."""

    id: str
    name: str
    rank: Literal["moderator", "senior", "admin"]
    sites: list[str]
    sections: list[str]
    csrf: str
    expires_at: datetime | None

    @classmethod
    def from_record(cls, principal: Principal, session: Session | None = None, cookie: str | None = None) -> "Me":
        """Show a moderator to themselves."""
        return cls(
            id=principal.id,
            name=principal.name,
            rank=principal.rank,
            sites=list(principal.sites),
            sections=list(principal.sections),
            csrf=csrf_of(cookie) if cookie is not None and session is not None else "",
            expires_at=session.expires_at if session is not None else None,
        )


class MoveTold(Struct, frozen=True, kw_only=True):
    """A move as those who watch the site are told: `by` and `name` are a moderator's, empty for everybody else."""

    id: str
    thread: str
    before: Status = field(name="from")
    after: Status = field(name="to")
    version: int
    by: str
    name: str

    @classmethod
    def from_news(cls, news: MoveNews, name: str) -> "MoveTold":
        """Show a move."""
        return cls(
            id=news.id,
            thread=news.thread,
            before=news.before,
            after=news.after,
            version=news.version,
            by=news.by,
            name=name,
        )


class ClaimTold(Struct, frozen=True, kw_only=True):
    """A claim as those who watch the site are told; without `until` it was let go."""

    id: str
    by: str
    name: str
    until: str
