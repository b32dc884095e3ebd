"""What docs/MODERATORS.md tells people to type, typed."""

import asyncio
import re
import shlex
import subprocess
from pathlib import Path

from tests.builders import policy_of, site_of
from tests.fakes.clock import Clock
from tests.integration.shell import Shell
from tests.processes import ROOT, ApiProcess
from tests.redis_backend import RedisBackend
from tests.redis_server import RedisServer

PAGE = ROOT / "docs" / "MODERATORS.md"


async def demo_site(redis: RedisServer) -> None:
    clock = Clock()
    backend = RedisBackend(redis, clock)
    await backend.directory.add_site(site_of(clock, "demo"), policy_of())
    await backend.close()


def test_what_the_page_says_is_so(own_redis: RedisServer, api_process: ApiProcess, tmp_path: Path) -> None:
    typed, asked = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    asyncio.run(demo_site(own_redis))
    shell = Shell(own_redis.url)
    night, sport, listed = [shell.ask(*shlex.split(line)[1:]) for line in typed.strip().splitlines()]
    assert (night["rank"], sport["rank"]) == ("moderator", "senior")
    assert {made["name"]: made["sections"] for made in listed["moderators"]} == {
        "Night desk": [],
        "Sport": ["Sport", "Town hall"],
    }
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", asked],
        cwd=tmp_path,
        env={"URL": api_process.url, "TOKEN": night["token"], "PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"name":"Night desk"' in done.stdout
    assert '"sign-in"' in done.stdout
    assert '"complete":true' in done.stdout
