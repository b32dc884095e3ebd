"""Where Redis writes, and how its disk becomes full: a small mounted tmpfs, else a bound on the size of its files."""

import os
import resource
import shutil
import subprocess
from pathlib import Path

_SIZE = 1 << 30
_PAGE = 4096
_TRIES = 50


class Room:
    """A folder for Redis's files that can be made full and made free again."""

    def __init__(self, folder: Path) -> None:
        """Make the folder; mounted where that is allowed."""
        folder.mkdir()
        self.folder = folder
        mount = shutil.which("mount")
        command = [mount or "mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=700", "tmpfs", str(folder)]
        allowed = os.geteuid() == 0 and mount is not None
        self.mounted = allowed and subprocess.run(command, capture_output=True, check=False).returncode == 0

    @property
    def kind(self) -> str:
        """Say how the disk becomes full."""
        return "a full tmpfs (ENOSPC)" if self.mounted else "a bound on the size of files (EFBIG)"

    def fill(self, pid: int) -> None:
        """Leave no room for another page; takes the id of the running redis-server."""
        if self.mounted:
            for _ in range(_TRIES):
                found = os.statvfs(self.folder)
                # Redis may write between the question and the order, which is refused then.
                if self._resize((found.f_blocks - found.f_bfree) * found.f_frsize):
                    return
            message = f"{self.folder} could not be made full"
            raise OSError(message)
        largest = max(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))

    def free(self) -> None:
        """Make room again; without a mount, the next process simply has it."""
        if self.mounted:
            self._resize(_SIZE)

    def _resize(self, size: int) -> bool:
        command = ["mount", "-o", f"remount,size={max(_PAGE, size)}", str(self.folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def close(self) -> None:
        """Take the mount away, with all that is on it."""
        if self.mounted:
            # Lazily: a child of Redis that was just rewriting the file may outlive it by a moment.
            subprocess.run(["umount", "--lazy", str(self.folder)], capture_output=True, check=True)
            self.mounted = False
