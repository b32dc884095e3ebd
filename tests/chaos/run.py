"""One run of chaos: start a town, let everybody write and read while things go wrong, let it settle, and look."""

import asyncio
import contextlib
import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from service.storage.keys import lane_keys
from tests.audit import audit, read_lane
from tests.chaos import readers, verify
from tests.chaos.crowd import Crowd
from tests.chaos.faults import Mischief
from tests.chaos.ledger import Ledger
from tests.chaos.plan import CLASSIFIER, FAULTS, Fault, draw
from tests.chaos.texts import drafts
from tests.chaos.town import Town

# Memory is back when Redis uses no more than this over what a fresh one needs for the same data.
MEMORY_RATIO = 1.1
_MEMORY_SLACK = 2 << 20
_SETTLE_SECONDS = 120.0
# Enough to load a hundred thousand commands.
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Options:
    """What a run is: the same options draw the same texts and the same faults."""

    seed: int = field(default_factory=lambda: secrets.randbits(32))
    submissions: int = 20_000
    faults: Sequence[str] = FAULTS
    minutes: float = 10.0
    claim_seconds: int = 2
    rounds: int = 5


@dataclass
class Outcome:
    """What a run came to; `faults` is everything that was found wrong, and nothing else may be."""

    options: Options
    faults: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    left_out: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


async def run(options: Options, folder: Path, say: Callable[[str], object]) -> Outcome:
    """Run once, in a folder with a short path; whatever happens, nothing that was started stays."""
    outcome = Outcome(options)
    town = Town(folder, claim_seconds=options.claim_seconds)
    try:
        await _run(town, options, outcome, say)
    finally:
        town.close()
    return outcome


async def _run(town: Town, options: Options, outcome: Outcome, say: Callable[[str], object]) -> None:
    names = list(options.faults)
    if town.libfaketime is None and "clock" in names:
        names.remove("clock")
        outcome.left_out.append("clock: there is no libfaketime (Debian: apt install libfaketime)")
    ledger = Ledger()
    site, key, moderator = await town.start()
    crowd = Crowd(town.urls, key, moderator, ledger, drafts(options.seed, options.submissions, names))
    began = time.monotonic()
    mischief = Mischief(town)
    stop = asyncio.Event()
    watching = asyncio.gather(
        readers.poll(town.urls, ledger, stop), readers.follow(town.urls, ledger, stop), crowd.moderate(stop)
    )
    writing = asyncio.ensure_future(crowd.write())
    plans = draw(options.seed, options.submissions, names, options.rounds)
    # What fails fails the run at once, and not when everything else has waited for it.
    flow = asyncio.gather(writing, *(_make(mischief, plan, ledger, writing, outcome, say) for plan in plans))
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(flow), options.minutes * 60)
        crowd.stopping = True
        await flow
        flowed = time.monotonic() - began
        say(f"{ledger.done} submissions were accepted after {flowed:.0f} s; now it settles")
        await _settle(town, lane_keys(site.lane).streams, crowd)
        settled = time.monotonic() - began - flowed
        await asyncio.sleep(1)
        stop.set()
        await watching
    finally:
        left: list[asyncio.Future[Any]] = [flow, watching, *crowd.later]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
    resident = {member.name: member.memory() for member in town.members}
    await town.rest()
    await _look(town, site.lane, ledger, mischief, outcome)
    outcome.figures |= {
        "submissions": ledger.done,
        "seconds": round(flowed, 1),
        "settled after seconds": round(settled, 1),
        "resident bytes at the end": resident,
        "restarts": {member.name: member.starts - 1 for member in town.members},
        "exits": {member.name: {str(code): n for code, n in member.exits.items()} for member in town.members},
        "ways a disk was full": town.redis.room.kind,
    }


async def _make(
    mischief: Mischief,
    plan: Sequence[Fault],
    ledger: Ledger,
    writing: asyncio.Future[None],
    outcome: Outcome,
    say: Callable[[str], object],
) -> None:
    """Do what a plan says, each thing when its mark is reached; what was not due before the end is left out."""
    for fault in plan:
        while ledger.done < fault.mark:
            if writing.done():
                return
            await asyncio.sleep(0.02)
        say(str(fault))
        await mischief.do(fault)
        outcome.done[fault.name] += 1


async def _settle(town: Town, streams: Sequence[str], crowd: Crowd) -> None:
    """Wait until nothing waits: everything goes well again, and poison has had its tries."""
    for member in town.members:
        town.wire(member.line, "through")
        if member.clock is not None:
            member.clock.jump(0)
    async with asyncio.timeout(_SETTLE_SECONDS):
        await crowd.finish()
        while True:
            with contextlib.suppress(redis.RedisError), town.redis.client() as client:
                if not any(client.xlen(stream) for stream in streams):
                    return
            await asyncio.sleep(0.1)


async def _look(town: Town, lane_name: str, ledger: Ledger, mischief: Mischief, outcome: Outcome) -> None:
    with town.redis.client() as client:
        outcome.faults += audit(client, lane_name, quiet=True)
        lane = read_lane(client, lane_name)
        outcome.faults += verify.faults_of(lane, ledger)
        version = client.info("server")["redis_version"]
        used = _memory(client)
        await asyncio.to_thread(_rewrite, client)
    # The same data in a process that has seen nothing else.
    town.redis.stop()
    town.redis.start()
    with town.redis.client() as client:
        fresh = _memory(client)
    if used > fresh * MEMORY_RATIO + _MEMORY_SLACK:
        outcome.faults.append(f"memory: Redis uses {used} bytes, a fresh one {fresh} for the same data")
    if not ledger.polls or not ledger.streams:
        outcome.faults.append(f"readers saw nothing: {ledger.polls} polls, {ledger.streams} live events")
    statuses = Counter(comment.status for comment in lane.comments.values())
    answers = dict(sorted(ledger.answers.items()))
    outcome.figures |= {
        "redis": version,
        "redis bytes in the end": used,
        "redis bytes when fresh": fresh,
        "redis exits": {str(code): n for code, n in town.redis.exits.items()},
        "refused by redis": dict(mischief.refused),
        "statuses": dict(statuses),
        "buried": lane.buried,
        "buried though harmless": verify.buried_though_harmless(lane, ledger),
        "answers": answers,
        "lists read": ledger.polls,
        "live events": ledger.streams,
        "texts shown": len(ledger.polled.keys() | ledger.streamed),
        "withdrawn": len(ledger.withdrawn),
        "rewritten": len(ledger.rewritten),
        "moderated": len(ledger.decided),
        "longest outage in seconds": round(ledger.longest_outage, 1),
        "slowest answer in seconds": round(ledger.slowest_answer, 1),
    }


def _memory(client: redis.Redis) -> int:
    client.execute_command("MEMORY", "PURGE")
    return int(client.info("memory")["used_memory"])


def _rewrite(client: redis.Redis) -> None:
    raw: Any = client
    deadline = time.monotonic() + _START_SECONDS
    while raw.info("persistence")["aof_rewrite_in_progress"]:
        time.sleep(0.05)
    raw.bgrewriteaof()
    while raw.info("persistence")["aof_rewrite_in_progress"] or raw.info("persistence")["aof_rewrite_scheduled"]:
        assert time.monotonic() < deadline, "the append-only file was not rewritten"
        time.sleep(0.05)


def missed(outcome: Outcome) -> list[str]:
    """Name the faults that were asked for and did not happen."""
    wanted = set(outcome.options.faults) - set(CLASSIFIER)
    left_out = {line.partition(":")[0] for line in outcome.left_out}
    return sorted(wanted - outcome.done.keys() - left_out)
