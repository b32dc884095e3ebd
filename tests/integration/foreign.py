"""A whole Gatepost for foreign clients: Redis, an API at an address of its own, a worker with the toy, and a key."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from service.domain.foreign import Surface
from service.settings import read_settings
from service.wiring import open_house
from service.workflow.keys import add_key
from tests.processes import ApiProcess, WorkerProcess, environment, wait_until
from tests.redis_server import RedisServer, any_server, free_port


@dataclass
class Works:
    """What runs, and a key for both surfaces."""

    redis: RedisServer
    api: ApiProcess
    worker: WorkerProcess
    key: str

    @property
    def url(self) -> str:
        """Give the API's address."""
        return self.api.url

    def make_key(self, *surfaces: Surface, per_minute: int = 0) -> str:
        """Make another key."""
        return make_key(self.redis.url, *surfaces, per_minute=per_minute)

    def analyze(self, text: str, **more: Any) -> httpx.Response:
        """Ask for the toxicity of a text."""
        body = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}, **more}
        return httpx.post(f"{self.url}/v1alpha1/comments:analyze", params={"key": self.key}, json=body, timeout=20)


def make_key(redis_url: str, *surfaces: Surface, per_minute: int = 0) -> str:
    """Make a key."""

    async def make() -> str:
        async with open_house(read_settings(environment(redis_url))) as house:
            return (await add_key(house, surfaces=surfaces, site=None, per_minute=per_minute))[1]

    return asyncio.run(make())


@contextmanager
def works(folder: Path) -> Iterator[Works]:
    """Start everything in a folder with a short path, and end it."""
    folder.mkdir()
    redis = RedisServer(any_server(), folder)
    redis.start()
    port = free_port()
    api = ApiProcess(redis.url, folder / "api.log", port=port, GATEPOST_PUBLIC_URL=f"http://127.0.0.1:{port}")
    worker = WorkerProcess(redis.url, folder / "worker.log")
    try:
        api.start()
        worker.start()
        made = Works(redis, api, worker, make_key(redis.url, "perspective", "openai"))
        wait_until(lambda: made.analyze("Hello").is_success, "a worker to score")
        yield made
    finally:
        worker.kill()
        api.kill()
        redis.kill()
