"""The API over a real socket and a real Redis, as in tests/integration."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.conftest import api_process, own_redis, populate, served, town
from tests.processes import ApiProcess
from tests.redis_server import RedisServer, any_server
from tests.security.tls_redis import tls

__all__ = ["Fort", "api_process", "fort", "own_redis", "served", "tls", "town"]


@dataclass
class Fort:
    """A process that a whole file of tests attacks, with its Redis and the tokens of those who may ask."""

    redis: RedisServer
    api: ApiProcess
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def fort(short_path: Path, request: pytest.FixtureRequest) -> Iterator[Fort]:
    folder = short_path / f"f{abs(hash(request.node.name)) % 100_000}"
    folder.mkdir()
    redis = RedisServer(any_server(), folder)
    redis.start()

    async def towns() -> dict[str, str]:
        backend, _, _, tokens = await populate(redis)
        await backend.close()
        return tokens

    tokens = asyncio.run(towns())
    api = ApiProcess(redis.url, folder / "api.log")
    api.start()
    yield Fort(redis, api, tokens)
    api.kill()
    redis.kill()
