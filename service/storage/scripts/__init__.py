"""The Lua scripts, by name."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Script:
    """A script's source and the SHA-1 by which Redis knows it."""

    source: str
    sha: str


def _load(name: str) -> Script:
    source = files(__name__).joinpath(f"{name}.lua").read_text(encoding="utf-8")
    return Script(source=source, sha=hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


SUBMIT = _load("submit")
MOVE = _load("move")
PAGE = _load("page")
DISCARD = _load("discard")
POLICY = _load("policy")
SHADOW = _load("shadow")
QUOTA = _load("quota")
