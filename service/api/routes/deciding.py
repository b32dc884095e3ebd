"""What moderators do beside single decisions: many at once, taking back, notes and escalations."""

import secrets
from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.params import HeaderParameter, RequestBody
from msgspec import UNSET

from service.api import access, described
from service.api.bounds import NOTE_POINTS, REASON_POINTS
from service.api.cards import failures
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.api.strictly import insist
from service.api.wire_deciding import (
    BulkDone,
    BulkRequest,
    EscalationRequest,
    NoteRequest,
    Remarked,
    UndoDone,
    UndoRequest,
)
from service.domain.comment import Comment
from service.domain.errors import Fault, Invalid
from service.domain.submission import body_faults, line_faults
from service.workflow import remarking, undoing
from service.workflow.bulk import decide_together
from service.workflow.review import Choice
from service.workflow.submit import insist_key
from service.workflow.undoing import decision_name

_SAID = (*described.WRITING, *described.BY_PEOPLE)
_ON_ONE = (*_SAID, "unknown-comment", "move-not-allowed", "lost-race")


@post(
    "/v1/review/bulk",
    status_code=200,
    summary="Decide many as one",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200,
        BulkDone,
        "How many were decided; each of the others has its problem, such as `severe-needs-reading`.",
        *_SAID,
        "invalid-idempotency-key",
        "idempotency-mismatch",
        "house-rule-required",
    ),
)
async def decide_many(
    data: RequestBody[BulkRequest],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    idempotency_key: Annotated[str | None, HeaderParameter(name="Idempotency-Key")] = None,
) -> Response[bytes]:
    """Decide 1 to 500 comments in one action, which can be taken back as one; repeated with its key it goes on."""
    moderator = await access.principal(house, request, "moderator")
    await insist(request, BulkRequest)
    if idempotency_key is not None:
        insist_key(idempotency_key)
    faults = tuple(line_faults("$.reason", data.reason, REASON_POINTS))
    if faults:
        raise Invalid(faults)
    choice = Choice(
        site=data.site, id="", version=0, action=data.action, reason=data.reason, house_rule=data.house_rule
    )
    items = [(item.id, item.version) for item in data.items]
    done = await decide_together(house, moderator, choice, items, key=idempotency_key or secrets.token_hex(8))
    return json_reply(BulkDone(batch=done.batch, done=done.done, failed=failures(done.failed)))


@post(
    "/v1/review/undo",
    status_code=200,
    summary="Take back a decision",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(
        200,
        UndoDone,
        "What is as it was before; of a batch, each of the others has its problem.",
        *_SAID,
        "unknown-decision",
        "too-late-to-undo",
        "lost-race",
    ),
)
async def undo(data: RequestBody[UndoRequest], request: Request[Any, Any, Any], house: GivenHouse) -> Response[bytes]:
    """Take back a decision or a batch of one's own, within the seconds that the policy gives."""
    moderator = await access.principal(house, request, "moderator")
    await insist(request, UndoRequest)
    if (data.decision is UNSET) == (data.batch is UNSET):
        raise Invalid((Fault(path="$", message="either `decision` or `batch` says what to take back"),))
    if data.batch is not UNSET:
        done = await undoing.undo_batch(house, moderator, data.site, data.batch)
        return json_reply(UndoDone(undone=done.done, failed=failures(done.failed)))
    if data.decision is not UNSET:
        await undoing.undo(house, moderator, data.site, data.decision)
    return json_reply(UndoDone(undone=1, failed=[]))


@post(
    "/v1/review/notes",
    status_code=200,
    summary="Add a note",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(200, Remarked, "The comment has the note.", *_ON_ONE),
)
async def add_note(
    data: RequestBody[NoteRequest], request: Request[Any, Any, Any], house: GivenHouse
) -> Response[bytes]:
    """Tell the other moderators something of a comment; its author never reads it."""
    moderator = await access.principal(house, request, "moderator")
    await insist(request, NoteRequest)
    _insist_note("$.text", data.text, needed=True)
    return _remarked(await remarking.note(house, moderator, data.site, data.id, data.version, data.text))


@post(
    "/v1/review/escalations",
    status_code=200,
    summary="Leave it to a senior moderator",
    tags=["moderators"],
    security=described.MODERATOR,
    responses=described.answers(200, Remarked, "Only a senior moderator decides it now.", *_ON_ONE),
)
async def escalate(
    data: RequestBody[EscalationRequest], request: Request[Any, Any, Any], house: GivenHouse
) -> Response[bytes]:
    """Leave a held comment to whoever has the rank `senior` or `admin`."""
    moderator = await access.principal(house, request, "moderator")
    await insist(request, EscalationRequest)
    _insist_note("$.note", data.note, needed=False)
    return _remarked(await remarking.escalate(house, moderator, data.site, data.id, data.version, data.note))


def _insist_note(path: str, text: str, *, needed: bool) -> None:
    faults = [fault for fault in body_faults(path, text) if needed or text]
    faults += line_faults(path, "x" * len(text), NOTE_POINTS)
    if faults:
        raise Invalid(tuple(faults))


def _remarked(comment: Comment) -> Response[bytes]:
    return json_reply(
        Remarked(id=comment.id, status=comment.status, version=comment.version, decision=decision_name(comment))
    )
