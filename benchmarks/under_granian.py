"""The API's application for a server that imports it: the house is opened by the ASGI lifespan."""

from contextlib import AsyncExitStack

from service.api.app import create_edge
from service.api.edge import App, Receive, Scope, Send
from service.settings import read_settings
from service.wiring import open_house


class Opened:
    """An application that opens its house when the server starts it."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._stack = AsyncExitStack()
        self._edge: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; before that, at `lifespan`, open the house."""
        if self._edge is None:
            settings = read_settings()
            house = await self._stack.enter_async_context(open_house(settings))
            self._edge = create_edge(house, settings)
        await self._edge(scope, receive, send)
        if scope["type"] == "lifespan":
            await self._stack.aclose()


app = Opened()
