"""The order of things: Redis, the demo site, the API and the workers; and back again."""

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, TypeVar

from service.domain.errors import StorageDown
from service.settings import Settings
from service.storage.open import Storage, open_storage
from service.up.demo import Demo, ensure_demo
from service.up.door import OK, Door
from service.up.orphans import PidFile
from service.up.output import Output, say
from service.up.plan import Plan
from service.up.processes import Keeper, Program
from service.up.seeding import Abandoned, Seeding
from service.up.trouble import CannotStart
from service.wiring import open_house

_LOOK_SECONDS = 0.03
_PATIENCE_SECONDS = 10.0
# make passes SIGTERM on to what it runs, and whoever signals the whole group has signalled both already.
_ONE_WISH_SECONDS = 1.0
Found = TypeVar("Found")


class Stopped(Exception):
    """A signal came while everything was starting."""


class Running:
    """Everything that one `gatepost up` runs."""

    def __init__(self, plan: Plan, env: Mapping[str, str], settings: Settings) -> None:
        """Take the plan, the processes' environment and what it says."""
        self._plan = plan
        self._env = env
        self._settings = settings
        self._pids = PidFile(plan.places.pids)
        self._redis: list[Keeper] = []
        self._api: list[Keeper] = []
        self._workers: list[Keeper] = []
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._asked = 0.0

    async def run(self, server: Path, config: Path, ready: Callable[[Demo], None]) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP; raises CannotStart when something does not come up."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)
        try:
            demo = await self._start(server, config)
            ready(demo)
            await self._fill_busy_article(demo)
            await self._stopping.wait()
        except Stopped:
            say("stopped before everything was ready")
        finally:
            await self._stop()

    def _on_signal(self) -> None:
        """Stop at the first; be in a hurry at a later one. Two at once are one wish that came by two ways."""
        now = time.monotonic()
        if not self._stopping.is_set():
            self._stopping.set()
            self._asked = now
        elif now - self._asked > _ONE_WISH_SECONDS:
            self._hurry.set()

    def _keep(self, program: Program, *, shown: bool) -> Keeper:
        output = Output(program.name, self._plan.places.log(program.name), shown=shown)
        keeper = Keeper(program, self._env, output, self._pids)
        keeper.start()
        return keeper

    async def _start(self, server: Path, config: Path) -> Demo:
        self._redis = [self._keep(self._plan.redis(server, config), shown=False)]
        storage = open_storage(self._settings.redis_url, backlog=1, site_backlog=1)
        try:
            await self._reach(self._redis_answers(storage))
            demo = await self._reach(self._make_demo())
            self._api = [self._keep(self._plan.api(), shown=True)]
            numbers = range(1, self._plan.workers + 1)
            self._workers = [self._keep(self._plan.worker(number), shown=True) for number in numbers]
            await self._reach(self._all_ready(storage))
        finally:
            await storage.close()
        for keeper in self._keepers():
            keeper.settle()
        return demo

    def _keepers(self) -> list[Keeper]:
        return [*self._redis, *self._api, *self._workers]

    async def _reach(self, goal: Coroutine[Any, Any, Found]) -> Found:
        """Wait for something, unless a process proves hopeless or somebody wants us to stop."""
        loop = asyncio.get_running_loop()
        reaching = loop.create_task(goal)
        obstacles = [
            loop.create_task(event.wait()) for event in (self._stopping, *(k.hopeless for k in self._keepers()))
        ]
        try:
            await asyncio.wait((reaching, *obstacles), return_when=asyncio.FIRST_COMPLETED)
            if self._stopping.is_set():
                raise Stopped
            for keeper in self._keepers():
                if keeper.hopeless.is_set():
                    raise CannotStart(_hopeless(keeper, self._plan))
            return await reaching
        finally:
            for task in (reaching, *obstacles):
                task.cancel()
            await asyncio.gather(reaching, *obstacles, return_exceptions=True)

    async def _redis_answers(self, storage: Storage) -> None:
        told = time.monotonic()
        while True:
            try:
                await storage.fleet.probe()
            except StorageDown:
                if time.monotonic() - told > _PATIENCE_SECONDS:
                    say("Redis is still reading its data")
                    told = time.monotonic()
                await asyncio.sleep(_LOOK_SECONDS)
            else:
                return

    async def _make_demo(self) -> Demo:
        plan = self._plan
        async with open_house(self._settings) as house:
            return await ensure_demo(house, self._settings, plan.places, url=plan.url, port=plan.port)

    async def _all_ready(self, storage: Storage) -> None:
        """Wait for the API, and for the heartbeat of every worker that was started here.

        A heartbeat of an earlier start may outlive its worker by ten seconds: so names are compared, not counted.
        """
        while not (  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.to_thread(self._api_ready) and await self._workers_ready(storage)
        ):
            await asyncio.sleep(_LOOK_SECONDS)

    def _api_ready(self) -> bool:
        try:
            status, _ = Door(self._plan.reachable, self._plan.port).ask("GET", "/health/ready", seconds=2.0)
        except (OSError, HTTPException):
            return False
        return status == OK

    async def _workers_ready(self, storage: Storage) -> bool:
        try:
            beating = [info.name for info in await storage.fleet.workers() if info.healthy]
        except StorageDown:
            return False
        host = socket.gethostname()
        return all(any(name.startswith(f"{host}-{keeper.pid}-") for name in beating) for keeper in self._workers)

    async def _fill_busy_article(self, demo: Demo) -> None:
        stop = threading.Event()
        door = Door(self._plan.reachable, self._plan.port, demo.api_key)
        seeding = Seeding(door, demo.site, self._settings.public_url, stop)
        loop = asyncio.get_running_loop()
        filling = loop.create_task(asyncio.to_thread(seeding.run))
        stopping = loop.create_task(self._stopping.wait())
        await asyncio.wait((filling, stopping), return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        stopping.cancel()
        try:
            await filling
        except Abandoned as why:
            if not self._stopping.is_set():
                say(f"The busy article was not filled to the end: {why}.")

    async def _stop(self) -> None:
        """Stop in the order in which nothing is missed: whoever uses something ends before it."""
        self._stopping.set()
        for group in (self._workers, self._api, self._redis):
            await asyncio.gather(*(keeper.stop(self._hurry) for keeper in group))


def _hopeless(keeper: Keeper, plan: Plan) -> str:
    name = keeper.program.name
    what = {"redis": "Redis", "api": "The API"}.get(name, f"The {name}")
    return f"{what} does not start. Its last lines, of {plan.places.log(name)}:\n{keeper.output.last_lines()}"
