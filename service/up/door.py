"""The service's own HTTP API as a client sees it, for the little that `gatepost up` asks of it."""

import http.client
import json
from typing import Any

_SECONDS = 10.0
OK = 200
ACCEPTED = 202
NOT_FOUND = 404


class Door:
    """Requests to one API, each on a connection of its own; proxies of the environment are not asked."""

    def __init__(self, host: str, port: int, token: str = "") -> None:
        """Take the address and the credential sent unless another is given."""
        self._host = host
        self._port = port
        self._token = token

    def ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        seconds: float = _SECONDS,
    ) -> tuple[int, dict[str, Any]]:
        """Send a request and read the answer's status and object; raises OSError or HTTPException."""
        credential = self._token if token is None else token
        sent = {"authorization": f"Bearer {credential}"} if credential else {}
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            sent["content-type"] = "application/json"
        connection = http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        try:
            connection.request(method, path, content, {**sent, **(headers or {})})
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        try:
            read = json.loads(raw)
        except ValueError:
            read = {}
        return answer.status, read if isinstance(read, dict) else {}
