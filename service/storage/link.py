"""One connection to Redis as the rest of the storage sees it: commands, pipelines and scripts, with a deadline.

The one place that knows redis-py: which client retries, which blocks, and which errors mean "come back later".
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from service.domain.errors import StorageDown
from service.storage.flights import Command, Flights
from service.storage.scripts import Script

# The API answers 503 within 2 seconds when Redis is away: what is asked of it must have failed before.
DEADLINE_SECONDS = 1.6
RETRY_AFTER = 2

_AWAY = (
    RedisConnectionError,
    RedisTimeoutError,
    BusyLoadingError,
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    TimeoutError,
    OSError,
)
_AWAY_CODES = ("MISCONF", "NOREPLICAS", "OOM", "LOADING", "MASTERDOWN", "READONLY", "CLUSTERDOWN", "TRYAGAIN")


def is_away(error: BaseException) -> bool:
    """Tell whether an error means that Redis cannot serve now, rather than that the question was wrong."""
    # A script's error carries the failing command's code behind some text of its own.
    codes = str(error) if isinstance(error, ResponseError) else ""
    return isinstance(error, _AWAY) or any(code in codes for code in _AWAY_CODES)


def down(error: BaseException) -> StorageDown:
    """Make the error that the caller sees, without what Redis said: that may name hosts."""
    return StorageDown(f"The storage cannot serve now ({type(error).__name__}).", retry_after=RETRY_AFTER)


def _options(command: Command) -> dict[str, bool]:
    """Tell redis-py which form of an answer to parse: it cannot see that from the arguments."""
    if command[0] == "XPENDING" and len(command) > 3:  # noqa: PLR2004 - the short form has key and group alone
        return {"parse_detail": True}
    if command[0] == "XCLAIM" and command[-1] == "JUSTID":
        return {"parse_justid": True}
    return {}


class Link:
    """Commands that may be repeated, writes that may not, scripts, and blocking reads."""

    def __init__(
        self, *, retrying: Redis, plain: Redis, blocking: Redis, subscriber: Redis, watchers: Sequence[Redis] = ()
    ) -> None:
        """Take the four clients that `connect` makes of one URL, and those by which they find their server."""
        self._watchers = watchers
        self._retrying = retrying
        self._plain = plain
        self._blocking = blocking
        self._subscriber = subscriber
        self._flights = Flights(self._answers, deadline_seconds=DEADLINE_SECONDS)

    async def read(self, *command: Any) -> Any:  # noqa: ANN401 - what Redis answers depends on the command
        """Run one command that may safely run twice."""
        return await self._guarded(self._retrying.execute_command(*command, **_options(command)))

    async def write(self, *command: Any) -> Any:  # noqa: ANN401 - what Redis answers depends on the command
        """Run one command that must not be repeated by the client."""
        return await self._guarded(self._plain.execute_command(*command, **_options(command)))

    async def block(self, *command: Any, seconds: float) -> Any:  # noqa: ANN401 - as above
        """Run one command that waits up to a number of seconds, on a connection of its own."""
        return await self._guarded(self._blocking.execute_command(*command), seconds + DEADLINE_SECONDS)

    async def pipeline(
        self, commands: Sequence[Command], *, repeatable: bool = True, raising: bool = True
    ) -> list[Any]:
        """Run commands in one round trip, not as a transaction.

        Raises the first error among the answers; with `raising` off a wrong question's error is its answer.
        """
        if not commands:
            return []
        pipe = (self._retrying if repeatable else self._plain).pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command, **_options(command))
        answers: list[Any] = await self._guarded(pipe.execute(raise_on_error=raising))
        for answer in answers:
            if isinstance(answer, BaseException) and is_away(answer):
                raise down(answer) from answer
        return answers

    async def script(self, script: Script, keys: Sequence[str], args: Sequence[Any]) -> Any:  # noqa: ANN401 - as above
        """Run a script; concurrent ones share a pipeline, which saves a quarter of the API's CPU.

        Scripts find their own earlier work, so the client may repeat them.
        """
        future = self._flights.book(script, keys, args)
        if future is None:
            message = "Too much waits for the storage."
            raise StorageDown(message, retry_after=RETRY_AFTER)
        try:
            return await future
        except (RedisError, OSError, TimeoutError) as error:
            if is_away(error):
                raise down(error) from error
            raise

    async def _answers(self, commands: Sequence[Command]) -> list[Any]:
        pipe = self._retrying.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        answers: list[Any] = await pipe.execute(raise_on_error=False)
        return answers

    async def scan(self, near: str, pattern: str) -> AsyncIterator[str]:
        """Find the keys of a pattern on the node that holds the key `near`."""
        client: Redis | RedisCluster = self._retrying
        cursor = 0
        while True:
            command = ("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
            where = {"target_nodes": client.get_node_from_key(near)} if isinstance(client, RedisCluster) else {}
            answer = await self._guarded(client.execute_command(*command, **where))
            cursor, keys = answer
            if isinstance(cursor, dict):
                # A cluster client gives a cursor by node, here of the one that was asked.
                (cursor,) = cursor.values()
            for key in keys:
                yield key.decode()
            if not cursor:
                return

    async def publish(self, channel: str, message: bytes) -> bool:
        """Publish; tells false only where it is sure that nobody listens. Leaves no trace in any file."""
        heard = await self._guarded(self._retrying.execute_command("PUBLISH", channel, message))
        # A node of a cluster counts its own listeners alone.
        client: Redis | RedisCluster = self._retrying
        return bool(heard) or isinstance(client, RedisCluster)

    def pubsub(self) -> PubSub:
        """Make a subscription, which has a connection of its own."""
        return self._subscriber.pubsub()

    async def close(self) -> None:
        """Finish what is in flight and close every connection."""
        await self._flights.land()
        for client in (self._retrying, self._plain, self._blocking, self._subscriber, *self._watchers):
            await client.aclose()

    async def _guarded(self, answer: Any, seconds: float = DEADLINE_SECONDS) -> Any:  # noqa: ANN401 - as above
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except (RedisError, OSError, TimeoutError) as error:
            if is_away(error):
                raise down(error) from error
            raise
