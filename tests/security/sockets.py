"""Raw connections, for clients that do not behave."""

import socket
import time
from urllib.parse import urlsplit

WAIT = 15.0


def connected(url: str) -> socket.socket:
    """Open a connection to the API."""
    parts = urlsplit(url)
    return socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=WAIT)


def said(sock: socket.socket, *, until: bytes = b"", seconds: float = WAIT) -> bytes:
    """Read until some bytes came, or to the end."""
    sock.settimeout(seconds)
    heard = b""
    deadline = time.monotonic() + seconds
    while not (until and until in heard):
        assert time.monotonic() < deadline, heard[-200:]
        try:
            piece = sock.recv(65_536)
        except (ConnectionResetError, BrokenPipeError):
            break
        if not piece:
            break
        heard += piece
    return heard


def ended(sock: socket.socket) -> bool:
    """Tell whether the other side has closed."""
    sock.settimeout(0)
    try:
        while sock.recv(65_536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def head(method: str = "GET", path: str = "/health/live", *lines: str) -> bytes:
    """Write the head of a request, without the empty line that ends it."""
    return "".join(f"{line}\r\n" for line in (f"{method} {path} HTTP/1.1", "host: mill.example", *lines)).encode()
