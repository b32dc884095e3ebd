"""Blocks on the wire."""

from datetime import datetime

from msgspec import Struct

from service.domain.blocking import Block, BlockKind
from service.workflow.blocking import Done


class PlaceBlock(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to block: a key, or whoever wrote a comment or where it came from; for 30 days where no end is named.

    `key` is an author's, an address, or one from the list of blocks. With `reject_waiting` what is held or pending of
    the blocked is rejected as well, for the house rule that is named.
    """

    kind: BlockKind
    key: str | None = None
    comment: str | None = None
    until: datetime | None = None
    note: str = ""
    reject_waiting: bool = False
    house_rule: str | None = None


class BlockView(Struct, frozen=True, kw_only=True):
    """A block in force. `author` is the key that comments have; of a typed name, `key` is that name with an address."""

    id: str
    kind: BlockKind
    key: str
    author: str | None
    until: datetime
    note: str
    by: str
    at: datetime

    @classmethod
    def from_record(cls, block: Block) -> "BlockView":
        """Show a block."""
        return cls(
            id=block.id,
            kind=block.kind,
            key=block.key,
            author=block.author or None,
            until=block.until,
            note=block.note,
            by=block.by,
            at=block.at,
        )


class BlockList(Struct, frozen=True, kw_only=True):
    """The blocks of a site, the newest first."""

    items: list[BlockView]


class PlacedBlock(Struct, frozen=True, kw_only=True):
    """A block that was placed, the one it took the place of, and what was rejected with it.

    `batch` names the rejections, for an undo. `left` are with moderators who claimed them; without `complete` there may
    be older ones that were not looked at.
    """

    id: str
    kind: BlockKind
    key: str
    author: str | None
    until: datetime
    note: str
    by: str
    at: datetime
    before: BlockView | None
    batch: str
    rejected: int
    left: int
    complete: bool

    @classmethod
    def from_done(cls, done: Done) -> "PlacedBlock":
        """Show what was done."""
        seen = BlockView.from_record(done.block)
        return cls(
            id=seen.id,
            kind=seen.kind,
            key=seen.key,
            author=seen.author,
            until=seen.until,
            note=seen.note,
            by=seen.by,
            at=seen.at,
            before=BlockView.from_record(done.before) if done.before is not None else None,
            batch=seen.id,
            rejected=done.rejected.rejected,
            left=done.rejected.left,
            complete=done.rejected.complete,
        )


class LiftedBlock(Struct, frozen=True, kw_only=True):
    """The block that was lifted, so that it can be placed again; null where there was none."""

    lifted: BlockView | None
