"""uvicorn's HTTP/1.1 connection with a short way for what is kept: no parser, no task, no scope.

Only a request of the plainest form goes that way: whole in one piece, at a message's beginning, of the grammar below
and without a body or anything about its sender. Whatever else comes is read by uvicorn, as without this file.
"""

import re
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from service.api.hot import KNOWN, PRIVATE, SCHEME, Hot, Pages, target_of

_REQUEST = re.compile(
    rb"GET (/v1/sites/[!-~]{1,4000}) HTTP/1\.1\r\n"
    rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}:[\t -~\x80-\xff]{0,4000}\r\n){1,64}\r\n"
)
# The two headers by which an answer may differ; what follows is not taken along, for it may be the other one.
_SAID = re.compile(rb"\r\n(if-none-match|x-forwarded-proto):[ \t]*([ -~]*?)[ \t]*(?=\r\n)", re.IGNORECASE)
# By the beginning of the name: one name too many only takes the longer way.
_LONG_WAY = re.compile(rb"\r\n(?:" + b"|".join(sorted(PRIVATE)) + rb"|connection:(?! ?keep-alive\r\n))", re.IGNORECASE)


class Express(HttpToolsProtocol):
    """One connection."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], **more: Any) -> None:  # noqa: ANN401 - as uvicorn calls it
        """Take what uvicorn gives; the pages are those of the application that it serves."""
        super().__init__(config, server_state, app_state, **more)
        # Headers of the server's own are not among those that are kept.
        served = isinstance(self.app, Hot) and not server_state.default_headers
        self._pages: Pages | None = self.app.pages if served else None
        self._reading = False

    def on_message_begin(self) -> None:
        """Remember that a head is being read."""
        self._reading = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Remember that it was read."""
        self._reading = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Answer from what is kept, or read on."""
        if self._pages is None or not self._between() or not self._answered(data, self._pages):
            super().data_received(data)

    def _between(self) -> bool:
        """Tell whether the next byte begins a message and nothing is being answered."""
        cycle = self.cycle
        return (
            not self._reading
            and (cycle is None or (cycle.response_complete and not cycle.more_body))
            and not self.pipeline
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def _answered(self, data: bytes, pages: Pages) -> bool:
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
        page = pages.find(target, known)
        if page is None:
            return False
        self._unset_keepalive_if_required()
        page.answered.inc()
        self.transport.write(page.raw)
        self.server_state.total_requests += 1
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        return True
