"""Gatepost as it runs in production: Redis, two APIs and three workers behind a bad network, and a supervisor."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import httpx

from service.domain.rule_settings import DuplicateRule, RepeatsRule, Rules
from service.domain.site import Site
from service.settings import read_settings
from service.wiring import open_house
from service.workflow.sites import add_principal
from tests.builders import policy_of, site_of
from tests.chaos.clocks import WallClock, library
from tests.chaos.room import Room
from tests.fakes.clock import Clock
from tests.processes import ROOT, START_SECONDS, ApiProcess, Service, WorkerProcess, environment
from tests.redis_server import RedisServer, any_server, free_port

APIS = 2
WORKERS = 3
_LOOK_SECONDS = 0.1
# The crowd has few texts, and what becomes of each is known beforehand.
ALIKE = Rules(duplicate=DuplicateRule(enabled=False), repeats=RepeatsRule(enabled=False))
_AGAIN_SECONDS = 0.4
_REDIS_AGAIN_SECONDS = 0.2


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/health/live")).is_success
    except httpx.HTTPError:
        return False


class DurableRedis(RedisServer):
    """A redis-server that may find its disk full."""

    def __init__(self, room: Room) -> None:
        """Take where it writes."""
        super().__init__(any_server(), room.folder, options=("--dbfilename", "dump.rdb"))
        # A bound on files must be an error of the write, as a full disk is, and not the end by a signal.
        self._command = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "redis-server", *self._command]
        self.room = room
        self.exits: Counter[int] = Counter()

    def alive(self) -> bool:
        """Tell whether it runs; counts how it ended."""
        if self._process is None:
            return False
        code = self._process.poll()
        if code is not None:
            self.exits[code] += 1
            self._process = None
        return code is None


class Member:
    """One process that comes back whatever becomes of it."""

    def __init__(self, name: str, service: Service, line: int, clock: WallClock | None) -> None:
        """Take its name, the process, the number of its line to Redis and its clock."""
        self.name = name
        self.service = service
        self.line = line
        self.clock = clock
        self.starts = 0
        self.exits: Counter[int] = Counter()

    def start(self) -> None:
        """Start and go on at once."""
        self.starts += 1
        Service.start(self.service)

    def gone(self) -> bool:
        """Tell whether it ended; counts how."""
        if self.service.alive():
            return False
        with contextlib.suppress(AssertionError):
            self.exits[self.service.wait()] += 1
        self.service.kill()
        return True

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it is there."""
        if self.service.alive():
            os.kill(self.service.pid, number)

    def memory(self) -> int:
        """Read its resident memory in bytes."""
        status = Path(f"/proc/{self.service.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024


class Town:
    """Everything that runs, on loopback alone."""

    def __init__(self, folder: Path, *, claim_seconds: int) -> None:
        """Take a folder with a short path, and how long a claim holds."""
        self.folder = folder
        self.claim_seconds = claim_seconds
        self.redis = DurableRedis(Room(folder / "r"))
        ports = [free_port() for _ in range(APIS + WORKERS)]
        self._ports = ports
        self._proxy: subprocess.Popen[bytes] | None = None
        self.libfaketime = library()
        self.apis = [self._member(ApiProcess, number, ports[number]) for number in range(APIS)]
        self.workers = [self._member(WorkerProcess, APIS + n, ports[APIS + n]) for n in range(WORKERS)]
        self.urls = [member.service.url for member in self.apis if isinstance(member.service, ApiProcess)]
        self._closing = False
        self._supervisors: list[asyncio.Task[None]] = []
        # A Redis that may not come back yet: an outage lasts as long as the fault says.
        self.redis_wanted = True

    @property
    def members(self) -> list[Member]:
        """List APIs and workers."""
        return [*self.apis, *self.workers]

    def _member(self, kind: type[ApiProcess | WorkerProcess], number: int, port: int) -> Member:
        name = f"{'api' if kind is ApiProcess else 'worker'}-{number}"
        clock = WallClock(self.folder / f"{name}.clock", self.libfaketime) if self.libfaketime else None
        env: Mapping[str, str] = {
            "GATEPOST_CLAIM_SECONDS": str(self.claim_seconds),
            "GATEPOST_LOG": "warning",
            **(clock.environment if clock else {}),
        }
        url, log = f"redis://127.0.0.1:{port}", self.folder / f"{name}.log"
        if kind is WorkerProcess:
            return Member(name, WorkerProcess(url, log, **env), number, clock)
        http = free_port()
        api = ApiProcess(url, log, port=http, **env)
        # Known before it says so: who comes back is found again.
        api.url = f"http://127.0.0.1:{http}"
        return Member(name, api, number, clock)

    async def start(self) -> tuple[Site, str, str]:
        """Start everything; returns the site, its key and a moderator's token."""
        await asyncio.to_thread(self.redis.start)
        site = site_of(Clock(), "mill")
        async with open_house(read_settings(environment(self.redis.url))) as house:
            await house.directory.add_site(site, policy_of(rules=ALIKE))
            _, key = await add_principal(house, role="site", sites=(site.id,))
            _, moderator = await add_principal(house, role="moderator", sites=(site.id,))
        self._start_proxy()
        for member in self.members:
            member.start()
        self._supervisors = [asyncio.create_task(self._keep(member)) for member in self.members]
        self._supervisors.append(asyncio.create_task(self._keep_redis()))
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as http:
            for url in self.urls:
                while not await _answers(http, url):
                    await asyncio.sleep(0.05)
        return site, key, moderator

    def _start_proxy(self) -> None:
        self._proxy = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/chaos/proxy.py"), str(self.redis.socket), *map(str, self._ports)],
            stdin=subprocess.PIPE,
        )

    async def _keep(self, member: Member) -> None:
        while not self._closing:
            if member.gone():
                await asyncio.sleep(_AGAIN_SECONDS)
                member.start()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _keep_redis(self) -> None:
        while not self._closing:
            if not self.redis.alive() and self.redis_wanted:
                # It may end again at once: while the disk is full, it does.
                with contextlib.suppress(RuntimeError):
                    await asyncio.to_thread(self.redis.start)
            await asyncio.sleep(_REDIS_AGAIN_SECONDS)

    def wire(self, line: int, what: str) -> None:
        """Tell the network what becomes of one process's line to Redis."""
        assert self._proxy is not None
        assert self._proxy.stdin is not None
        self._proxy.stdin.write(f"{line} {what}\n".encode())
        self._proxy.stdin.flush()

    async def rest(self) -> None:
        """Stop supervising, and end every process but Redis in good order."""
        self._closing = True
        await asyncio.gather(*self._supervisors)
        await asyncio.gather(*(asyncio.to_thread(member.service.stop) for member in self.members))

    def close(self) -> None:
        """End everything at once."""
        self._closing = True
        for task in self._supervisors:
            task.cancel()
        for member in self.members:
            member.service.kill()
        if self._proxy is not None:
            self._proxy.kill()
            self._proxy.communicate()
        self.redis.kill()
        self.redis.room.close()
