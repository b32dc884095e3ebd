"""Moderators block authors and addresses, lift blocks, and reject what the blocked have waiting."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.acts import ModeratorAct
from service.domain.addresses import household, parse
from service.domain.authors import ACCOUNTABLE
from service.domain.blocking import (
    LONGEST_DAYS,
    NOTE_POINTS,
    Block,
    BlockKind,
    Placing,
    typed_key,
    writer_key,
)
from service.domain.comment import Author
from service.domain.errors import Conflict, Fault, Invalid, NotFound
from service.domain.house_rules import insist_house_rule
from service.domain.ids import is_id
from service.domain.site import Principal, Site
from service.domain.submission import line_faults
from service.domain.views import ReviewQuery
from service.workflow import reach
from service.workflow.house import House
from service.workflow.rejecting import Rejected, Waiting, reject

_HASH = re.compile(r"[0-9a-f]{32}")
# Among so many of an author's newest comments one is looked for whose address is known.
_NEWEST = 50


@dataclass(frozen=True)
class Wish:
    """A block as a moderator asks for it: on a key, or on whoever wrote a comment or where it came from.

    The key of an address is the address itself, or its keyed hash as the list of blocks shows it.
    """

    kind: BlockKind
    key: str | None = None
    comment: str | None = None
    until: datetime | None = None
    note: str = ""
    reject_waiting: bool = False
    house_rule: str | None = None


@dataclass(frozen=True)
class Done:
    """A block that is in force, the one it took the place of, and what of the blocked was rejected with it."""

    block: Block
    before: Block | None
    rejected: Rejected


@dataclass(frozen=True)
class _Whom:
    """Whom a block is on: the key to block, and of an author the key that moderators see."""

    key: str
    author: str = ""


async def block(house: House, site: Site, wish: Wish, *, by: str, principal: Principal | None = None) -> Done:
    """Place a block, in force with this answer; asked for again, it goes on with what is still waiting.

    A `principal` names and rejects only what their sections reach. Raises Invalid; Forbidden for a comment beyond;
    NotFound for an unknown one; Conflict where it is not known any more from which address something came, or where
    there are too many blocks.
    """
    _insist(wish, house.now())
    if wish.reject_waiting:
        insist_house_rule((await house.directory.policy(site)).house_rules, wish.house_rule)
    whom = await (_of_comment(house, site, wish, principal) if wish.comment is not None else _of_key(house, site, wish))
    block_id = secrets.token_hex(8)
    placing = Placing(
        id=block_id,
        kind=wish.kind,
        key=whom.key,
        by=by,
        until=wish.until,
        note=wish.note,
        author=whom.author,
    )
    placed = await house.blocks.place(site, placing)
    what = {"block": block_id, "kind": wish.kind, "until": placed.block.until.isoformat()}
    await house.acts.note(site, ModeratorAct(id=block_id, at=house.now(), by=by, kind="block", what=what))
    rejected = Rejected()
    if wish.reject_waiting:
        # The block stands already: nothing new of theirs comes to wait meanwhile.
        waiting = Waiting(kind=wish.kind, key=whom.key, author=whom.author, principal=principal)
        rejected = await reject(house, site, waiting, by=by, house_rule=wish.house_rule, batch=block_id)
    return Done(block=placed.block, before=placed.before, rejected=rejected)


async def lift(house: House, site: Site, block_id: str, *, by: str) -> Block | None:
    """Lift a block, at once; gives it, so that it can be placed again, or nothing where there is none."""
    act = secrets.token_hex(8)
    lifted = await house.blocks.lift(site, block_id, act=act)
    if lifted is not None:
        what = {"block": block_id, "kind": lifted.kind}
        await house.acts.note(site, ModeratorAct(id=act, at=house.now(), by=by, kind="lift", what=what))
    return lifted


async def blocked_until(house: House, site: Site, author: Author) -> datetime | None:
    """Tell until when an author is blocked, if they are; of a typed name, from any address."""
    if author.strength in ACCOUNTABLE:
        found = await house.blocks.find(site, "author", author.key)
        return found.until if found is not None else None
    ends = [b.until for b in await house.blocks.of_site(site) if b.kind == "author" and b.author == author.key]
    return max(ends, default=None)


def _insist(wish: Wish, now: datetime) -> None:
    faults = [*line_faults("$.note", wish.note, NOTE_POINTS)]
    if (wish.key is None) == (wish.comment is None):
        faults.append(Fault(path="$", message="names either a key or a comment"))
    if wish.until is not None and wish.until.tzinfo is None:
        faults.append(Fault(path="$.until", message="has no time zone"))
    elif wish.until is not None and wish.until > now + timedelta(days=LONGEST_DAYS):
        faults.append(Fault(path="$.until", message=f"is more than {LONGEST_DAYS} days ahead"))
    if wish.key is not None and not _HASH.fullmatch(wish.key) and (wish.kind == "author" or parse(wish.key) is None):
        what = "an author's key" if wish.kind == "author" else "an address"
        faults.append(Fault(path="$.key", message=f"is not {what}"))
    if faults:
        raise Invalid(tuple(faults))


async def _of_comment(house: House, site: Site, wish: Wish, principal: Principal | None) -> _Whom:
    comment_id = wish.comment or ""
    comment = await house.comments.load(site, comment_id) if is_id(comment_id) else None
    if comment is None or comment.status == "deleted":
        message = "There is no such comment, or its author has deleted it."
        raise NotFound(message, slug="unknown-comment")
    if principal is not None:
        await reach.insist(house, principal, site, comment.thread)
    (address,) = await house.blocks.addresses(site, [comment.id])
    if wish.kind == "address":
        return _Whom(key=address or _unknown())
    key = writer_key(house.hasher, comment.author, address) or _unknown()
    return _Whom(key=key, author=comment.author.key)


async def _of_key(house: House, site: Site, wish: Wish) -> _Whom:
    key = wish.key or ""
    if wish.kind == "address":
        hashed = key if _HASH.fullmatch(key) else house.hasher.hash("address", site.id, household(key))
        return _Whom(key=hashed)
    page = await house.comments.review(site, ReviewQuery(author=key, sort="newest", limit=_NEWEST))
    if not page.comments or page.comments[0].author.strength in ACCOUNTABLE:
        # An author's own key; or, from the list of blocks, a typed name's with its address.
        before = await house.blocks.find(site, "author", key)
        return _Whom(key=key, author=before.author if before is not None and before.author else key)
    addresses = await house.blocks.addresses(site, [comment.id for comment in page.comments])
    address = next((known for known in addresses if known), "") or _unknown()
    return _Whom(key=typed_key(house.hasher, address, key), author=key)


def _unknown() -> str:
    message = "It is not known any more from which address this came, and a typed name alone is anybody's."
    raise Conflict(message, slug="address-unknown")
