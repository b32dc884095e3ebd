"""Fill the busy demo article through the real pipeline, as its readers would."""

import http.client
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from service.up.busy_comments import COMMENTS, THREAD, TITLE, Said
from service.up.door import ACCEPTED, NOT_FOUND, Door

_LOOK_SECONDS = 0.05
_WAVE_SECONDS = 30.0


class Abandoned(Exception):
    """The article stays as it is: the service did not take part, or is being stopped."""


class Seeding:
    """One filling of the article."""

    def __init__(self, door: Door, site: str, url: str, stop: threading.Event) -> None:
        """Take the API with the site's key, the site, the service's URL and what ends the filling early."""
        self._door = door
        self._root = f"/v1/sites/{site}"
        self._page = f"{url}/demo/busy"
        self._stop = stop
        self._receipts: dict[str, dict[str, Any]] = {}

    def run(self, comments: Sequence[Said] = COMMENTS) -> int:
        """Post everything, answers after what they answer is shown; returns the number posted.

        Does nothing when the thread exists. Raises Abandoned.
        """
        try:
            status, _ = self._door.ask("GET", f"{self._root}/threads?thread={quote(THREAD, safe='')}")
            if status != NOT_FOUND:
                return 0
            for wave in waves(comments):
                self._post(wave)
        except (OSError, http.client.HTTPException) as error:
            message = f"the API could not be asked ({type(error).__name__})"
            raise Abandoned(message) from error
        return len(self._receipts)

    def _post(self, wave: Iterable[Said]) -> None:
        deadline = time.monotonic() + _WAVE_SECONDS
        for said in wave:
            if not said.answers or self._shown(said.answers, deadline):
                self._send(said)

    def _shown(self, key: str, deadline: float) -> bool:
        """Wait until a comment was judged; tells whether it may be answered."""
        receipt = self._receipts.get(key)
        while receipt is not None:
            path = f"{self._root}/comments/{receipt['id']}"
            status = self._door.ask("GET", path, token=receipt["token"])[1].get("status")
            if status != "pending":
                return bool(status == "approved")
            if time.monotonic() > deadline:
                message = "its comments were not judged in time"
                raise Abandoned(message)
            self._stop.wait(_LOOK_SECONDS)
            self._go_on()
        return False

    def _send(self, said: Said) -> None:
        self._go_on()
        body: dict[str, Any] = {
            "thread": THREAD,
            "url": self._page,
            "title": TITLE,
            "author": {"name": said.name},
            "body": said.body,
        }
        if said.answers:
            body["parent_id"] = self._receipts[said.answers]["id"]
        # The id is part of the body of an answer: a key of the text alone would be another request's.
        headers = {"idempotency-key": f"demo-busy-{said.key}-{body.get('parent_id', 'opening')}"}
        status, receipt = self._door.ask("POST", f"{self._root}/comments", body, headers=headers)
        if status != ACCEPTED:
            message = f"comment {said.key} was answered with {status} ({receipt.get('type', 'no problem given')})"
            raise Abandoned(message)
        self._receipts[said.key] = receipt

    def _go_on(self) -> None:
        if self._stop.is_set():
            message = "the service is being stopped"
            raise Abandoned(message)


def waves(comments: Sequence[Said]) -> list[list[Said]]:
    """Sort comments by how deep they answer; raises KeyError for an answer to what comes later or nowhere."""
    depth: dict[str, int] = {}
    for said in comments:
        depth[said.key] = depth[said.answers] + 1 if said.answers else 0
    return [[said for said in comments if depth[said.key] == level] for level in range(max(depth.values()) + 1)]
