"""From GATEPOST_REDIS_URL to a Link: one node, Sentinel or Cluster."""

from typing import Any
from urllib.parse import urlsplit

import hiredis
from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from service.storage.link import Link

_CONNECT_SECONDS = 1.0
_ANSWER_SECONDS = 1.5
# Longer than any blocking read's own wait, or the client gives up before Redis answers.
_BLOCKING_SECONDS = 15.0
_SENTINEL_PORT = 26379
_CLUSTER_PORT = 6379


def _retry(times: int) -> Retry:
    return Retry(ExponentialBackoff(cap=0.2, base=0.02), times)


def _settings(times: int, answer_seconds: float | None) -> dict[str, Any]:
    return {
        "socket_connect_timeout": _CONNECT_SECONDS,
        "socket_timeout": answer_seconds,
        "retry": _retry(times),
        "max_connections": 256,
    }


def _hosts(netloc: str, default_port: int) -> list[tuple[str, int]]:
    hosts = netloc.rpartition("@")[2].split(",")
    return [(h.rpartition(":")[0] or h, int(h.rpartition(":")[2])) if ":" in h else (h, default_port) for h in hosts]


def _credentials(netloc: str) -> dict[str, Any]:
    user, _, password = netloc.rpartition("@")[0].partition(":")
    return {name: value for name, value in (("username", user), ("password", password)) if value}


def _sentinel(url: str, times: int, answer_seconds: float | None) -> Redis:
    parts = urlsplit(url)
    login = _credentials(parts.netloc)
    sentinel = Sentinel(
        _hosts(parts.netloc, _SENTINEL_PORT),
        sentinel_kwargs={"socket_connect_timeout": _CONNECT_SECONDS, "socket_timeout": _ANSWER_SECONDS},
        **login,
    )
    client: Redis = sentinel.master_for(
        parts.path.lstrip("/"), legacy_responses=False, **_settings(times, answer_seconds)
    )
    return client


def _cluster(url: str, times: int, answer_seconds: float | None) -> RedisCluster:
    parts = urlsplit(url)
    settings = _settings(times, answer_seconds)
    return RedisCluster(
        startup_nodes=[ClusterNode(host, port) for host, port in _hosts(parts.netloc, _CLUSTER_PORT)],
        legacy_responses=False,
        **_credentials(parts.netloc),
        **settings,
    )


def connect(url: str) -> Link:
    """Open a Redis by URL: `redis://`, `rediss://`, `unix://`, `redis+sentinel://h:p,h:p/NAME`, `redis+cluster://h:p`.

    Nothing is sent yet. Raises ValueError for a URL of another form.
    """
    kind = url.partition("://")[0]
    make: Any
    if kind == "redis+sentinel":
        make = _sentinel
    elif kind == "redis+cluster":
        make = _cluster
    elif kind in ("redis", "rediss", "unix"):

        def make(url: str, times: int, answer_seconds: float | None) -> Redis:
            return Redis.from_url(url, legacy_responses=False, **_settings(times, answer_seconds))

    else:
        message = "the Redis URL must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://"
        raise ValueError(message)
    subscriber = make(url, 0, None)
    if kind == "redis+cluster":
        # A message published on any node reaches every node, and the cluster client has no subscriptions of its own.
        host, port = _hosts(urlsplit(url).netloc, _CLUSTER_PORT)[0]
        subscriber = Redis(host=host, port=port, **_credentials(urlsplit(url).netloc), **_settings(0, None))
    clients = {
        "retrying": make(url, 3, _ANSWER_SECONDS),
        "plain": make(url, 0, _ANSWER_SECONDS),
        "blocking": make(url, 0, _BLOCKING_SECONDS),
        "subscriber": subscriber,
    }
    for client in clients.values():
        _improve_connections(client)
    return Link(**clients, watchers=[watcher for client in clients.values() for watcher in _watchers(client)])


def _watchers(client: Any) -> list[Redis]:  # noqa: ANN401 - any of redis-py's clients
    """Find the clients by which another asks Sentinel where its master is; it does not close them itself."""
    pool = getattr(client, "connection_pool", None)
    return list(pool.sentinel_manager.sentinels) if isinstance(pool, SentinelConnectionPool) else []


class _Improved:
    """A connection of redis-py's that packs faster and says clearly that it was reset."""

    def pack_command(self, *args: Any) -> list[bytes]:  # noqa: ANN401 - what redis-py can send
        """Pack with hiredis, which asyncio connections use for answers alone: 8 % of a submission."""
        name = args[0]
        # redis-py's own commands have names of two words, which the server wants apart.
        if (type(name) is str and " " in name) or (type(name) is bytes and b" " in name):
            args = (*name.split(), *args[1:])
        return [hiredis.pack_command(args)]

    async def send_packed_command(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - redis-py's own
        """Send; a connection that was reset under us is an error of the connection, so that it is replaced."""
        try:
            await super().send_packed_command(*args, **kwargs)  # type: ignore[misc]
        except RuntimeError as error:
            # uvloop's word for a transport that is closed already, where asyncio's own would raise OSError.
            if "closed" not in str(error):
                raise
            message = "The connection was reset."
            raise RedisConnectionError(message) from error


def _improved(kind: type) -> type:
    return type(f"Improved{kind.__name__}", (_Improved, kind), {})


def _improve_connections(client: Any) -> None:  # noqa: ANN401 - any of redis-py's clients
    if isinstance(client, RedisCluster):
        # It makes its connections itself, node by node: of those it was told of, and of those it will find.
        for node in client.nodes_manager.startup_nodes.values():
            node.connection_class = _improved(node.connection_class)
            client.connection_kwargs["connection_class"] = node.connection_class
    else:
        pool = client.connection_pool
        pool.connection_class = _improved(pool.connection_class)
