"""Clocks that jump: libfaketime preloaded into a process, with a file that says by how much its clock is wrong."""

from pathlib import Path

# Debian's, by architecture, and where others put it.
_PLACES = ("/usr/lib/*/faketime", "/usr/lib*/faketime", "/usr/local/lib/faketime")


def library() -> Path | None:
    """Find libfaketime; the one for threads."""
    found = [
        path for place in _PLACES for path in Path("/").glob(f"{place.lstrip('/')}/libfaketimeMT.so.1") if path.exists()
    ]
    return found[0] if found else None


class WallClock:
    """The wall clock of one process, as it sees it."""

    def __init__(self, file: Path, preload: Path) -> None:
        """Take the file that the process reads, and the library."""
        self._file = file
        self._preload = preload
        self.jump(0)

    @property
    def environment(self) -> dict[str, str]:
        """Give what the process's environment needs."""
        return {
            "LD_PRELOAD": str(self._preload),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            # A real clock that is set leaves the monotonic one alone.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def jump(self, seconds: int) -> None:
        """Set the clock so far before or behind the right time; within a second the process sees it."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._file)
