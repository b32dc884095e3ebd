"""Whom a site does not let write: blocks of authors and of addresses, each with an end.

A block is on a key: an author's, where the author is accountable; an address's; or, for a typed name, the name together
with an address. Anybody may type a name, so a block of the name alone would silence strangers, and a troll could have a
regular silenced by typing theirs.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from service.domain.authors import ACCOUNTABLE
from service.domain.comment import Author
from service.domain.errors import Forbidden
from service.domain.site import Site
from service.domain.tokens import Hasher

BlockKind = Literal["author", "address"]

# How long a block lasts that says nothing else, and how long one may.
BLOCK_DAYS = 30
LONGEST_DAYS = 3_650
# How long it is known from which address a comment came.
ADDRESS_DAYS = 7
# So many blocks a site may have at once.
MOST_BLOCKS = 5_000
NOTE_POINTS = 500


class Writing(Struct, frozen=True, kw_only=True):
    """By what whoever writes is known: hashes that a block may name, and the one that slow mode counts.

    Each is empty where there is none: the site's own key brings no address, and neither it nor signed staff is slowed.
    """

    author: str = ""
    address: str = ""
    slow: str = ""

    @property
    def marks(self) -> tuple[str, str]:
        """Name what may be blocked: the author's mark and the address's, empty where there is none."""
        return self.author and mark_of("author", self.author), self.address and mark_of("address", self.address)


class Placing(Struct, frozen=True, kw_only=True):
    """A block to be placed, under an id that the caller made; without `until` it lasts 30 days by Redis's clock.

    `author` is the key that moderators see, of a typed name another than the block's.
    """

    id: str
    kind: BlockKind
    key: str
    by: str
    until: datetime | None = None
    note: str = ""
    author: str = ""


class Block(Struct, frozen=True, kw_only=True):
    """A block in force; `note` is for moderators."""

    id: str
    kind: BlockKind
    key: str
    by: str
    at: datetime
    until: datetime
    note: str = ""
    author: str = ""


class Placed(Struct, frozen=True, kw_only=True):
    """A block, and the one that it took the place of."""

    block: Block
    before: Block | None


@runtime_checkable
class Blocks(Protocol):
    """A site's blocks; the scripts that take in texts ask for them themselves. Raises StorageDown as all ports do."""

    async def place(self, site: Site, placing: Placing) -> Placed:
        """Place a block, in the place of one on the same key; raises Invalid for a past end, Conflict for too many."""
        ...

    async def lift(self, site: Site, block_id: str, *, act: str) -> Block | None:
        """Lift a block, under an id that the caller made; gives it, or nothing where it was not in force."""
        ...

    async def of_site(self, site: Site) -> list[Block]:
        """List the blocks in force, the newest first."""
        ...

    async def find(self, site: Site, kind: BlockKind, key: str) -> Block | None:
        """Find the block on a key, if it is in force."""
        ...

    async def addresses(self, site: Site, comment_ids: Sequence[str]) -> list[str]:
        """Tell from which address, as a keyed hash, each comment came; '' where it is not known any more."""
        ...


def mark_of(kind: BlockKind, key: str) -> str:
    """Name what is blocked."""
    return f"{kind}:{key}"


def writer_key(hasher: Hasher, author: Author, address: str) -> str:
    """Give the key by which an author is blocked: their own, or a typed name's with the address that it came from.

    Empty where a typed name came from no known address: then there is nobody to block.
    """
    if author.strength in ACCOUNTABLE:
        return author.key
    return typed_key(hasher, address, author.key) if address else ""


def typed_key(hasher: Hasher, address: str, author: str) -> str:
    """Hash a typed name's key with an address."""
    return hasher.hash("typed", address, author)


def writing_of(hasher: Hasher, author: Author, address: str, *, by_site: bool) -> Writing:
    """Say by what a writer is known; `address` is a keyed hash, or empty."""
    slowed = author.key if author.strength in ACCOUNTABLE else address
    return Writing(
        author=writer_key(hasher, author, address),
        address=address,
        slow="" if by_site or author.staff else slowed,
    )


def blocked() -> Forbidden:
    """Refuse whoever is blocked, without saying why, by whom or until when."""
    return Forbidden("No comment can be taken from you here.", slug="blocked")
