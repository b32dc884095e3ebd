"""docs/RUNBOOK.md as a test reads it: each entry with its commands and what it says they answer."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.processes import environment

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


class Follower:
    """Somebody who types what the page says into a shell that has the environment of the processes."""

    def __init__(self, redis_url: str, **env: str) -> None:
        """Take the Redis and what else the environment has."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self._env = {**environment(redis_url, GATEPOST_CLASSIFIER="embedded-fast"), "PATH": path, **env}

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
