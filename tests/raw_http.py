"""HTTP/1.1 to the byte."""

import re
import socket


class Wire:
    """One connection, on which bytes are sent as they are."""

    def __init__(self, url: str) -> None:
        """Take where the API listens."""
        host, _, port = url.removeprefix("http://").partition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=10)
        self._rest = b""

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._socket.sendall(data)

    def answer(self, *, head: bool = False) -> bytes:
        """Read one answer, or what came before the connection was closed."""
        data = self._rest
        while b"\r\n\r\n" not in data:
            more = self._socket.recv(65_536)
            if not more:
                return data
            data += more
        first, _, rest = data.partition(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: (\d+)", first)
        size = int(length[1]) if length and not head else 0
        while len(rest) < size:
            rest += self._socket.recv(65_536)
        self._rest = rest[size:]
        return first + b"\r\n\r\n" + rest[:size]

    def close(self) -> None:
        """End the connection."""
        self._socket.close()
