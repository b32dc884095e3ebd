"""docs/RUNBOOK.md as a test reads it: each entry with its commands and what it says they answer."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from service.domain.runbook import Entry as EntryName
from service.domain.runbook import named
from tests.integration.works import Works
from tests.processes import Service, environment, wait_until

PAGE = Path(__file__).parents[2] / "docs" / "RUNBOOK.md"
_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def anchor(heading: str) -> str:
    """Make of a heading what a link to it says."""
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


@dataclass(frozen=True)
class Entry:
    """One symptom: its text, and its blocks of commands in order."""

    name: str
    text: str

    @property
    def blocks(self) -> list[list[str]]:
        """Give the commands, block by block, line by line."""
        return [block.strip().splitlines() for block in _BLOCK.findall(self.text)]

    def says(self, phrase: str) -> str:
        """Insist that the entry tells of a phrase, and give it back to be looked for in an answer."""
        assert f"`{phrase}`" in re.sub(r"\n *", " ", self.text), f"{self.name} no longer says `{phrase}`"
        return phrase


def entries() -> dict[str, Entry]:
    """Read every entry by its anchor."""
    _, *parts = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
    found = {}
    for part in parts:
        heading, _, text = part.partition("\n")
        found[anchor(heading)] = Entry(anchor(heading), text)
    return found


FAST = "embedded-fast"


class Follower:
    """Somebody who types what the page says into a shell that has the environment of the processes."""

    def __init__(self, redis_url: str, **env: str) -> None:
        """Take the Redis and what else the environment has."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self._env = {**environment(redis_url, GATEPOST_CLASSIFIER=FAST), "PATH": path, **env}

    def type(self, commands: list[str]) -> str:
        """Run a block's commands one after another, and give all that they answer."""
        answers = []
        for command in commands:
            done = subprocess.run(
                ["bash", "-c", command], env=self._env, capture_output=True, text=True, timeout=60, check=False
            )
            assert "Traceback" not in done.stderr, done.stderr
            # 1 is the doctor's word for a problem.
            assert done.returncode in (0, 1), f"{command}: {done.stderr}"
            answers += [done.stdout, done.stderr]
        return "".join(answers)


def entry(name: EntryName) -> Entry:
    """Read one entry."""
    return entries()[name]


def ends(worker: Service, code: int, name: EntryName) -> str:
    """Wait for a worker's end, and insist that its last words name the entry; gives all its words."""
    assert worker.wait() == code
    assert named(name) in worker.output()
    return worker.output()


def runbook_of(answer: httpx.Response) -> str:
    """Insist on an honest 503, and give the entry that it names."""
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) >= 1
    return str(answer.json()["runbook"])


def accepted(works: Works) -> None:
    """Wait until comments are accepted."""
    wait_until(lambda: works.submit().status_code == 202, "a comment to be accepted")


def judged(works: Works) -> None:
    """Wait until the queue is worked off."""
    wait_until(lambda: works.lane()["entries"] == 0, "the queue to be worked off")
