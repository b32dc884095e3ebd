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
CREDENTIAL = _load("credential")
REVOKE = _load("revoke")
MISFIRE = _load("misfire")
ACT = _load("act")
LEASE = _load("lease")
RETIRE = _load("retire")
RECOUNT = _load("recount")
PLACE = _load("place")
MEND = _load("mend")
REQUEUE = _load("requeue")
REDELIVER = _load("redeliver")
PURGE = _load("purge")
HOLD = _load("hold")
REINDEX = _load("reindex")
ATTEMPT = _load("attempt")
TICK = _load("tick")
QUOTA = _load("quota")
AROUND = _load("around")
REPORT = _load("report")
SETTLE = _load("settle")
LIMIT = _load("limit")
SHIELD = _load("shield")
CLAIM = _load("claim")
TEND = _load("tend")
NOTE = _load("note")
THREAD = _load("thread")
BLOCK = _load("block")
AUDIT_PLACE = _load("audit_place")
AUDIT_JUDGE = _load("audit_judge")
PAST = _load("past")
