"""Readers and authors: submit, list, look at, rewrite, withdraw."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, HeaderParameter, Parameter, RequestBody

from service.api import access, cursors, described
from service.api.addresses import address_of
from service.api.bounds import COUNTED_THREADS
from service.api.provided import GivenDesk, GivenHouse
from service.api.reasons import reasons_for_author
from service.api.replies import is_known, json_reply, public_reply
from service.api.wire import (
    CommentList,
    Counts,
    EditComment,
    OwnComment,
    PublicComment,
    SubmitComment,
    SubmitReceipt,
    shown,
)
from service.api.wire_threads import ListedThread
from service.domain.comment import Comment, Submission
from service.domain.errors import Fault, Invalid, Refused
from service.domain.standing import Standing
from service.domain.submission import thread_key_faults
from service.telemetry import submissions
from service.workflow import authoring, read
from service.workflow.house import find_site
from service.workflow.submit import Sender, submit


@post(
    "/v1/sites/{site:str}/comments",
    status_code=202,
    summary="Submit a comment",
    tags=["readers"],
    security=described.SITE_KEY,
    responses=described.answers(
        202,
        SubmitReceipt,
        "Stored and queued; the token speaks for the author.",
        *described.WRITING,
        *described.BY_TOKEN,
        "origin-not-allowed",
        "unknown-parent",
        "parent-withdrawn",
        "thread-closed",
        "slow-mode",
        "blocked",
        "site-closed",
        "invalid-idempotency-key",
        "idempotency-mismatch",
        "rate-limited",
        "queue-full",
    ),
)
async def submit_comment(
    site: FromPath[str],
    data: RequestBody[SubmitComment],
    request: Request[Any, Any, Any],
    desk: GivenDesk,
    idempotency_key: Annotated[str | None, HeaderParameter(name="Idempotency-Key")] = None,
) -> Response[bytes]:
    """Accept a comment durably: a 202 means on disk and queued exactly once."""
    house, settings = desk.house, desk.settings
    found = await find_site(house, site)
    by_site = await access.sent_by_site(house, request, found)
    sender = Sender(address="" if by_site else address_of(request.scope, settings.trusted_proxies), by_site=by_site)
    try:
        receipt = await submit(
            house,
            found,
            _submission(data),
            sender=sender,
            idempotency_key=idempotency_key,
            fingerprint=msgspec.json.encode(data),
        )
    except Exception as error:
        submissions(getattr(error, "slug", "internal-error")).inc()
        raise
    submissions("replayed" if receipt.replayed else "accepted").inc()
    answer = SubmitReceipt(
        id=receipt.id,
        status="pending",
        token=receipt.token,
        status_url=f"{settings.public_url}/v1/sites/{found.id}/comments/{receipt.id}",
    )
    return json_reply(answer, status=202, replayed=receipt.replayed)


@get(
    "/v1/sites/{site:str}/comments",
    summary="List a thread's approved comments",
    tags=["readers"],
    responses=described.answers(
        200, described.ListedComments, "A page of the thread.", *described.READING, "invalid-cursor"
    ),
)
async def list_comments(
    site: FromPath[str],
    thread: FromQuery[str],
    request: Request[Any, Any, Any],
    house: GivenHouse,
    sort: FromQuery[Literal["oldest", "newest"]] = "oldest",
    limit: Annotated[int, Parameter(ge=1, le=100)] = 20,
    cursor: FromQuery[str | None] = None,
) -> Response[bytes]:
    """List what a thread shows; withdrawn comments with shown replies keep their place and nothing else."""
    _insist(thread)
    found = await find_site(house, site)
    after = cursors.read(cursor, cursors.ListCursor, sort).id if cursor is not None else None
    known = request.headers.get("if-none-match")
    if known is not None:
        standing = await read.thread_standing(house, found, thread)
        if is_known(known, _etag(standing)):
            return public_reply(None, etag=_etag(standing))
    page = await read.thread_page(house, found, thread, sort=sort, limit=limit, after=after)
    following = cursors.write(cursors.ListCursor(sort=sort, id=page.comments[-1].id)) if page.more else None
    listing = CommentList(
        items=[shown(comment) for comment in page.comments],
        next_cursor=following,
        count=page.count,
        thread=ListedThread.from_record(page.standing),
    )
    return public_reply(listing, etag=_etag(page.standing))


@get(
    "/v1/sites/{site:str}/comments/{comment_id:str}",
    summary="Look at one comment",
    tags=["readers", "authors"],
    security=described.ANYONE_OR_AUTHOR,
    responses=described.answers(
        200, PublicComment | OwnComment, "The comment.", *described.READING, *described.BY_AUTHOR
    ),
)
async def get_comment(
    site: FromPath[str],
    comment_id: FromPath[str],
    request: Request[Any, Any, Any],
    house: GivenHouse,
) -> Response[bytes]:
    """Show an approved comment to anyone; with the author's token, its status in any status."""
    found = await find_site(house, site)
    if access.bearer(request) is None:
        comment = await read.approved_comment(house, found, comment_id)
        return public_reply(PublicComment.from_record(comment), etag=f'"{comment.version}"')
    access.author_token(house, request, found, comment_id)
    return json_reply(own(await read.own_comment(house, found, comment_id)))


