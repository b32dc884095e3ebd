"""One `gatepost up` a folder, on a port that is free."""

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from service.up.places import Places
from service.up.trouble import CannotStart


def _open_lock(places: Places) -> int:
    try:
        places.data.mkdir(parents=True, mode=0o700, exist_ok=True)
        # Only a folder of our own is closed to others: somebody may have named one that holds more.
        if places.lock.exists() or not any(places.data.iterdir()):
            places.data.chmod(0o700)
        places.log("up").parent.mkdir(mode=0o700, exist_ok=True)
        return os.open(places.lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        message = (
            f"{places.data} cannot be written ({error.strerror}). Gatepost keeps its data there: make it writable "
            "for this user, or choose another folder with --data."
        )
        raise CannotStart(message) from error


@contextmanager
def own(places: Places) -> Iterator[None]:
    """Make the folder and hold its lock; raises CannotStart when it cannot be written or another one holds it."""
    descriptor = _open_lock(places)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            message = (
                f"Another `gatepost up` (process {owner}) runs on {places.data}. Stop it first, or give this one a "
                "folder of its own with --data, and a port of its own with --port."
            )
            raise CannotStart(message) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def free_port(host: str, port: int) -> int:
    """Make sure that a port can be listened on, or choose one for 0; raises CannotStart."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, OverflowError) as error:
        message = (
            f"{host} port {port} is not an address of this machine ({error}). Choose others with --host and --port."
        )
        raise CannotStart(message) from error
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise CannotStart(_refusal(host, port, error)) from error
        chosen: int = probe.getsockname()[1]
        return chosen


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. Stop that program, or choose another port: "
            f"gatepost up --port {port + 1} (make run PORT={port + 1})."
        )
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}. Choose one from 1024 on with --port."
    return f"Nothing can listen on {host} port {port} ({error.strerror}). Choose others with --host and --port."
