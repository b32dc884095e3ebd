"""The baseline: the least that a Litestar service does for a durable, queued POST and for a list of 20 values.

The POST checks the site's key and runs one script that sets the value and adds a queue entry, in one round trip; the
GET asks for 20 ids and then for their stored JSON. Server, event loop and settings are those of `service.api`.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import click
import msgspec
import redis.asyncio
import uvicorn
import uvloop
from litestar import Litestar, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotAuthorizedException
from litestar.params import FromPath, FromQuery, RequestBody, SkipValidation

from service.settings import read_settings

SCRIPT = """
redis.call('SET', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[2], '*', 'i', ARGV[2])
return 1
"""
KEYS_VARIABLE = "BENCH_SITE_KEY"


class Sender(msgspec.Struct, frozen=True):
    """Who sends."""

    name: str
    device: str | None = None


class Sent(msgspec.Struct, frozen=True):
    """What is sent."""

    thread: str
    author: Sender
    body: str


class Receipt(msgspec.Struct, frozen=True):
    """What is answered."""

    id: str


@dataclass(frozen=True)
class Store:
    """The connection, the script and the hash of the one key that is let in."""

    client: redis.asyncio.Redis
    sha: str
    key_hash: str


Given = NamedDependency[SkipValidation[Store]]


@post("/v1/sites/{site:str}/comments", status_code=202)
async def submit(
    site: FromPath[str], data: RequestBody[Sent], request: Request[Any, Any, Any], store: Given
) -> Response[bytes]:
    """Store and queue one value."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if hashlib.sha256(token.encode()).hexdigest() != store.key_hash:
        raise NotAuthorizedException
    made = secrets.token_hex(16)
    value = msgspec.json.encode(data)
    await store.client.evalsha(store.sha, 2, f"bare:{{{site}}}:c:{made}", f"bare:{{{site}}}:q", value, made)
    return Response(msgspec.json.encode(Receipt(made)), media_type="application/json")


@get("/v1/sites/{site:str}/comments")
async def listed(site: FromPath[str], thread: FromQuery[str], store: Given) -> Response[bytes]:
    """Read 20 stored values and join them."""
    ids: Any = await store.client.zrange(f"bare:{{{site}}}:t:{thread}", 0, 19)
    values: Any = await store.client.mget([f"bare:{{{site}}}:c:{one.decode()}" for one in ids])
    return Response(b"[" + b",".join(values) + b"]", media_type="application/json")


def create_app(store: Store) -> Litestar:
    """Build the baseline's application."""
    return Litestar(
        route_handlers=[submit, listed],
        dependencies={"store": Provide(lambda: store, sync_to_thread=False)},
        logging_config=None,
        openapi_config=None,
    )


async def serve(redis_url: str, key: str, port: int) -> None:
    """Serve until SIGTERM."""
    client = redis.asyncio.Redis.from_url(redis_url, legacy_responses=False)
    sha = await client.script_load(SCRIPT)
    store = Store(client, sha, hashlib.sha256(key.encode()).hexdigest())
    config = uvicorn.Config(
        create_app(store),
        port=port,
        backlog=2_048,
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        log_config=None,
    )
    await uvicorn.Server(config).serve()


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--key", envvar=KEYS_VARIABLE, required=True)
def main(port: int, key: str) -> None:
    """Serve the baseline."""
    uvloop.run(serve(read_settings().redis_url, key, port))


if __name__ == "__main__":
    main()