@patch(
    "/v1/sites/{site:str}/comments/{comment_id:str}",
    summary="Rewrite one's own comment",
    tags=["authors"],
    security=described.AUTHOR,
    responses=described.answers(
        200,
        OwnComment,
        "The comment, pending.",
        *described.WRITING,
        *described.BY_AUTHOR,
        "move-not-allowed",
        "site-closed",
        "blocked",
    ),
)
async def edit_comment(
    site: FromPath[str],
    comment_id: FromPath[str],
    data: RequestBody[EditComment],
    request: Request[Any, Any, Any],
    desk: GivenDesk,
) -> Response[bytes]:
    """Replace the text; the comment leaves the page at once and waits to be judged again."""
    house = desk.house
    found = await find_site(house, site)
    access.author_token(house, request, found, comment_id)
    address = address_of(request.scope, desk.settings.trusted_proxies)
    return json_reply(own(await authoring.rewrite(house, found, comment_id, data.body, address=address)))


@delete(
    "/v1/sites/{site:str}/comments/{comment_id:str}",
    status_code=204,
    summary="Withdraw one's own comment",
    tags=["authors"],
    security=described.AUTHOR,
    responses=described.answers(204, None, "Gone.", *described.READING, *described.BY_AUTHOR, "move-not-allowed"),
)
async def delete_comment(
    site: FromPath[str],
    comment_id: FromPath[str],
    request: Request[Any, Any, Any],
    house: GivenHouse,
) -> None:
    """Delete the comment with its text and name, at once, whatever its status."""
    found = await find_site(house, site)
    access.author_token(house, request, found, comment_id)
    await authoring.withdraw(house, found, comment_id)


@get(
    "/v1/sites/{site:str}/counts",
    summary="Count the comments of threads",
    tags=["readers"],
    responses=described.answers(200, Counts, "The counts.", *described.READING),
)
async def count_comments(site: FromPath[str], thread: FromQuery[list[str]], house: GivenHouse) -> Response[bytes]:
    """Count the approved comments of up to 100 threads."""
    if len(thread) > COUNTED_THREADS:
        message = f"At most {COUNTED_THREADS} threads are counted at once."
        raise Refused(message)
    for key in thread:
        _insist(key)
    found = await find_site(house, site)
    counts = await house.comments.counts(found, thread)
    return public_reply(Counts(counts=dict(zip(thread, counts, strict=True))), etag=None)


def own(comment: Comment) -> OwnComment:
    """Show a comment to its author."""
    return OwnComment(
        id=comment.id,
        status=comment.status,
        version=comment.version,
        created_at=comment.created_at,
        decided_at=comment.decided_at,
        body=comment.body,
        reasons=reasons_for_author(comment),
    )


def _submission(data: SubmitComment) -> Submission:
    return Submission(
        thread=data.thread,
        body=data.body,
        author_name=data.author.name,
        url=data.url,
        title=data.title,
        parent_id=data.parent_id,
        email=data.author.email,
        website=data.author.website,
        device=data.author.device,
    )


def _insist(thread: str) -> None:
    faults: tuple[Fault, ...] = tuple(thread_key_faults("thread", thread))
    if faults:
        raise Invalid(faults)


def _etag(standing: Standing) -> str:
    """Name what a thread shows: it may close by its age, and slow down by the policy, without a new version."""
    rest = f"-{standing.closed:d}-{standing.slow_seconds}" if standing.closed or standing.slow_seconds else ""
    return f'"{standing.version}{rest}"'
