"""What no user of Redis may do, and that every key, command and channel is given to somebody or to nobody."""

import ast
import inspect
import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
import redis
from click.testing import CliRunner
from redis.exceptions import NoPermissionError

from service.cli import main
from service.storage import directory_keys, keys
from service.storage.acl import CHANNELS, COMMANDS, DIRECTORY_KEYS, GREETING, LANE_KEYS, ROLES
from service.storage.keys import LaneKeys, lane_keys
from tests.processes import environment
from tests.security.tls_redis import TlsRedis

STORAGE = Path(str(files("service.storage")))


def test_a_doctor_does_not_set_what_its_user_may_not(tls: TlsRedis) -> None:
    tls.refusals()
    with tls.client("auditor") as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        done = CliRunner().invoke(main, ["doctor", "--repair", "--json"], env=environment(tls.url("operator")))
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
        client.config_set("maxmemory-policy", "noeviction")
    assert done.exit_code == 1
    assert [c["state"] for c in json.loads(done.stdout)["checks"] if c["name"] == "eviction"] == ["ill"]
    assert [refusal for refusal in tls.refusals() if "config|set" not in refusal] == []


@pytest.mark.parametrize("role", ["api", "worker"])
@pytest.mark.parametrize("kind", CHANNELS)
def test_who_speaks_on_a_channel_does_not_hear_it_for_that(tls: TlsRedis, role: str, kind: str) -> None:
    channel, (says, hears) = "gp:" + kind.replace("*", "x"), CHANNELS[kind]
    with tls.client(role) as client, client.pubsub() as heard:

        def hear() -> object:
            heard.subscribe(channel)
            return heard.get_message(timeout=10)

        tries: list[tuple[Callable[[], object], tuple[str, ...]]] = [
            (lambda: client.publish(channel, "x"), says),
            (hear, hears),
        ]
        for attempt, theirs in tries:
            if role in theirs:
                assert attempt() is not None
            else:
                with pytest.raises(NoPermissionError):
                    attempt()
    tls.refusals()


NOT_THEIRS: dict[str, list[tuple[str, ...]]] = {
    "api": [
        ("HSET", directory_keys.CREDENTIALS, "x", "y"),
        ("HSET", directory_keys.EXPIRIES, "x", "1"),
        ("HGETALL", directory_keys.PRINCIPALS),
        ("HSET", directory_keys.SITES, "x", "main"),
        ("SADD", directory_keys.LANES, "x"),
        ("SET", directory_keys.worker("w"), "x"),
        ("XREADGROUP", "GROUP", keys.GROUP, "w", "STREAMS", lane_keys("main").live, ">"),
        ("XREAD", "STREAMS", lane_keys("main").live, "0"),
        ("DEL", lane_keys("main").live),
        ("UNLINK", lane_keys("main").live),
        ("SCAN", "0"),
        ("XTRIM", lane_keys("main").decided, "MAXLEN", "0"),
        ("SET", lane_keys("main").paused, "1"),
        ("XADD", lane_keys("main").journal, "*", "w", "x"),
        ("XRANGE", lane_keys("main").journal, "-", "+"),
        ("HGETALL", lane_keys("main").holds("mill")),
        ("HDEL", lane_keys("main").holds("mill"), "x"),
        ("HGETALL", lane_keys("main").hold_history("mill")),
        ("HGETALL", directory_keys.LEDGER),
        ("SREM", directory_keys.LEDGER_OPEN, "x"),
        ("SET", lane_keys("main").lease, "x"),
        ("HSET", lane_keys("main").chores, "x", "y"),
        ("PUBLISH", "gp:{dir}:told:x", "x"),
        ("SUBSCRIBE", "gp:{dir}:ask:x"),
        ("PSUBSCRIBE", "gp:*"),
    ],
    "worker": [
        ("HSET", directory_keys.CREDENTIALS, "x", "y"),
        ("HGET", directory_keys.CREDENTIALS, "x"),
        ("HGETALL", directory_keys.EXPIRIES),
        ("HGETALL", directory_keys.PRINCIPALS),
        ("GET", directory_keys.PEPPER),
        ("SET", directory_keys.PEPPER, "x"),
        ("SET", lane_keys("main").site("mill"), "x"),
        ("HSET", lane_keys("main").policy("mill"), "v", "2"),
        ("HSET", directory_keys.SITES, "x", "main"),
        ("GET", directory_keys.attempts("x")),
        ("SET", lane_keys("main").paused, "1"),
        ("DEL", lane_keys("main").paused),
        ("XADD", lane_keys("main").journal, "*", "w", "x"),
        ("XRANGE", lane_keys("main").journal, "-", "+"),
        ("HGETALL", lane_keys("main").holds("mill")),
        ("HDEL", lane_keys("main").holds("mill"), "x"),
        ("HGETALL", lane_keys("main").hold_history("mill")),
        ("DEL", lane_keys("main").site("mill")),
        ("DEL", directory_keys.PEPPER),
        ("UNLINK", lane_keys("main").live),
        ("PTTL", lane_keys("main").live),
        ("XINFO", "STREAM", lane_keys("main").live),
        ("XGROUP", "DESTROY", lane_keys("main").live, keys.GROUP),
        ("XGROUP", "SETID", lane_keys("main").live, keys.GROUP, "0"),
        ("SUBSCRIBE", lane_keys("main").channel("mill", "/mill")),
        ("SUBSCRIBE", "gp:{main}:tick:x"),
        ("SUBSCRIBE", "gp:{dir}:told:x"),
        ("PUBLISH", "gp:{dir}:ask:x", "x"),
        ("PUBLISH", "gp:{main}:tick:x", "x"),
        ("PSUBSCRIBE", "gp:*"),
    ],
    "operator": [("SET", "other", "x"), ("GET", "other")],
}
NOBODY_S: list[tuple[str, ...]] = [
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("KEYS", "*"),
    ("CONFIG", "SET", "appendonly", "no"),
    ("ACL", "LIST"),
    ("ACL", "SETUSER", "mallory", "on", "nopass", "+@all", "~*"),
    ("DEBUG", "SLEEP", "0"),
    ("SHUTDOWN", "NOSAVE"),
    ("MONITOR",),
    ("REPLICAOF", "127.0.0.1", "1"),
    ("MODULE", "LIST"),
    ("CLIENT", "LIST"),
    ("SCRIPT", "FLUSH"),
    ("SAVE",),
    ("GET", "other"),
    ("EVAL", "return redis.call('GET', KEYS[1])", "1", "other"),
    # An undeclared key, and a command hidden in a script.
    ("EVAL", "return redis.call('GET', 'other')", "0"),
    ("EVAL", "return redis.call('FLUSHALL')", "0"),
    ("EVAL", "return redis.call('KEYS', '*')", "0"),
    ("PUBLISH", "other", "x"),
]


