"""The housekeeper: beside its work, a worker keeps house for the lanes whose lease it holds."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence

from service.domain.chores import STEP, Chore, Housekeeping
from service.domain.errors import StorageDown

_log = logging.getLogger(__name__)

# What a dead housekeeper's lanes wait until another takes over. Far longer than a step.
LEASE_SECONDS = 6.0
ROUND_SECONDS = 1.0
# Between two full steps: the work comes first.
BREATH_SECONDS = 0.05
# After a chore failed, unless its period is shorter.
FAILED_SECONDS = 60.0


class Housekeeper:
    """One worker's housekeeping: one lease a lane, and in it every chore that is due, a step at a time."""

    def __init__(
        self, *, name: str, housekeeping: Housekeeping, chores: Sequence[Chore], lanes: Callable[[], Collection[str]]
    ) -> None:
        """Take the worker's name, the port, what is to be done and which lanes the worker serves now."""
        self._name = name
        self._housekeeping = housekeeping
        self._chores = tuple(chores)
        self._lanes = lanes
        # When each chore of a lane in hand is due, by this process's own clock, and over how many it has gone.
        self._due: dict[str, dict[str, float]] = {}
        self._touched: dict[tuple[str, str], int] = {}
        self.last_runs: dict[str, float] = {}

    @property
    def keeps(self) -> tuple[str, ...]:
        """Name the lanes whose lease this worker holds, as far as it knows."""
        return tuple(sorted(self._due))

    async def run(self) -> None:
        """Keep house until cancelled."""
        while True:
            busy = False
            try:
                busy = await self.round()
            except StorageDown as error:
                self._forget(*self.keeps)
                _log.warning("storage away: %s", error.detail)
            except Exception as error:  # noqa: BLE001 - a house that nobody keeps any more must not go unseen
                self._forget(*self.keeps)
                _log.error("keeping house failed: %s", type(error).__name__)
            await asyncio.sleep(BREATH_SECONDS if busy else ROUND_SECONDS)

    async def round(self) -> bool:
        """Take or renew each lane's lease, and do one step of every chore that is due; tells whether more waits."""
        busy = False
        lanes = sorted(self._lanes())
        self._forget(*(lane for lane in self.keeps if lane not in lanes))
        for lane in lanes:
            for chore in self._chores:
                if not await self._hold(lane):
                    break
                if self._due[lane][chore.name] <= time.monotonic():
                    busy = await self._step(lane, chore) or busy
        return busy

    async def _hold(self, lane: str) -> bool:
        if not await self._housekeeping.hold(lane, self._name, seconds=LEASE_SECONDS):
            self._forget(lane)
            return False
        if lane not in self._due:
            runs, now = await self._housekeeping.runs(lane), time.monotonic()
            self._due[lane] = {
                chore.name: now + chore.period - runs[chore.name].age if chore.name in runs else now
                for chore in self._chores
            }
            names = {chore.name for chore in self._chores}
            self.last_runs.update({f"{lane}/{name}": run.at for name, run in runs.items() if name in names})
            _log.info("keeping house for lane %s", lane)
        return True

    async def _step(self, lane: str, chore: Chore) -> bool:
        """Do a step; a chore that fails is tried again later and takes no other with it."""
        try:
            touched = await chore.step(lane)
        except StorageDown:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a chore raises, the others must go on
            _log.error("chore %s of lane %s failed: %s", chore.name, lane, type(error).__name__)
            self._due[lane][chore.name] = time.monotonic() + min(chore.period, FAILED_SECONDS)
            self._touched.pop((lane, chore.name), None)
            return False
        total = self._touched.pop((lane, chore.name), 0) + touched
        if touched >= STEP:
            self._touched[lane, chore.name] = total
            return True
        at = await self._housekeeping.done(lane, chore.name, touched=total)
        self._due[lane][chore.name] = time.monotonic() + chore.period
        self.last_runs[f"{lane}/{chore.name}"] = at
        return False

    async def leave(self) -> None:
        """Give every lease back, so that another worker goes on at once."""
        for lane in self.keeps:
            await self._housekeeping.let_go(lane, self._name)
        self._forget(*self.keeps)

    def _forget(self, *lanes: str) -> None:
        for lane in lanes:
            self._due.pop(lane, None)
            for chore in self._chores:
                self.last_runs.pop(f"{lane}/{chore.name}", None)
                self._touched.pop((lane, chore.name), None)
