"""How many requests are answered at once: beyond that some are refused at once, so that the others keep their time.

A burst is let in, for it is over soon. Where the crowd does not thin out, each further request would only make all the
others wait longer: those get a 503 within microseconds, and are told how long it would take to serve what is being
refused. Refusing must cost little, or refusing many would leave no time to serve anyone: a refusal is kept for a tenth
of a second and given again, before the parser, to submissions that would be refused with the same bytes.
"""

import asyncio
import math
import random

import msgspec

from service.api.edge import App, Receive, Scope, Send
from service.api.line import Line
from service.api.problems import MEDIA_TYPE, describe
from service.domain.errors import Unavailable
from service.telemetry import TURNED_AWAY

# So many are answered at once for as long as it takes: on one core some 60 ms of work.
STEADY = 128
# So many for a moment: some 120 ms of work.
BURST = 256
MOMENT_SECONDS = 0.25
# A crowd that was gone for so long was another one.
CALM_SECONDS = 1.0
_WINDOW_SECONDS = 1.0
_LONGEST_SECONDS = 30
_SITES = "/v1/sites/"
# Where a request's scope says that it was refused here.
REFUSED = "gatepost.overloaded"
_KEPT_SECONDS = 0.1
_KEPT = 1_000
_LONGEST_ASKER = 500

# What a refusal's headers depend on: the path, the origin, the scheme that a proxy names, and the proxy.
Asker = tuple[bytes, bytes, bytes, str]


class Crowd:
    """An ASGI application around one whose requests cost something; event streams, which last, are not counted."""

    def __init__(self, app: App) -> None:
        """Take the application."""
        self._app = app
        self.inside = 0
        self._crowded_since = self._crowded_last = float("-inf")
        self._window = 0.0
        # Served and refused: within this window, and within the one before.
        self._now, self._before = [0, 0], [0, 0]
        self._refusals: dict[Asker, tuple[float, bytes]] = {}
        self.line = Line()

    @property
    def crowded(self) -> bool:
        """Tell whether so many are inside that somebody may be refused."""
        return self.inside >= STEADY

    def keep(self, asker: Asker, raw: bytes) -> None:
        """Keep what was refused with, for the next tenth of a second."""
        if sum(map(len, asker)) > _LONGEST_ASKER:
            return
        if len(self._refusals) >= _KEPT:
            self._refusals.clear()
        self._refusals[asker] = (asyncio.get_running_loop().time() + _KEPT_SECONDS, raw)

    def refusal(self, asker: Asker) -> bytes | None:
        """Refuse with what is kept, where somebody would be refused now."""
        until, raw = self._refusals.get(asker, (0.0, b""))
        now = asyncio.get_running_loop().time()
        if now >= until or not self._is_full(now):
            return None
        self._now[1] += 1
        TURNED_AWAY.inc()
        return raw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith(_SITES) or scope["path"].endswith("/stream"):
            await self._app(scope, receive, send)
            return
        now = asyncio.get_running_loop().time()
        if now >= self._window + _WINDOW_SECONDS:
            self._before = self._now if now < self._window + 2 * _WINDOW_SECONDS else [0, 0]
            self._now, self._window = [0, 0], now
        if self._is_full(now):
            self._now[1] += 1
            TURNED_AWAY.inc()
            scope[REFUSED] = True
            await self._refuse(send)
            return
        self._now[0] += 1
        self.inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.inside -= 1

    def _is_full(self, now: float) -> bool:
        if not self.crowded:
            return False
        # Not at the first gap: scripts share pipelines, so that a hundred leave at once, and as many come in again.
        if now - self._crowded_last > CALM_SECONDS:
            self._crowded_since = now
        self._crowded_last = now
        return self.inside >= BURST or now - self._crowded_since > MOMENT_SECONDS

    async def _refuse(self, send: Send) -> None:
        served, refused = self._now[0] + self._before[0], self._now[1] + self._before[1]
        # Serving those who were refused takes so long; they are spread over it, or they would come back together.
        longest = min(_LONGEST_SECONDS, 1 + math.ceil(refused / max(served, 1)))
        error = Unavailable(
            "More is asked here at once than can be served.",
            retry_after=random.randint(1, longest),  # noqa: S311 - nobody gains by guessing it
            slug="overloaded",
        )
        problem = describe(error)
        body = msgspec.json.encode(problem)
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"retry-after", str(problem["retry_after"]).encode()),
        ]
        await send({"type": "http.response.start", "status": problem["status"], "headers": headers})
        await send({"type": "http.response.body", "body": body})
