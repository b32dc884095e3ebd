"""Somebody who types `gatepost …` against a real Redis."""

import json
from typing import Any

from click.testing import CliRunner, Result

from service.cli import main
from tests.processes import environment


class Shell:
    """A shell with the environment that finds one Redis."""

    def __init__(self, redis_url: str, **env: str) -> None:
        """Take the Redis and further variables."""
        # A newcomer has set none.
        self._env: dict[str, str | None] = {**environment(redis_url), "GATEPOST_CLASSIFIER": None, **env}

    def type(self, *words: str, said: bytes = b"") -> Result:
        """Run a command."""
        return CliRunner().invoke(main, list(words), env=self._env, input=said)

    def ask(self, *words: str) -> dict[str, Any]:
        """Run a command that must go well, and read its one object."""
        done = self.type(*words, "--json")
        assert done.exit_code == 0, done.output
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def refused(self, *words: str) -> str:
        """Run a command that must refuse, and give its words."""
        done = self.type(*words)
        assert done.exit_code == 1
        assert "Traceback" not in done.output
        return done.output
