"""How each thing goes wrong, and how long; the supervisor brings back what ended."""

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable

import redis

from tests.chaos.plan import Fault
from tests.chaos.town import Member, Town

# A jump is up to a day and a half either way.
_JUMP_SECONDS = 36 * 3600
# Of a claim.
_AWAY = (0.25, 1.25)


class Mischief:
    """Does what a plan says to a town."""

    def __init__(self, town: Town) -> None:
        """Take the town."""
        self._town = town
        # What Redis itself counted of what it refused.
        self.refused: Counter[str] = Counter()
        self._deeds: dict[str, Callable[[Fault], Awaitable[None]]] = {
            "kill-worker": lambda fault: self._kill(self._worker(fault)),
            "kill-api": lambda fault: self._kill(self._api(fault)),
            "stop-worker": lambda fault: self._stop(self._worker(fault), fault),
            "stop-api": lambda fault: self._stop(self._api(fault), fault),
            "clock": self._jump,
            "kill-redis": lambda _: self._end_redis(signal.SIGKILL),
            "restart-redis": lambda _: self._end_redis(signal.SIGTERM),
            "stop-redis": self._stop_redis,
            "cut": self._cut,
            "tear": self._tear,
            "deaf": self._deaf,
            "delay": self._delay,
            "disk-full": self._fill_disk,
            "misconf": self._misconf,
            "out-of-memory": self._exhaust,
        }

    async def do(self, fault: Fault) -> None:
        """Do one thing and see it through."""
        await self._deeds[fault.name](fault)

    def _worker(self, fault: Fault) -> Member:
        return self._town.workers[fault.victim % len(self._town.workers)]

    def _api(self, fault: Fault) -> Member:
        return self._town.apis[fault.victim % len(self._town.apis)]

    def _any(self, fault: Fault) -> Member:
        return self._town.members[fault.victim % len(self._town.members)]

    def _away(self, fault: Fault) -> float:
        least, most = _AWAY
        return self._town.claim_seconds * (least + fault.size * (most - least))

    async def _kill(self, member: Member) -> None:
        member.signal(signal.SIGKILL)
        starts = member.starts
        while member.starts == starts:
            await asyncio.sleep(0.02)

    async def _stop(self, member: Member, fault: Fault) -> None:
        """Freeze a process for longer than its claims hold: others take over what it still believes to hold."""
        member.signal(signal.SIGSTOP)
        await asyncio.sleep(self._town.claim_seconds * (1.5 + fault.size))
        member.signal(signal.SIGCONT)

    async def _jump(self, fault: Fault) -> None:
        clock = self._any(fault).clock
        if clock is not None:
            clock.jump(random.Random(fault.size).randint(-_JUMP_SECONDS, _JUMP_SECONDS))

    async def _back(self, pid: int) -> None:
        """Wait until another redis-server than this one answers."""
        while True:
            with contextlib.suppress(AssertionError, redis.RedisError), self._town.redis.client() as client:
                if self._town.redis.pid != pid and client.ping():
                    return
            await asyncio.sleep(0.05)

    async def _end_redis(self, number: signal.Signals) -> None:
        pid = self._town.redis.pid
        os.kill(pid, number)
        await self._back(pid)

    async def _stop_redis(self, fault: Fault) -> None:
        pid = self._town.redis.pid
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(self._away(fault))
        os.kill(pid, signal.SIGCONT)

    async def _cut(self, fault: Fault) -> None:
        """Cut somebody's connections, or everybody's, a few times in a row."""
        everybody = fault.size > 0.5
        for _ in range(1 + fault.victim % 4):
            for member in self._town.members if everybody else [self._any(fault)]:
                self._town.wire(member.line, "cut")
            await asyncio.sleep(0.2)

    async def _for_a_while(self, member: Member, what: str, seconds: float) -> None:
        self._town.wire(member.line, what)
        await asyncio.sleep(seconds)
        self._town.wire(member.line, "through")

    async def _tear(self, fault: Fault) -> None:
        await self._for_a_while(self._any(fault), "tear", 0.5)

    async def _deaf(self, fault: Fault) -> None:
        await self._for_a_while(self._any(fault), "deaf", self._away(fault))

    async def _delay(self, fault: Fault) -> None:
        # From hardly noticeable to longer than the client waits.
        await self._for_a_while(self._any(fault), f"delay {0.02 + 2 * fault.size**3:.3f}", 1 + self._away(fault))

    async def _fill_disk(self, fault: Fault) -> None:
        """Fill the disk until Redis has ended of it, and a while longer."""
        town = self._town
        pid = town.redis.pid
        town.redis_wanted = False
        town.redis.room.fill(pid)
        try:
            while town.redis.alive():
                # Only a write notices.
                with contextlib.suppress(redis.RedisError), town.redis.client() as client:
                    client.set("gp:{dir}:probe", b"." * 4096, ex=60)
                await asyncio.sleep(0.05)
            await asyncio.sleep(self._away(fault))
        finally:
            town.redis.room.free()
            town.redis_wanted = True
        await self._back(pid)

    async def _configure(self, **settings: str | int) -> None:
        """Change settings of Redis, which may be away just now."""
        with contextlib.suppress(redis.RedisError), self._town.redis.client() as client:
            for name, value in settings.items():
                client.config_set(name.replace("_", "-"), value)

    async def _misconf(self, fault: Fault) -> None:
        """Let its snapshots fail: a folder stands where the file should be; it then refuses every write."""
        obstacle = self._town.redis.folder / "dump.rdb"
        obstacle.mkdir(exist_ok=True)
        await self._configure(save="1 1", stop_writes_on_bgsave_error="yes")
        await asyncio.sleep(2 + self._away(fault))
        self._count("MISCONF")
        await self._configure(save="")
        obstacle.rmdir()

    async def _exhaust(self, fault: Fault) -> None:
        """Let it have no more memory than it uses."""
        with contextlib.suppress(redis.RedisError), self._town.redis.client() as client:
            await self._configure(maxmemory=int(client.info("memory")["used_memory"]), maxmemory_policy="noeviction")
        await asyncio.sleep(self._away(fault))
        self._count("OOM")
        await self._configure(maxmemory=0)

    def _count(self, code: str) -> None:
        with contextlib.suppress(redis.RedisError), self._town.redis.client() as client:
            found = client.info("errorstats").get(f"errorstat_{code}", {})
            self.refused[code] += int(found.get("count", 0))
            client.config_resetstat()
