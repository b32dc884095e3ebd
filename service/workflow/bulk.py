"""Many comments decided as one action, which can be repeated and taken back."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.domain.batches import MOST_TOGETHER, Batch
from service.domain.comment import Comment
from service.domain.errors import Conflict, Fault, GatepostError, Invalid, Refused, Unavailable
from service.domain.ids import derive, is_id
from service.domain.severity import is_severe
from service.domain.site import Principal, Site
from service.workflow import reach
from service.workflow.house import House
from service.workflow.review import Choice, check_house_rule, decide_on, reviewed_site, unknown

# So many are on their way at once: others ask for the storage too.
_TOGETHER = 100


@dataclass(frozen=True)
class Failed:
    """One of many that was refused, and why."""

    id: str
    error: GatepostError


@dataclass(frozen=True)
class Done:
    """What came of a batch."""

    batch: str
    done: int
    failed: tuple[Failed, ...]


async def decide_together(
    house: House, principal: Principal, choice: Choice, items: Sequence[tuple[str, int]], *, key: str
) -> Done:
    """Decide up to 500 comments, each an id and the version that was read, in one action; one refused stops no other.

    The same moderator's same `key` stands for the same batch: repeated, it goes on where it broke off. What is severe
    must be read, and is refused. Raises Invalid, Forbidden, or Conflict for a key that stood for something else.
    """
    site = await reviewed_site(house, principal, choice.site)
    ids = tuple(comment_id for comment_id, _ in items)
    if not 1 <= len(ids) <= MOST_TOGETHER:
        message = f"1 to {MOST_TOGETHER} comments are decided together."
        raise Refused(message)
    if len(set(ids)) < len(ids):
        raise Invalid((Fault(path="$.items", message="names a comment twice"),))
    check_house_rule(await house.directory.policy(site), choice)
    batch = Batch(
        id=derive(site.id, principal.id, key), by=principal.id, fingerprint=_fingerprint(choice, items), ids=ids
    )
    if (await house.batches.open(site, batch)).fingerprint != batch.fingerprint:
        message = "The key was used within the last 24 hours for another action."
        raise Conflict(message, slug="idempotency-mismatch")
    known = [comment_id for comment_id in ids if is_id(comment_id)]
    stored = dict(zip(known, await house.comments.load_many(site, known), strict=True))
    failed: list[Failed] = []
    for start in range(0, len(items), _TOGETHER):
        outcomes = await asyncio.gather(
            *(
                _one(house, principal, site, replace(choice, id=i, version=version, batch=batch.id), stored.get(i))
                for i, version in items[start : start + _TOGETHER]
            ),
            return_exceptions=True,
        )
        failed += _refused(ids[start : start + _TOGETHER], outcomes)
    return Done(batch=batch.id, done=len(items) - len(failed), failed=tuple(failed))


def _refused(ids: Sequence[str], outcomes: Sequence[Comment | BaseException]) -> list[Failed]:
    """Tell refusals from what went wrong, which is raised: the caller repeats the whole."""
    failed = []
    for comment_id, outcome in zip(ids, outcomes, strict=True):
        if isinstance(outcome, GatepostError) and not isinstance(outcome, Unavailable):
            failed.append(Failed(comment_id, outcome))
        elif isinstance(outcome, BaseException):
            raise outcome
    return failed


def _fingerprint(choice: Choice, items: Sequence[tuple[str, int]]) -> str:
    said = repr((choice.action, choice.reason, choice.house_rule, tuple(items)))
    return hashlib.sha256(said.encode()).hexdigest()


async def _one(house: House, principal: Principal, site: Site, choice: Choice, current: Comment | None) -> Comment:
    if current is None:
        raise unknown()
    await reach.insist(house, principal, site, current.thread)
    if any(decision.batch == choice.batch for decision in current.trail):
        # Decided by an earlier try of this very batch, whatever became of it since.
        return current
    if is_severe(current):
        message = "What is severe is decided by whoever has read it."
        raise Conflict(message, slug="severe-needs-reading")
    return await decide_on(house, principal, site, choice, current)
