"""A whole Gatepost for one measurement: a Redis, a site, and API, worker and baseline processes on demand."""

import asyncio
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace
from redis import Redis

from benchmarks.bare import KEYS_VARIABLE
from benchmarks.processes import Watched, free_port, python, redis_server
from service.domain.rule_settings import RepeatsRule
from service.settings import Settings, read_settings
from service.wiring import open_house
from service.workflow.sites import add_site, default_policy

SITE = "bench"
LANE = "main"
ORIGIN = "https://bench.example"
CLASSIFIER = "embedded-fast"
# For what measures reads of Redis: nothing is answered from memory.
NOTHING_KEPT = {"GATEPOST_CACHE_BYTES": "0"}
# Admission is not what is measured: nothing may be refused for a full queue.
_BACKLOG = "100000000"


@dataclass(frozen=True)
class Stack:
    """A Redis with one site in it."""

    folder: Path
    env: dict[str, str]
    redis: Watched
    redis_url: str
    key: str

    @property
    def settings(self) -> Settings:
        """Read the settings that the processes are given."""
        return read_settings(self.env)

    def client(self) -> Redis:
        """Open a plain client for looking in."""
        return Redis.from_url(self.redis_url)

    @contextmanager
    def api(self, **env: str) -> Iterator[Watched]:
        """Run the API as it is shipped, with further variables in its environment."""
        port = free_port()
        with python(
            ["-m", "service.api", "--port", str(port)],
            env={**self.env, **env},
            folder=self.folder,
            name="api",
            port=port,
        ) as watched:
            yield watched

    @contextmanager
    def bare(self) -> Iterator[Watched]:
        """Run the baseline."""
        port = free_port()
        env = {**self.env, KEYS_VARIABLE: self.key}
        with python(
            ["-m", "benchmarks.bare", "--port", str(port)], env=env, folder=self.folder, name="bare", port=port
        ) as watched:
            yield watched

    @contextmanager
    def granian(self) -> Iterator[Watched]:
        """Run the API's application under granian."""
        port = free_port()
        options = ["--interface", "asgi", "--loop", "uvloop", "--workers", "1", "--no-ws", "--http", "1"]
        place = ["--host", "127.0.0.1", "--port", str(port), "--backlog", "2048", "--backpressure", "2048"]
        command = ["-m", "granian", *options, *place, "benchmarks.under_granian:app"]
        with python(command, env=self.env, folder=self.folder, name="granian", port=port) as watched:
            yield watched

    @contextmanager
    def worker(self, *, profile: Path | None = None) -> Iterator[Watched]:
        """Run one worker; with a path its profile is written there when it ends."""
        command = ["-m", "workers"] if profile is None else ["-m", "benchmarks.profiled", str(profile), "workers"]
        with python(command, env=self.env, folder=self.folder, name="worker") as watched:
            yield watched


@contextmanager
def stack(classifier: str = CLASSIFIER, **more: str) -> Iterator[Stack]:
    """Start a Redis in a folder of its own and make the site; everything is gone afterwards.

    `more` are further variables of the processes' environment.
    """
    with tempfile.TemporaryDirectory(prefix="gp-bench-") as name:
        folder = Path(name)
        with redis_server(folder) as (server, url):
            env = {
                "GATEPOST_REDIS_URL": url,
                "GATEPOST_SECRET": secrets.token_hex(32),
                "GATEPOST_CLASSIFIER": classifier,
                "GATEPOST_BACKLOG": _BACKLOG,
                "GATEPOST_SITE_BACKLOG": _BACKLOG,
                "GATEPOST_LOG": "warning",
                **more,
            }
            key = asyncio.run(_make_site(read_settings(env), classifier))
            yield Stack(folder=folder, env=env, redis=server, redis_url=url, key=key)


async def _make_site(settings: Settings, classifier: str) -> str:
    async with open_house(settings) as house:
        policy = default_policy(classifier)
        site, key = await add_site(house, SITE, origins=(ORIGIN,), languages=("en",), lane=LANE, policy=policy)
        # The same texts are sent over and over: their repeats are counted, and never too many. No site may have that.
        rules = replace(policy.rules, repeats=RepeatsRule(by_author=10**9, by_anyone=10**9))
        await house.directory.put_policy(site, replace(policy, version=2, rules=rules), replaces=1)
        return key
