"""What docs/REPORTS.md tells people to type, typed."""

import asyncio
import os
import re
import subprocess

from tests.integration.conftest import Town
from tests.integration.wire import COMMENTS, wire
from tests.processes import ROOT
from tests.steps import applied, published

PAGE = ROOT / "docs" / "REPORTS.md"


def follow(block: str, **env: str) -> str:
    done = subprocess.run(
        ["bash", "-eu", "-c", block.replace("curl -sS", "curl -sS --fail-with-body -w '\\n'")],
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, (block, done.stdout, done.stderr)
    return done.stdout


async def test_every_command_of_the_page_does_what_it_says(town: Town) -> None:
    reporting, reviewing, appealing, figures = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    env = {"URL": town.url, "SITE": "mill", "MODERATOR": town.tokens["moderator-mill"]}
    shown = await published(town.backend, town.writer)
    assert await asyncio.to_thread(follow, reporting, COMMENT=shown.id, **env) == '{"received":true}\n'
    said = await asyncio.to_thread(follow, reviewing, COMMENT=shown.id, **env)
    assert "This is about my neighbour." in said
    assert '"dismissed":1' in said
    with town.http("key-mill") as http:
        receipt = http.post(COMMENTS, json=wire()).json()
    comment = await town.backend.comments.load(town.mill, receipt["id"])
    assert comment is not None
    await applied(town.backend, town.writer, town.writer.judge(comment, "rejected"))
    said = await asyncio.to_thread(follow, appealing, COMMENT=receipt["id"], TOKEN=receipt["token"], **env)
    assert '"state":"possible"' in said
    assert '"state":"waiting"' in said
    assert '"text":"It was a joke."' in said
    said = await asyncio.to_thread(follow, figures, **env)
    assert '"queue":{"held":1' in said
    assert '"months":[{' in said
    assert "<h1>What became of comments on mill</h1>" in said
