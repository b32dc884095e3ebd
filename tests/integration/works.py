"""A whole deployment of real processes with one site, as an operator finds it."""

from pathlib import Path
from typing import Any

import httpx

from tests.integration.shell import Shell
from tests.processes import ApiProcess, WorkerProcess
from tests.redis_server import RedisServer

ORIGIN = "https://mill.example"
COMMENTS = "/v1/sites/mill/comments"


class Works:
    """A site with an API and workers, all real, and the shell beside them."""

    def __init__(self, redis: RedisServer, api: ApiProcess, folder: Path) -> None:
        """Take the Redis, an API over it and a folder for logs."""
        self.redis = redis
        self.api = api
        self.shell = Shell(redis.url)
        self.workers: list[WorkerProcess] = []
        self._folder = folder
        made = self.shell.ask("site", "add", "mill", "--origin", ORIGIN, "--classifier", "embedded-fast")
        self.headers = {"authorization": f"Bearer {made['api_key']}"}

    def worker(self, **env: str) -> WorkerProcess:
        """Start a worker, with the toy classifier if no other is named."""
        log = self._folder / f"worker-{len(self.workers)}"
        process = WorkerProcess(self.redis.url, log, **{"GATEPOST_CLAIM_SECONDS": "1", **env})
        process.start()
        self.workers.append(process)
        return process

    def submit(self, body: str = "A fine morning.") -> httpx.Response:
        """Send a comment with the site's key."""
        sent = {"thread": "/mill", "author": {"name": "Anna"}, "body": body}
        return httpx.post(f"{self.api.url}{COMMENTS}", json=sent, headers=self.headers, timeout=10)

    def status(self, receipt: dict[str, Any]) -> str:
        """Ask for a comment's status with its author's token."""
        headers = {"authorization": f"Bearer {receipt['token']}"}
        told: str = httpx.get(f"{self.api.url}{COMMENTS}/{receipt['id']}", headers=headers, timeout=10).json()["status"]
        return told

    def lane(self) -> dict[str, Any]:
        """Ask how the one lane is."""
        (row,) = self.shell.ask("queue", "status")["lanes"]
        return dict(row)
