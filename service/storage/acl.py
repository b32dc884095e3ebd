"""Redis users of least privilege: what the API, a worker and an operator's shell may do, and nothing else.

Needs Redis 7.0: earlier servers cannot tell reading from writing. `EVALSHA` asks to write every key that it names, so
what a script only looks at stands here as written.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

Access = Literal["", "R", "RW"]

# Whatever redis-py says when it connects, to one node or to a Cluster.
# `client|setinfo` is of 7.2: 7.0 refuses a file that names it, so all of `client` is given but for what reaches others.
GREETING = ("ping", "hello", "select", "readonly", "cluster|slots", "cluster|shards", "command", "asking", "client")
_NOT_CLIENT = ("kill", "list", "pause", "unpause", "unblock", "no-evict", "reply", "tracking", "caching", "getredir")
_SCRIPTED = (
    *("eval", "evalsha", "time", "type", "exists", "get", "getdel", "set", "incr"),
    *("hget", "hmget", "hgetall", "hkeys", "hset", "hdel", "hincrby", "smembers", "srem"),
    *("zadd", "zrem", "zscore", "zrangebylex", "zrevrangebylex"),
    *("xadd", "xack", "xdel", "xrange"),
)
COMMANDS: dict[str, tuple[str, ...]] = {
    "api": (
        *GREETING,
        *_SCRIPTED,
        *("pttl", "hsetnx", "zcard", "zcount", "zrangebyscore", "zrevrangebyscore", "zrevrange", "zrevrank", "xlen"),
        "xrevrange",
        # Claims.
        "mget",
        # Quotas of foreign keys.
        *("sadd", "scard", "sismember", "pexpireat"),
        # Reports, and figures of what waits.
        *("hlen", "zcount"),
    ),
    "worker": (
        *GREETING,
        *_SCRIPTED,
        *("hexists", "hsetnx", "sadd"),
        *("zcard", "zlexcount", "zrangebyscore", "zremrangebyrank", "pexpire"),
        *("xread", "xreadgroup", "xautoclaim", "xclaim", "xpending"),
        *("xgroup|create", "xgroup|delconsumer"),
        # Keeping house: counts, leftovers and workers long gone; what is too old; whoever is to be forgotten. `scan`
        # tells the names of all keys, and no server gives it for some.
        *("del", "scan", "hscan", "xtrim", "xinfo|consumers"),
        # Closing reports.
        *("pexpireat", "zrevrange"),
    ),
}
# What each kind of key is to the API and to a worker, by the name that follows the lane or `{dir}`.
LANE_KEYS: dict[str, tuple[Access, Access]] = {
    "c:*": ("RW", "RW"),
    "t:*": ("RW", "RW"),
    "sh:*": ("RW", "RW"),
    "s:*": ("RW", "RW"),
    "a:*": ("RW", "RW"),
    "r:*": ("RW", "RW"),
    "look:*": ("RW", "RW"),
    "cl:*": ("RW", "RW"),
    "ty:*": ("RW", "RW"),
    # A worker counts repeats; whoever withdraws or rewrites a text takes it out of the count.
    "tx:*": ("RW", "RW"),
    "du:*": ("RW", "RW"),
    "sk:*": ("RW", ""),
    "bt:*": ("RW", ""),
    # A move that wipes a text wipes where it came from.
    "bl:*": ("RW", "RW"),
    "br:*": ("RW", ""),
    "ad:*": ("RW", "RW"),
    "act:*": ("RW", ""),
    # A worker finishes erasures and removes what is too old: with a comment go its answer and its author's limits.
    "i:*": ("RW", "RW"),
    "l:*": ("RW", "RW"),
    # The audit trail is of moderators, whom the API alone knows.
    "ja:*": ("RW", ""),
    "site:*": ("RW", "R"),
    "policy:*": ("RW", "R"),
    "frozen:*": ("RW", "RW"),
    # Legal holds and who placed them are an operator's; a comment's own record tells that it is held.
    "hd:*": ("", ""),
    "ha:*": ("", ""),
    "q:live": ("RW", "RW"),
    "q:surplus": ("RW", "RW"),
    "q:bulk": ("RW", "RW"),
    "q:buried": ("RW", "RW"),
    "q:decided": ("RW", "RW"),
    "q:decided:n": ("RW", "RW"),
    "q:attempts": ("RW", "RW"),
    "q:claimed:n": ("RW", ""),
    "q:shadows": ("", "RW"),
    "q:paused": ("R", "R"),
    "fb:*": ("RW", ""),
    # Readers' reports come by the API; a worker closes them, and forgets them with their comment or their reporter.
    "rp:*": ("RW", "RW"),
    "rq:*": ("RW", "RW"),
    "ra:*": ("RW", "RW"),
    "rb:*": ("RW", "RW"),
    "journal": ("", ""),
    "hk:lease": ("", "RW"),
    "hk:chores": ("", "RW"),
    # A policy's history is written with the policy; audits are drawn by a worker and judged by the API.
    "ph:*": ("RW", ""),
    "au:*": ("RW", "RW"),
    "aq:*": ("RW", "RW"),
    "al:*": ("RW", "RW"),
}
DIRECTORY_KEYS: dict[str, tuple[Access, Access]] = {
    "sites": ("R", "R"),
    "lanes": ("R", "R"),
    "credentials": ("R", ""),
    "expiries": ("R", ""),
    # Only an operator makes, rotates and revokes credentials.
    "principals": ("", ""),
    "attempts:*": ("RW", ""),
    "session:*": ("RW", ""),
    "pepper": ("RW", ""),
    "workers": ("RW", "RW"),
    "worker:*": ("R", "RW"),
    "probe": ("RW", "RW"),
    # Keys for foreign clients are an operator's; what they may do, and what they said, is the API's.
    "foreign": ("R", ""),
    "feedback": ("RW", ""),
    "quota:*": ("RW", ""),
    "ledger": ("", "RW"),
    "ledger:open": ("", "RW"),
}
# Who says something on a channel, and who hears it: (says, hears), each by role.
CHANNELS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "{*}:ev:*": (("api", "worker"), ("api",)),
    "{*}:news:*": (("api", "worker"), ("api",)),
    "{*}:tick:*": (("api",), ("api",)),
    "{dir}:ask:*": (("api",), ("worker",)),
    "{dir}:told:*": (("worker",), ("api",)),
    "{dir}:rehearse:*": (("api",), ("worker",)),
    "{dir}:rehearsed:*": (("worker",), ("api",)),
}
# No `config|set`: it cannot be given for some settings, and with the others an operator would undo what a 202 promises.
_OPERATOR = (
    "~gp:* &gp:* +@all -@admin -@dangerous +info +config|get +slowlog|get +slowlog|len +slowlog|reset +memory|usage"
    " +acl|whoami"
)
ROLES = ("api", "worker", "operator")


@dataclass(frozen=True)
class User:
    """One user of the file: its role, and the SHA-256 of its password, which the file holds alone."""

    role: str
    password_sha256: str


def user_of(role: str, password: str) -> User:
    """Make a user; raises ValueError for a role that is not known."""
    if role not in ROLES:
        message = f"{role} is none of {', '.join(ROLES)}"
        raise ValueError(message)
    return User(role=role, password_sha256=hashlib.sha256(password.encode()).hexdigest())


def acl_file(users: list[User]) -> str:
    """Write an ACL file: the users, and no default user."""
    lines = ["user default off"]
    lines += [
        f"user {user.role} on #{user.password_sha256} resetkeys resetchannels {_rules(user.role)}" for user in users
    ]
    return "\n".join(lines) + "\n"


def _rules(role: str) -> str:
    if role == "operator":
        return _OPERATOR
    column = ROLES.index(role)
    keys = [
        ("~" if access[column] == "RW" else "%R~") + f"gp:{{{group}}}:{kind}"
        for group, kinds in (("*", LANE_KEYS), ("dir", DIRECTORY_KEYS))
        for kind, access in kinds.items()
        if access[column]
    ]
    commands = [f"+{command}" for command in COMMANDS[role]]
    refused = [f"-client|{word}" for word in _NOT_CLIENT]
    says, hears = (" ".join(f"&gp:{kind}" for kind, who in CHANNELS.items() if role in who[side]) for side in (0, 1))
    # Selectors, for to say something on a channel is not to hear it.
    return " ".join((*keys, "-@all", *commands, *refused, f"({says} +publish)", f"({hears} +subscribe +unsubscribe)"))
