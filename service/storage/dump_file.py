"""A backup's file: a first line, frames of MessagePack behind their lengths, and a SHA-256 over all of it.

The values are typed and written out; nothing of a server's own form is in it, so that it moves between versions.
"""

import hashlib
import os
import struct
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self

import msgspec
from msgspec import Struct

from service.domain.errors import GatepostError

MAGIC = b"GATEPOST BACKUP 1\n"
_LENGTH = struct.Struct(">I")
_DIGEST_BYTES = 32
# A record is at most some 100 kB, a frame at most 200 rows.
_LONGEST = 64 * 1024 * 1024

Kind = Literal["string", "hash", "set", "zset", "stream"]


class BadBackup(GatepostError):
    """A backup cannot be written or read: says why, and that nothing was changed."""


class Head(Struct, frozen=True, kw_only=True, tag="head"):
    """What the backup is of: `sites` maps each to its lane."""

    gatepost: str
    redis: str
    made_at: datetime
    sites: dict[str, str]


class Keyed(Struct, frozen=True, kw_only=True, tag="key"):
    """Some rows of one key; `expires_at` is in milliseconds.

    A row is a string's value, a hash's pair, a set's member, a sorted set's member and score, or a stream's id and
    fields.
    """

    key: str
    kind: Kind
    rows: list[list[bytes]]
    expires_at: int | None = None


class Kept(Struct, frozen=True, kw_only=True, tag="comment"):
    """One comment's hash, read at once; without what is counted from others."""

    site: str
    id: str
    fields: dict[str, bytes]


class Tail(Struct, frozen=True, kw_only=True, tag="tail"):
    """How many frames of each kind came before."""

    comments: int
    keys: int


Frame = Head | Keyed | Kept | Tail
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Frame)


class BackupWriter:
    """A file that appears under its name when it is whole, 0600 from the first byte; never over another."""

    def __init__(self, path: Path) -> None:
        """Take the path; raises BadBackup where it cannot be written or something is there."""
        self._path = path
        self._part = path.with_name(f"{path.name}.part-{os.getpid()}")
        self._hash = hashlib.sha256(MAGIC)
        self.size = len(MAGIC)
        self.comments = 0
        self.keys = 0
        if path.exists():
            message = f"{path} is there already; nothing was written."
            raise BadBackup(message)
        try:
            self._file: BinaryIO = os.fdopen(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            self._file.write(MAGIC)
        except OSError as error:
            message = f"{path} cannot be written: {error.strerror}."
            raise BadBackup(message) from error

    def __enter__(self) -> Self:
        """Write within the context; it ends with a whole file or with none."""
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        """Close the file and give it its name, or remove what was written of it."""
        try:
            if kind is None:
                self.write(Tail(comments=self.comments, keys=self.keys))
                end = _LENGTH.pack(0)
                self._hash.update(end)
                self._file.write(end + self._hash.digest())
                self.size += len(end) + _DIGEST_BYTES
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                self._take_name()
        except OSError as error:
            message = f"{self._path} cannot be written: {error.strerror}."
            raise BadBackup(message) from error
        finally:
            self._file.close()
            self._part.unlink(missing_ok=True)

    def _take_name(self) -> None:
        if self._path.exists():
            message = f"{self._path} was made by somebody else meanwhile; nothing was written."
            raise BadBackup(message)
        self._part.rename(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            # Or a power cut may forget the name.
            os.fsync(folder)
        finally:
            os.close(folder)

    def write(self, frame: Frame) -> None:
        """Add a frame."""
        self.comments += isinstance(frame, Kept)
        self.keys += isinstance(frame, Keyed)
        encoded = _encoder.encode(frame)
        framed = _LENGTH.pack(len(encoded)) + encoded
        self._hash.update(framed)
        self.size += len(framed)
        try:
            self._file.write(framed)
        except OSError as error:
            message = f"{self._path} cannot be written: {error.strerror}."
            raise BadBackup(message) from error


def read_frames(path: Path) -> Iterator[Frame]:
    """Read a backup frame by frame; raises BadBackup where anything is damaged, at the latest at the end.

    Whoever changes something by what it gives reads it through once before.
    """
    try:
        with path.open("rb") as file:
            yield from _read(path, file)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise BadBackup(message) from error


def _read(path: Path, file: BinaryIO) -> Iterator[Frame]:
    if file.read(len(MAGIC)) != MAGIC:
        message = f"{path} is no backup of this version of Gatepost."
        raise BadBackup(message)
    digest = hashlib.sha256(MAGIC)
    counts = Tail(comments=0, keys=0)
    first, last = True, False
    while length := _length(path, file):
        encoded = file.read(length)
        digest.update(_LENGTH.pack(length) + encoded)
        try:
            frame: Frame = _decoder.decode(encoded)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise _damaged(path) from error
        if isinstance(frame, Head) is not first or last:
            raise _damaged(path)
        first, last = False, isinstance(frame, Tail)
        if isinstance(frame, Tail) and frame != counts:
            raise _damaged(path)
        counts = Tail(comments=counts.comments + isinstance(frame, Kept), keys=counts.keys + isinstance(frame, Keyed))
        yield frame
    digest.update(_LENGTH.pack(0))
    if not last or file.read(_DIGEST_BYTES) != digest.digest() or file.read(1):
        raise _damaged(path)


def _length(path: Path, file: BinaryIO) -> int:
    read = file.read(_LENGTH.size)
    if len(read) < _LENGTH.size:
        raise _damaged(path)
    length: int = _LENGTH.unpack(read)[0]
    if length > _LONGEST:
        raise _damaged(path)
    return length


def _damaged(path: Path) -> BadBackup:
    return BadBackup(f"{path} is damaged or incomplete.")
