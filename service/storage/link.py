"""One connection to Redis as the rest of the storage sees it: commands, pipelines and scripts, with a deadline.

The one place that knows redis-py: which client retries, which blocks, and which errors mean "come back later".
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline, PubSub
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
# Half of what the pool allows: pipelines take from it as well.
READERS = 128

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
        self._readers = asyncio.Semaphore(READERS)
        self._flights = Flights(self._answers, deadline_seconds=DEADLINE_SECONDS)

    async def read(self, *command: Any) -> Any:  # noqa: ANN401 - what Redis answers depends on the command
        """Run one command that may safely run twice."""
        return await self._guarded(self._in_turn(command))

    async def _in_turn(self, command: Command) -> Any:  # noqa: ANN401 - as above
        # Each takes a connection: beyond the pool's many a burst would be told that the storage is away.
        async with self._readers:
            return await self._retrying.execute_command(*command, **_options(command))

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
        answers: list[Any] = await self._guarded(self._executed(pipe, raising=raising))
        for answer in answers:
            if isinstance(answer, BaseException) and is_away(answer):
                raise down(answer) from answer
        return answers

    async def _executed(self, pipe: Pipeline, *, raising: bool) -> list[Any]:
        async with self._readers:
            answers: list[Any] = await pipe.execute(raise_on_error=raising)
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
        async for keys in self.scan_steps(near, pattern, count=1000):
            for key in keys:
                yield key

    async def scan_steps(self, near: str, pattern: str, *, count: int) -> AsyncIterator[list[str]]:
        """Find the same step by step: each looks at about `count` keys, and may find none."""
        client: Redis | RedisCluster = self._retrying
        node = client.get_node_from_key(near) if isinstance(client, RedisCluster) else None
        async for keys in self._scan(pattern, count, node):
            yield keys

    async def _scan(self, pattern: str, count: int, node: Any) -> AsyncIterator[list[str]]:  # noqa: ANN401 - redis-py's
        cursor = 0
        while True:
            cursor, keys = await self._scanned(pattern, cursor, count, node)
            yield keys
            if not cursor:
                return

    async def _scanned(self, pattern: str, cursor: int, count: int, node: Any) -> tuple[int, list[str]]:  # noqa: ANN401 - redis-py's
        client: Redis | RedisCluster = self._retrying
        command = ("SCAN", cursor, "MATCH", pattern.replace("{", "\\{").replace("}", "\\}"), "COUNT", count)
        where = {} if node is None else {"target_nodes": node}
        following, keys = await self._guarded(client.execute_command(*command, **where))
        if isinstance(following, dict):
            # A cluster client gives a cursor by node, here of the one that was asked.
            (following,) = following.values()
        return following, [key.decode() for key in keys]

    async def scan_step(self, near: str, pattern: str, cursor: int) -> tuple[int, list[str]]:
        """Find some keys of a pattern on the node that holds the key `near`, and where to go on: 0 is the end."""
        client: Redis | RedisCluster = self._retrying
        node = client.get_node_from_key(near) if isinstance(client, RedisCluster) else None
        return await self._scanned(pattern, cursor, 1000, node)

    async def everywhere(self, pattern: str, *, count: int) -> AsyncIterator[list[str]]:
        """Find the keys of a pattern on every node, step by step."""
        for node in await self._nodes():
            async for keys in self._scan(pattern, count, node):
                yield keys

    async def ask_each(self, *command: Any) -> dict[str, Any]:  # noqa: ANN401 - what Redis answers depends on it
        """Ask every node that holds data; by its name, an error that says what it refuses is its answer."""
        client: Any = self._retrying
        answers: dict[str, Any] = {}
        for node in await self._nodes():
            where = {} if node is None else {"target_nodes": node}
            try:
                answer = await self._guarded(client.execute_command(*command, **where))
            except ResponseError as error:
                answer = error
            answers["" if node is None else node.name] = answer
        return answers

    async def _nodes(self) -> list[Any]:
        client: Any = self._retrying
        if not isinstance(client, RedisCluster):
            return [None]
        await self._guarded(client.initialize())
        return list(client.get_primaries())

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
