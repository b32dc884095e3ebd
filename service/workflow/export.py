"""A person is given everything that is stored about them."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from service.domain.comment import Decision, Reason
from service.domain.keeping import Trace
from service.domain.scores import Scores
from service.domain.site import Site
from service.domain.status import Actor, Status
from service.workflow.archive import Archive
from service.workflow.erase import insist_accountable, pages


class ExportHead(Struct, frozen=True, kw_only=True):
    """The first line of an export: whose it is, and what identifies them here."""

    gatepost_export: int = 1
    site: str
    author: str
    exported_at: datetime


class ExportedDecision(Struct, frozen=True, kw_only=True):
    """A decision without who made it: that a moderator did is said, which one is not."""

    at: datetime
    actor: Actor
    before: Status
    after: Status
    reasons: tuple[Reason, ...]
    house_rule: str | None
    policy_version: int | None


class ExportedComment(Struct, frozen=True, kw_only=True):
    """One comment as its author may have it; `notes` are there only where notes were asked for."""

    id: str
    thread: str
    parent_id: str | None
    status: Status
    strength: str
    name: str
    website: str
    email_hash: str
    body: str
    created_at: datetime
    edited_at: datetime | None
    decided_at: datetime | None
    statement: str
    former_statement: str
    reasons: tuple[Reason, ...]
    scores: Scores | None
    shadow_scores: dict[str, Scores]
    idempotency_key_hash: str
    decisions: tuple[ExportedDecision, ...]
    notes: tuple[str, ...] | None = None


class ExportEnd(Struct, frozen=True, kw_only=True):
    """The last line: how much there was, so that a cut file shows; limits count for minutes only.

    `blocked_until` is there while the site takes nothing from this author; who said so is not told.
    """

    comments: int
    unreadable: int
    notes_left_out: int
    author_limits: int
    address_limits: int
    blocked_until: datetime | None = None


async def export(archive: Archive, site: Site, author: str, *, notes: bool = False) -> AsyncIterator[dict[str, Any]]:
    """Give an author's data line by line: a head, their comments in every status, an end.

    Moderators' notes may name moderators and others, so they come only with `notes`, for whoever has read them.
    Raises Refused for a `claimed` author.
    """
    await insist_accountable(archive, site, author)
    yield msgspec.to_builtins(ExportHead(site=site.id, author=author, exported_at=archive.now()))
    count = left_out = unreadable = 0
    async for page in pages(archive, site, author):
        unreadable += page.unreadable
        for trace in page.traces:
            count += 1
            left_out += bool(trace.comment.notes) and not notes
            yield msgspec.to_builtins(_exported(trace, notes=notes))
    marks = await archive.traces.marks(site, author)
    block = await archive.blocks.find(site, "author", author)
    yield msgspec.to_builtins(
        ExportEnd(
            comments=count,
            unreadable=unreadable,
            notes_left_out=left_out,
            author_limits=marks.author,
            address_limits=marks.addresses,
            blocked_until=block.until if block is not None else None,
        )
    )


def _exported(trace: Trace, *, notes: bool) -> ExportedComment:
    comment = trace.comment
    return ExportedComment(
        id=comment.id,
        thread=comment.thread,
        parent_id=comment.parent_id,
        status=comment.status,
        strength=comment.author.strength,
        name=comment.author.name,
        website=comment.author.website,
        email_hash=comment.author.email,
        body=comment.body,
        created_at=comment.created_at,
        edited_at=comment.edited_at,
        decided_at=comment.decided_at,
        statement=comment.statement,
        former_statement=comment.former.statement if comment.former else "",
        reasons=comment.reasons,
        scores=comment.scores,
        shadow_scores=trace.shadows,
        idempotency_key_hash=trace.answer,
        decisions=tuple(_decision(decision) for decision in comment.trail),
        notes=tuple(note.text for note in comment.notes) if notes else None,
    )


def _decision(decision: Decision) -> ExportedDecision:
    return ExportedDecision(
        at=decision.at,
        actor=decision.actor,
        before=decision.before,
        after=decision.after,
        reasons=decision.reasons,
        house_rule=decision.house_rule,
        policy_version=decision.policy_version,
    )
