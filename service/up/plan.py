"""What `gatepost up` was asked for, and what it runs."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.up.places import Places
from service.up.processes import Program

# Longer than each process's own deadline for what it holds.
_WORKER_SECONDS = 25.0
_API_SECONDS = 10.0
_REDIS_SECONDS = 15.0
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


@dataclass(frozen=True)
class Plan:
    """The options after they were checked."""

    places: Places
    host: str
    port: int
    workers: int

    @property
    def reachable(self) -> str:
        """Name this machine's address at which the API listens."""
        return _EVERYWHERE.get(self.host, self.host)

    @property
    def url(self) -> str:
        """Write the address of the API for this machine."""
        host = f"[{self.reachable}]" if ":" in self.reachable else self.reachable
        return f"http://{host}:{self.port}"

    def environment(self, environ: Mapping[str, str], secret: str) -> dict[str, str]:
        """Make the processes' environment: ours, with the Redis, the secret and the address of this folder."""
        return {
            **environ,
            "GATEPOST_REDIS_URL": self.places.redis_url,
            "GATEPOST_SECRET": secret,
            "GATEPOST_PUBLIC_URL": environ.get("GATEPOST_PUBLIC_URL") or self.url,
            "GATEPOST_LEDGER": str(self.places.ledger),
            # Lines reach the log when they are written, not when a buffer is full.
            "PYTHONUNBUFFERED": "1",
        }

    def redis(self, server: Path, config: Path) -> Program:
        """Run the server. A first start that fails will fail again."""
        return Program("redis", (str(server), str(config)), _REDIS_SECONDS, tries=1)

    def api(self) -> Program:
        """Run the HTTP door."""
        options = ("--host", self.host, "--port", str(self.port))
        return Program("api", (sys.executable, "-m", "service.api", *options), _API_SECONDS)

    def worker(self, number: int) -> Program:
        """Run one of the queue doors, numbered from 1."""
        name = "worker" if self.workers == 1 else f"worker-{number}"
        return Program(name, (sys.executable, "-m", "workers"), _WORKER_SECONDS)
