"""What the processes print: kept in files, and shown with their names in front."""

import asyncio
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path

_CHUNK = 65_536
_KEPT_LINES = 12
_LINE_CHARACTERS = 2_000
# A file this large is put aside at the next start, in place of the one put aside before.
ROTATE_BYTES = 16_000_000


def say(line: str) -> None:
    """Tell whoever watches; nobody may be watching any more."""
    with suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


class Output:
    """Where one process's output goes."""

    def __init__(self, name: str, path: Path, *, shown: bool) -> None:
        """Take the process's name, its file, and whether its lines are shown as well."""
        self._name = name
        self._path = path
        self._shown = shown
        self._last: deque[str] = deque(maxlen=_KEPT_LINES)

    def rotate(self) -> None:
        """Put a large file aside."""
        with suppress(FileNotFoundError):
            if self._path.stat().st_size > ROTATE_BYTES:
                self._path.replace(self._path.with_suffix(".log.1"))

    def last_lines(self) -> str:
        """Quote the end of the output."""
        return "\n".join(f"    {line}" for line in self._last) or "    (it printed nothing)"

    async def follow(self, stream: asyncio.StreamReader) -> None:
        """Copy a process's output until it ends."""
        with self._path.open("ab", buffering=0) as file:
            rest = b""
            while chunk := await stream.read(_CHUNK):
                # A full disk must stop Redis from accepting, not us from reading: a full pipe would halt the process.
                with suppress(OSError):
                    file.write(chunk)
                *lines, rest = (rest + chunk).split(b"\n")
                rest = rest[-_LINE_CHARACTERS:]
                self._take(lines)
            if rest:
                self._take([rest])

    def _take(self, lines: list[bytes]) -> None:
        for raw in lines:
            line = raw.decode(errors="replace").rstrip()[:_LINE_CHARACTERS]
            self._last.append(line)
            if self._shown:
                say(f"{self._name:<8} | {line}")