@pytest.mark.parametrize("role", ROLES)
def test_no_user_does_what_is_not_theirs(tls: TlsRedis, role: str) -> None:
    tls.refusals()
    with tls.client("auditor") as client:
        client.set("other", "kept")
        before = client.dbsize()
    forbidden = [*NOT_THEIRS[role], *(words for words in NOBODY_S if role != "operator" or words[0] != "SCRIPT")]
    with tls.client(role) as client:
        for words in forbidden:
            with pytest.raises(
                redis.ResponseError, match=r"(?i)no ?perm|permission|ACL failure|not allowed|can't (access|run)"
            ):
                client.execute_command(*words)
    with tls.client("auditor") as client:
        assert (client.get("other"), client.dbsize()) == (b"kept", before)
        client.delete("other")
    assert tls.refusals() != []


def test_every_key_has_a_row() -> None:
    """A key that is new must be given to the API, to workers or to neither, in service/storage/acl.py."""
    lane, words = LaneKeys("main"), {"status": "pending", "name": "live"}
    made: list[object] = list(vars(lane).values())
    for room, names in ((lane, vars(LaneKeys)), (keys, vars(keys))):
        for name, value in names.items():
            if inspect.isfunction(value) and value.__module__ == keys.__name__ and not name.startswith("_"):
                arguments = [words.get(known, "x") for known in inspect.signature(value).parameters]
                made.append(getattr(room, name)(*arguments[1 if room is lane else 0 :]))
    made += vars(keys).values()
    named = {key for key in made if isinstance(key, str) and re.match(r"gp:\{\w+\}:.", key)}
    assert len(named) > 30
    for key in named:
        group, rest = key.removeprefix("gp:{").split("}:", 1)
        rows = [*(LANE_KEYS if group == "main" else DIRECTORY_KEYS)]
        rows += [channel.split("}:")[1] for channel in CHANNELS if (group == "dir") is channel.startswith("{dir}")]
        patterns = [kind for kind in rows if re.fullmatch(re.escape(kind).replace(r"\*", ".*"), rest)]
        assert len(patterns) == 1, f"{key}: {patterns}"


def test_every_command_of_the_storage_is_somebody_s() -> None:
    """A command that is new must be given to whoever sends it, in service/storage/acl.py; the rest is an operator's."""
    sent: set[str] = set()
    for file in (STORAGE / "scripts").glob("*.lua"):
        for command, following in re.findall(r"redis\.call\('([A-Z]+)'(?:, '([A-Z]+)')?", file.read_text()):
            sent.add(f"{command} {following}" if command in ("XGROUP", "XINFO") else command)
    for file in STORAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call | ast.Tuple):
                first = (node.args if isinstance(node, ast.Call) else node.elts)[:1]
                for value in first:
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        sent |= set(re.findall(r"^[A-Z]{3,}(?: [A-Z]+)?$", value.value))
    known = {command.replace("|", " ").upper() for commands in COMMANDS.values() for command in commands}
    servers = {"CONFIG GET", "INFO", "SLOWLOG LEN", "SLOWLOG RESET"}
    operators = {"UNLINK", "PEXPIREAT", "SSCAN", "ZSCAN", "ZMSCORE", "XINFO GROUPS", "XREVRANGE", *servers}
    nobody_s = {"CONFIG SET"}
    no_commands = {"STREAMS", "GROUP", "WITHSCORES", "IDLE", "MISCONF", "NOREPLICAS", "NOGROUP", "WRONGTYPE"}
    channels = {"PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE"}
    assert sent - known - operators - nobody_s - no_commands - channels == set()
    greeting = {command.replace("|", " ").upper() for command in GREETING}
    assert known - sent - greeting == set()
