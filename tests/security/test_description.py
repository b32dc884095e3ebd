"""Schemathesis over the whole of /openapi.json: a real process, a real Redis, every check."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.integration.conftest import populate
from tests.integration.wire import COMMENTS, wire
from tests.processes import ApiProcess, WorkerProcess, wait_until
from tests.redis_server import RedisServer

HERE = Path(__file__).parent
EXAMPLES = 15
MEBIBYTE = 1024 * 1024
GROWTH = 64 * MEBIBYTE


def resident(pid: int) -> int:
    """Read a process's memory, in bytes; skips where the machine does not tell."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("this machine has no /proc")
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def talking(redis: RedisServer, comment_id: str) -> Iterator[None]:
    """Tell every thread that somebody follows of a withdrawal, so that no stream is silent.

    Wrong credentials are forgotten meanwhile: the sign-in is tried with many, which is not the question here.
    """
    over = threading.Event()

    def talk() -> None:
        with redis.client() as client:
            while not over.wait(0.02):
                for channel in client.pubsub_channels("gp:*"):
                    if b":ev:" in channel:
                        client.publish(channel, f"{comment_id} approved held 3 0")
                for counted in client.scan_iter("gp:{dir}:attempts:*"):
                    client.delete(counted)

    talker = threading.Thread(target=talk)
    talker.start()
    try:
        yield
    finally:
        over.set()
        talker.join()


def signed_in(url: str, token: str) -> str:
    """Give the cookie of a sign-in."""
    return httpx.post(f"{url}/v1/review/session", json={"token": token}).cookies["gatepost_session"]


def test_every_answer_is_as_described(own_redis: RedisServer, api_process: ApiProcess, tmp_path: Path) -> None:
    async def towns() -> dict[str, str]:
        backend, _, _, tokens = await populate(own_redis)
        await backend.close()
        return tokens

    tokens = asyncio.run(towns())
    # It serves a lane that nobody has: texts are scored, and comments stay as they are.
    scoring = WorkerProcess(
        own_redis.url, tmp_path / "worker.log", GATEPOST_CLASSIFIER="embedded-fast", GATEPOST_LANES="nowhere"
    )
    scoring.start()
    receipt = httpx.post(f"{api_process.url}{COMMENTS}", json=wire()).json()
    before = resident(api_process.pid)
    key = {"authorization": f"Bearer {tokens['key-mill']}"}

    def scored() -> bool:
        return httpx.post(f"{api_process.url}/v1/score", json={"texts": ["fine"]}, headers=key).status_code == 200

    wait_until(scored, "the worker to score")
    with talking(own_redis, receipt["id"]):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli"),
                *("--config-file", HERE / "schemathesis.toml"),
                *("run", f"{api_process.url}/openapi.json", "--checks", "all"),
                *("--max-examples", str(EXAMPLES), "--no-color"),
            ],
            cwd=tmp_path,
            env={
                **os.environ,
                "COMMENT": receipt["id"],
                "AUTHOR_TOKEN": receipt["token"],
                "SITE_KEY": tokens["key-mill"],
                "MODERATOR_TOKEN": tokens["moderator-mill"],
                "SESSION": signed_in(api_process.url, tokens["moderator-mill"]),
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    scoring.kill()
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    described = httpx.get(f"{api_process.url}/openapi.json").json()["paths"].values()
    assert f"Tested: {sum(len(operations) for operations in described)}\n" in done.stdout
    assert " failed: " not in api_process.output()
    assert resident(api_process.pid) - before < GROWTH
