"""uvicorn's HTTP/1.1 connection with a short way for what is kept: no parser, no task, no scope.

Only a request of the plainest form goes that way: whole in one piece, at a message's beginning, of the grammar below
and without a body or anything about its sender. Whatever else comes is read by uvicorn, as without this file.
"""

import re
from http import HTTPStatus
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from service.api.crowd import Crowd
from service.api.hot import KNOWN, PRIVATE, SCHEME, Hot, Pages, target_of
from service.api.patience import REQUEST_BYTES, Patient
from service.telemetry import requests

_LINES = rb" HTTP/1\.1\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}:[\t -~\x80-\xff]{0,4000}\r\n){1,64}\r\n"
_REQUEST = re.compile(rb"GET (/v1/sites/[!-~]{1,4000})" + _LINES)
_SUBMISSION = re.compile(rb"POST (/v1/sites/[a-z0-9-]{1,64}/comments)" + _LINES)
# The two headers by which an answer may differ; what follows is not taken along, for it may be the other one.
_SAID = re.compile(rb"\r\n(if-none-match|x-forwarded-proto):[ \t]*([ -~]*?)[ \t]*(?=\r\n)", re.IGNORECASE)
_OF_ASKER = re.compile(rb"\r\n(origin|x-forwarded-proto|content-length):[ \t]*([ -~]*?)[ \t]*(?=\r\n)", re.IGNORECASE)
# By the beginning of the name: one name too many only takes the longer way.
_CODED = re.compile(
    rb"\r\n(?:transfer-encoding|content-encoding|expect|upgrade|connection:(?! ?keep-alive\r\n))", re.IGNORECASE
)
_LONG_WAY = re.compile(rb"\r\n(?:" + b"|".join(sorted(PRIVATE)) + rb"|connection:(?! ?keep-alive\r\n))", re.IGNORECASE)


class Connection(Patient):
    """One connection."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], **more: Any) -> None:  # noqa: ANN401 - as uvicorn calls it
        """Take what uvicorn gives; the pages are those of the application that it serves."""
        super().__init__(config, server_state, app_state, **more)
        # Headers of the server's own are not among those that are kept.
        served = isinstance(self.app, Hot) and not server_state.default_headers
        self._pages: Pages | None = self.app.pages if served else None
        self._crowd: Crowd | None = self.app.crowd if served else None
        self._in_head = False
        self._aside = b""

    def on_message_begin(self) -> None:
        """Remember that a head is being read."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Remember that it was read."""
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Answer from what is kept, or have it stand in line, or read on."""
        if self._aside:
            self._aside += data
            if len(self._aside) > REQUEST_BYTES:
                self.transport.abort()
        elif not self._between() or not (self._answered(data) or self._set_aside(data)):
            super().data_received(data)

    def _set_aside(self, data: bytes) -> bool:
        crowd = self._crowd
        if crowd is None or not crowd.crowded or not data.startswith(b"POST "):
            return False
        self._aside = data
        self._wait(None)
        self._unset_keepalive_if_required()
        crowd.line.join(self)
        return True

    def proceed(self) -> None:
        """Have what was set aside refused or read."""
        data, self._aside = self._aside, b""
        if not self.transport.is_closing() and not self._turned_away(data):
            super().data_received(data)

    def _between(self) -> bool:
        """Tell whether the next byte begins a message and nothing is being answered."""
        cycle = self.cycle
        return (
            self._pages is not None
            and not self._in_head
            and (cycle is None or (cycle.response_complete and not cycle.more_body))
            and not self.pipeline
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def _answered(self, data: bytes) -> bool:
        found = _REQUEST.fullmatch(data)
        if found is None or _LONG_WAY.search(data):
            return False
        target, known = found[1], None
        lines = _SAID.findall(data)
        if lines:
            said = {name.lower(): value for name, value in lines}
            if len(said) < len(lines):
                return False
            known = said.get(KNOWN)
            target = target_of(target, said.get(SCHEME), self.client[0] if self.client else "")
        page = self._pages.find(target, known) if self._pages is not None else None
        if page is None:
            return False
        page.answered.inc()
        self._write(page.raw)
        return True

    def _turned_away(self, data: bytes) -> bool:
        """Refuse a submission that came whole, with what others were refused with, while there is a crowd."""
        crowd = self._crowd
        if crowd is None or not crowd.crowded:
            return False
        end = data.find(b"\r\n\r\n") + 4
        found = _SUBMISSION.fullmatch(data, 0, end)
        lines = _OF_ASKER.findall(data, 0, end)
        said = {name.lower(): value for name, value in lines}
        if found is None or len(said) < len(lines) or _CODED.search(data, 0, end):
            return False
        length = said.get(b"content-length", b"")
        if not length.isdigit() or len(data) != end + int(length):
            return False
        host = self.client[0] if self.client else ""
        raw = crowd.refusal((found[1], said.get(b"origin", b""), said.get(SCHEME, b""), host))
        if raw is None:
            return False
        requests("POST", "unmatched", HTTPStatus.SERVICE_UNAVAILABLE).inc()
        self._write(raw)
        return True

    def _write(self, raw: bytes) -> None:
        """Send a whole answer, and wait for the next request as long as after any other."""
        # The first request of a connection is waited for, and this was it.
        self._wait(None)
        self._unset_keepalive_if_required()
        self.transport.write(raw)
        self.server_state.total_requests += 1
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
