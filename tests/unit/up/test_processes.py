import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from service.up.backoff import Backoff
from service.up.orphans import PidFile, started_at, stop_orphans
from service.up.output import Output
from service.up.places import Places
from service.up.plan import Plan
from service.up.processes import Keeper, Program, how

pytestmark = pytest.mark.anyio


def keeper(folder: Path, script: str, **given: float) -> Keeper:
    program = Program(
        "toy",
        (sys.executable, "-I", "-S", "-u", "-c", script),
        given.get("grace", 10.0),
        tries=int(given.get("tries", 3)),
    )
    output = Output("toy", folder / "toy.log", shown=False)
    return Keeper(program, {}, output, PidFile(folder / "pids.json"))


async def printed(kept: Keeper, text: str) -> None:
    async with asyncio.timeout(10):
        while text not in kept.output.last_lines():
            await asyncio.sleep(0.01)


def test_the_wait_doubles_to_half_a_minute_and_begins_anew_after_a_long_life() -> None:
    backoff = Backoff()
    waits = [backoff.after(0.1) for _ in range(9)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert [backoff.after(30), backoff.after(29)] == [0.5, 1]


async def test_a_process_is_stopped_and_forgotten(tmp_path: Path) -> None:
    kept = keeper(tmp_path, "import time; print('here'); time.sleep(60)")
    kept.start()
    await printed(kept, "here")
    assert [noted["pid"] for noted in json.loads((tmp_path / "pids.json").read_text())] == [kept.pid]
    await kept.stop(asyncio.Event())
    assert kept.pid is None
    assert json.loads((tmp_path / "pids.json").read_text()) == []
    assert (tmp_path / "toy.log").read_text() == "here\n"


async def test_a_process_that_dies_is_started_again(tmp_path: Path) -> None:
    kept = keeper(tmp_path, "import os, time; print(f'I am {os.getpid()}.'); time.sleep(60)")
    kept.settle()
    kept.start()
    await printed(kept, "I am")
    first = kept.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(10):
        while kept.pid in (first, None):
            await asyncio.sleep(0.01)
    await printed(kept, f"I am {kept.pid}.")
    await kept.stop(asyncio.Event())


async def test_a_process_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    kept = keeper(tmp_path, deaf, grace=0.1)
    kept.start()
    await printed(kept, "deaf")
    await kept.stop(asyncio.Event())
    assert kept.pid is None


async def test_who_is_in_a_hurry_does_not_wait_for_the_grace(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    kept = keeper(tmp_path, deaf, grace=3600)
    kept.start()
    await printed(kept, "deaf")
    hurry = asyncio.Event()
    hurry.set()
    async with asyncio.timeout(10):
        await kept.stop(hurry)
    assert kept.pid is None


@pytest.mark.parametrize(("script", "tries"), [("raise SystemExit(1)", 1), ("raise SystemExit(2)", 3)])
async def test_a_start_that_cannot_work_is_given_up(tmp_path: Path, script: str, tries: int) -> None:
    kept = keeper(tmp_path, f"print('because'); {script}", tries=tries)
    kept.start()
    async with asyncio.timeout(10):
        await kept.hopeless.wait()
    await kept.stop(asyncio.Event())
    assert kept.output.last_lines() == "    because"


async def test_a_command_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    output = Output("toy", tmp_path / "toy.log", shown=False)
    missing = Keeper(Program("toy", ("/nowhere/toy",), 1.0, tries=1), {}, output, PidFile(tmp_path / "pids.json"))
    missing.start()
    async with asyncio.timeout(10):
        await missing.hopeless.wait()
    assert "/nowhere/toy cannot be run: No such file or directory" in output.last_lines()
    await missing.stop(asyncio.Event())


async def test_output_without_line_ends_is_bounded(tmp_path: Path) -> None:
    output = Output("toy", tmp_path / "toy.log", shown=False)
    stream = asyncio.StreamReader()
    stream.feed_data(b"x" * 1_000_000)
    stream.feed_eof()
    await output.follow(stream)
    assert len(output.last_lines()) < 10_000
    assert (tmp_path / "toy.log").stat().st_size == 1_000_000


@pytest.mark.parametrize(
    ("code", "said"), [(0, "exit code 0"), (3, "exit code 3"), (-9, "killed by SIGKILL"), (-99, "killed by signal 99")]
)
def test_an_end_is_said_in_words(code: int, said: str) -> None:
    assert how(code) == said


async def test_orphans_are_stopped_and_strangers_with_their_number_are_not(tmp_path: Path) -> None:
    places = Places(tmp_path)
    sleeper = (sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)")
    orphan = await asyncio.create_subprocess_exec(*sleeper)
    stranger = await asyncio.create_subprocess_exec(*sleeper)
    noted = [
        {"name": "worker", "pid": orphan.pid, "started": started_at(orphan.pid)},
        {"name": "api", "pid": stranger.pid, "started": "another boot/1"},
        {"name": "redis", "pid": 2**22 + 1, "started": "gone"},
    ]
    places.pids.write_text(json.dumps(noted))
    try:
        assert await asyncio.to_thread(stop_orphans, places) == ["worker"]
        assert await orphan.wait() == -signal.SIGTERM
        assert stranger.returncode is None
    finally:
        stranger.kill()
        await stranger.wait()


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"name": "worker"}]'])
def test_a_list_of_processes_that_cannot_be_read_stops_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "pids.json").write_text(content)
    assert stop_orphans(Places(tmp_path)) == []


def test_processes_are_told_where_everything_is() -> None:
    plan = Plan(Places(Path("/srv/gatepost")), "0.0.0.0", 8123, 2)
    env = plan.environment({"GATEPOST_REDIS_URL": "redis://elsewhere", "GATEPOST_CLASSIFIER": "toy"}, "s" * 64)
    assert env["GATEPOST_REDIS_URL"] == "unix:///srv/gatepost/redis.sock"
    assert env["GATEPOST_PUBLIC_URL"] == "http://127.0.0.1:8123"
    assert env["GATEPOST_CLASSIFIER"] == "toy"
    assert [plan.worker(number).name for number in (1, 2)] == ["worker-1", "worker-2"]
    given = plan.environment({"GATEPOST_PUBLIC_URL": "https://comments.example"}, "s" * 64)
    assert given["GATEPOST_PUBLIC_URL"] == "https://comments.example"


def test_an_address_of_the_newer_kind_is_written_in_brackets() -> None:
    assert Plan(Places(Path("/srv/gatepost")), "::", 8000, 1).url == "http://[::1]:8000"
