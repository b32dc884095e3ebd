"""Who types a command that goes into a journal."""

import getpass
from collections.abc import Callable
from typing import Any

import click

from service.domain.operating import Act


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user need not have a name.
        return "operator"


def signed(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--by`, whom the journal names."""
    return click.option("--by", default=_login, help="Whom the journal names. Default: your login name.")(command)


def act_of(by: str) -> Act:
    """Make an act of whoever types."""
    return Act(by=by[:64])
