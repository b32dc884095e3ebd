"""The ledger's copy in a file of its own: one JSON line an erasure, on disk before the erasure begins."""

import fcntl
import os
from pathlib import Path

import msgspec

from service.domain.errors import GatepostError
from service.domain.keeping import LedgerEntry


class BadLedger(GatepostError):
    """The ledger's file cannot be read or written."""


_line = msgspec.json.Decoder(LedgerEntry)


class LedgerFile:
    """An append-only file, 0600; whoever writes holds a lock on it."""

    def __init__(self, path: Path) -> None:
        """Take the path; the file is made with the first entry."""
        self._path = path

    def append(self, entry: LedgerEntry) -> None:
        """Add an entry and wait until it is on disk; raises BadLedger."""
        kept = LedgerEntry(name=entry.name, site=entry.site, until=entry.until, at=entry.at)
        try:
            file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                size = os.fstat(file).st_size
                # A power cut may have left half a line.
                gap = b"\n" if size and os.pread(file, 1, size - 1) != b"\n" else b""
                os.write(file, gap + msgspec.json.encode(kept) + b"\n")
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            message = f"The ledger {self._path} cannot be written: {error.strerror}. Nothing was erased."
            raise BadLedger(message) from error

    def read(self) -> list[LedgerEntry]:
        """Read every entry; a half-written one stood for nothing yet. Raises BadLedger for anything else odd."""
        try:
            lines = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            message = f"The ledger {self._path} cannot be read: {error.strerror}."
            raise BadLedger(message) from error
        found = []
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            try:
                found.append(_line.decode(line))
            except msgspec.MsgspecError as error:
                if line.startswith(b"{") and not line.endswith(b"}"):
                    continue
                message = f"Line {number} of the ledger {self._path} is damaged."
                raise BadLedger(message) from error
        return found
