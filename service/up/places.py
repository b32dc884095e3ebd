"""Where everything lies in the folder of a `gatepost up`."""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from service.up.trouble import CannotStart

# The kernel's limit is 107 bytes on Linux and 103 on macOS.
SOCKET_BYTES = 100


@dataclass(frozen=True)
class Places:
    """The files in DATA, which is an absolute path."""

    data: Path

    @property
    def lock(self) -> Path:
        """Held by the running `gatepost up`, with its process id inside."""
        return self.data / "lock"

    @property
    def pids(self) -> Path:
        """The processes that were started, to be found again after a crash."""
        return self.data / "pids.json"

    @property
    def secret(self) -> Path:
        """What signs and hashes: 0600."""
        return self.data / "secret"

    @property
    def demo(self) -> Path:
        """The demo site's credentials and addresses: 0600."""
        return self.data / "demo.json"

    @property
    def redis_record(self) -> Path:
        """Which server wrote the data."""
        return self.data / "redis.json"

    @property
    def redis_config(self) -> Path:
        """The server's configuration, written anew at every start."""
        return self.data / "redis.conf"

    @property
    def ledger(self) -> Path:
        """The erasures that a restored backup must not undo: 0600."""
        return self.data / "ledger"

    def log(self, name: str) -> Path:
        """Find the file that holds a process's output."""
        return self.data / "log" / f"{name}.log"

    @property
    def socket(self) -> Path:
        """The server's socket: in DATA, or in a private folder where that path would be too long for a socket."""
        near = self.data / "redis.sock"
        if len(os.fsencode(near)) <= SOCKET_BYTES:
            return near
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"gatepost-{os.getuid()}-{digest}" / "redis.sock"

    @property
    def redis_url(self) -> str:
        """The address of the server for GATEPOST_REDIS_URL."""
        return f"unix://{quote(str(self.socket))}"


def make_socket_folder(places: Places) -> None:
    """Make the socket's folder where it is not DATA; raises CannotStart when somebody else's lies there."""
    folder = places.socket.parent
    if folder == places.data:
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    # The temporary folder is everybody's: a link or a folder of another user there would hand them the socket.
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        message = f"{folder} is not a private folder of this user: remove it, or choose a shorter --data."
        raise CannotStart(message)
