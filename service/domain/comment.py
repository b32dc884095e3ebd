"""The comment: the one record that everything else is about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from service.domain.scores import Scores
from service.domain.status import Actor, Status

Strength = Literal["signed", "device", "claimed"]


class Author(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who wrote, as strongly as it is known.

    `key` is a keyed hash (32 hexadecimal characters) of the device key or of what was typed; it tells authors of one
    site apart and never leads back to a person. `email` is a keyed hash or empty. `sub` is the site's own name for a
    `signed` author, kept so that the site can be told of answers to them; `staff` says that the site vouches for them.
    """

    key: str
    strength: Strength
    name: str
    website: str = ""
    email: str = ""
    sub: str = ""
    staff: bool = False


class Signals(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a form says of how it was filled: its trap, and the seconds it was open, if it says so."""

    trap: bool = False
    seconds: float | None = None


class Note(Struct, frozen=True, kw_only=True):
    """What a moderator tells the others."""

    at: datetime
    by: str
    text: str


class Appeal(Struct, frozen=True, kw_only=True):
    """What an author says against a rejection; `against` is the id of the decision that it answers."""

    at: datetime
    against: str
    text: str


class Reason(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that a rule found: spans are [start, end) code points of the body.

    `count` and `limit` are for rules that count: so many were found, so many are allowed.
    """

    rule: str
    code: str
    label: str | None = None
    score: float | None = None
    threshold: float | None = None
    language: str | None = None
    count: int | None = None
    limit: int | None = None
    spans: tuple[tuple[int, int], ...] = ()


class Decision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of a comment's trail: a verdict or a person's choice, applied.

    `id` is made by the caller before its first try: a repeated try finds its own work by it. `by` is a worker's or a
    moderator's id; the trail never holds text or personal data of an author. `batch` names the bulk action that a
    decision was part of, `undoes` the decision that it took back. One on an appeal is not `independent` where the same
    moderator had rejected the comment.
    """

    id: str
    at: datetime
    actor: Actor
    by: str
    before: Status = field(name="from")
    after: Status = field(name="to")
    reasons: tuple[Reason, ...] = ()
    house_rule: str | None = None
    policy_version: int | None = None
    batch: str = ""
    undoes: str = ""
    independent: bool = True


class Former(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a moderator's last decision replaced, so that taking it back restores it exactly."""

    decision: str
    reasons: tuple[Reason, ...] = ()
    look: bool = False
    statement: str = ""
    escalated: bool = False
    urgent: bool = False


class Comment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The record of one comment; `version` grows by one with every move.

    `statement` is what a moderator tells the author, `notes` what moderators tell each other. `escalated` waits for a
    senior moderator, `urgent` for anyone at once. `former` is there while the last decision can be taken back.
    `text_key` is a keyed hash of the text's letters, by which repeats are counted; empty where it is too short.
    """

    id: str
    site: str
    thread: str
    author: Author
    body: str
    created_at: datetime
    status: Status = "pending"
    version: int = 1
    parent_id: str | None = None
    edited_at: datetime | None = None
    look: bool = False
    scores: Scores | None = None
    reasons: tuple[Reason, ...] = ()
    statement: str = ""
    notes: tuple[Note, ...] = ()
    signals: Signals | None = None
    escalated: bool = False
    urgent: bool = False
    text_key: str = ""
    appeal: Appeal | None = None
    former: Former | None = None
    trail: tuple[Decision, ...] = ()

    @property
    def decided_at(self) -> datetime | None:
        """Say when the present status was decided; nothing while the comment is pending."""
        last = standing(self.trail)
        return last.at if last is not None and self.status != "pending" else None


# What moderators add beside the trail, and what changes nothing that an author may see.
NOTED, ESCALATED = "moderator-note", "moderator-escalation"


def is_remark(decision: Decision) -> bool:
    """Tell whether an entry of a trail is a note or an escalation, which leave the status as it was."""
    return decision.before == decision.after and any(r.code in (NOTED, ESCALATED) for r in decision.reasons)


def standing(trail: Sequence[Decision]) -> Decision | None:
    """Find the decision that a status rests on: neither a remark, nor taken back, nor a taking back."""
    undone = {decision.undoes for decision in trail}
    for decision in reversed(trail):
        if not decision.undoes and decision.id not in undone and not is_remark(decision):
            return decision
    return None


def rejected_by_people(comment: Comment) -> bool:
    """Tell whether a comment stands rejected because a moderator rejected it, and not by a machine's word alone."""
    last = standing(comment.trail)
    return comment.status == "rejected" and last is not None and last.actor == "moderator"


class Signed(Struct, frozen=True, kw_only=True):
    """Whom the site vouches for: its own name for them, what they are called there, and if they are staff."""

    sub: str
    name: str = ""
    staff: bool = False


class FilledForm(Struct, frozen=True, kw_only=True):
    """What a form says of itself: what stood in its trap, and the seconds it was open, if it says so."""

    trap: str = ""
    seconds: float | None = None


class Submission(Struct, frozen=True, kw_only=True):
    """What a reader sends: untrusted in every field, without id, status or scores."""

    thread: str
    body: str
    author_name: str
    url: str | None = None
    title: str | None = None
    parent_id: str | None = None
    email: str | None = None
    website: str | None = None
    device: str | None = None
    signed: Signed | None = None
    form: FilledForm | None = None
