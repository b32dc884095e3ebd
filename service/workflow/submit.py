"""A reader's submission becomes a pending comment on the queue."""

import hashlib
import math
import re
from dataclasses import dataclass

from service.domain.authors import claimed_key, device_key
from service.domain.blocking import writing_of
from service.domain.comment import Author, Comment, Submission
from service.domain.errors import Refused, Unavailable
from service.domain.ids import mint
from service.domain.orders import Idempotency, Limits, SubmitOrder
from service.domain.site import Site
from service.domain.submission import check
from service.workflow.house import House

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{16,128}")
# What a full queue is let drain before a client is asked back, as a share of the workers' seconds of backlog.
_DRAIN = 0.1
_NO_WORKERS_SECONDS = 30
_LONGEST_SECONDS = 120


@dataclass(frozen=True)
class Sender:
    """Where a submission came from: the address (nothing behind the site's own key) and the site's key."""

    address: str
    by_site: bool


@dataclass(frozen=True)
class Receipt:
    """What the sender keeps: the comment's id and the token that speaks for its author."""

    id: str
    token: str
    replayed: bool


async def submit(
    house: House,
    site: Site,
    submission: Submission,
    *,
    sender: Sender,
    idempotency_key: str | None,
    fingerprint: bytes,
) -> Receipt:
    """Accept a submission durably, or refuse it and store nothing.

    `fingerprint` is the request in a canonical form: the same key with another one is refused. Raises Invalid,
    Conflict, Forbidden, NotFound, TooMany, Unavailable.
    """
    policy = await house.directory.recent_policy(site)
    check(submission, site, most=policy.rules.size.most)
    now = house.now()
    author = _author(house, site, submission)
    comment = Comment(
        id=mint(now),
        site=site.id,
        thread=submission.thread,
        parent_id=submission.parent_id,
        author=author,
        body=submission.body,
        created_at=now,
    )
    address = "" if sender.by_site else house.hasher.hash("address", site.id, sender.address)
    writing = writing_of(house.hasher, author, address, by_site=sender.by_site)
    limits = None
    if address and policy.rules.rate.enabled:
        # A typed name is shared by strangers: they must not use up each other's limit.
        limits = Limits(rate=policy.rules.rate, address=address, author=writing.author)
    order = SubmitOrder(
        comment=comment,
        url=submission.url or "",
        title=submission.title or "",
        title_verified=sender.by_site,
        idempotency=_idempotency(house, idempotency_key, fingerprint),
        limits=limits,
        writing=writing,
        threads=policy.rules.threads,
    )
    try:
        accepted = await house.comments.submit(site, order)
    except Unavailable as full:
        if full.slug != "queue-full":
            raise
        wait = await house.patience.seconds(lambda: _come_back(house, site.lane))
        raise Unavailable(full.detail, retry_after=wait) from full
    token = house.tokens.sign(site.id, accepted.id, accepted.secret_id or house.tokens.current)
    return Receipt(id=accepted.id, token=token, replayed=accepted.replayed)


def _author(house: House, site: Site, submission: Submission) -> Author:
    email = submission.email.strip().lower() if submission.email else ""
    if submission.device is not None:
        key, strength = device_key(house.hasher, site.id, submission.device), "device"
    else:
        key, strength = claimed_key(house.hasher, site.id, submission.author_name, email), "claimed"
    return Author(
        key=key,
        strength="device" if strength == "device" else "claimed",
        name=submission.author_name.strip(),
        website=submission.website or "",
        email=house.hasher.hash("email", site.id, email) if email else "",
    )


def insist_key(key: str) -> None:
    """Insist on the form of an Idempotency-Key; raises Refused."""
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        message = "An Idempotency-Key is 16 to 128 printable ASCII characters without spaces."
        raise Refused(message, slug="invalid-idempotency-key")


def _idempotency(house: House, key: str | None, fingerprint: bytes) -> Idempotency | None:
    if key is None:
        return None
    insist_key(key)
    return Idempotency(
        key=hashlib.sha256(key.encode()).hexdigest()[:32],
        # Keyed: whoever has a copy of the data must not be able to try texts against it.
        fingerprint=house.hasher.hash("request", hashlib.sha256(fingerprint).hexdigest()),
        secret_id=house.tokens.current,
    )


async def _come_back(house: House, lane: str) -> int:
    """Estimate when a tenth of the backlog will have been worked off: whole seconds from 1 to 120."""
    workers = await house.fleet.workers()
    speed = sum(worker.per_second for worker in workers if worker.healthy)
    if speed <= 0:
        return _NO_WORKERS_SECONDS
    backlog = await house.queue.backlog(await house.directory.lanes())
    if lane in backlog.paused:
        return _NO_WORKERS_SECONDS
    return max(1, min(_LONGEST_SECONDS, math.ceil(backlog.entries * _DRAIN / speed)))
