"""Redis over TLS with a user for each role: real processes work with their own, and are refused what is not theirs."""

import ast
import json
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from click.testing import CliRunner

from service.cli import main
from service.storage import keys
from service.storage.acl import COMMANDS, DIRECTORY_KEYS, LANE_KEYS, ROLES, acl_file, user_of
from service.storage.keys import LaneKeys, lane_keys
from tests.integration.wire import COMMENTS, problem_of, wire
from tests.processes import ApiProcess, WorkerProcess, environment, wait_until
from tests.redis_server import SERVERS
from tests.security.tls_redis import TlsRedis

ORIGIN = "https://mill.example"
STORAGE = Path(str(files("service.storage")))


@pytest.fixture(scope="module")
def tls(short_path: Path) -> Iterator[TlsRedis]:
    binary = SERVERS["debian-7.0"]
    if binary is None or shutil.which("openssl") is None:
        pytest.skip("this machine has no redis-server 7.0 with TLS, or no openssl")
    folder = short_path / "tls"
    folder.mkdir()
    server = TlsRedis(binary, folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def shell(tls: TlsRedis, *words: str, role: str = "operator") -> dict[str, Any]:
    """Type a command of gatepost as somebody who has a role's password."""
    done = CliRunner().invoke(main, [*words, "--json"], env=environment(tls.url(role)))
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@dataclass
class Town:
    """A site with an API and a worker, each of them with its own user."""

    api: ApiProcess
    worker: WorkerProcess
    moderator: dict[str, Any]
    review: dict[str, str]
    own: dict[str, str]


@pytest.fixture
def peopled(tls: TlsRedis) -> Iterator[Town]:
    shell(tls, "site", "add", "mill", "--origin", ORIGIN, "--classifier", "embedded-fast")
    moderator = shell(tls, "moderator", "add", "Mo", "--site", "mill")
    key = shell(tls, "site", "key", "rotate", "mill")["token"]
    made = Town(
        api=ApiProcess(tls.url("api"), tls.folder / "api.log"),
        worker=WorkerProcess(tls.url("worker"), tls.folder / "worker.log", GATEPOST_CLAIM_SECONDS="1"),
        moderator=moderator,
        review={"authorization": f"Bearer {moderator['token']}"},
        own={"authorization": f"Bearer {key}"},
    )
    made.api.start()
    made.worker.start()
    yield made
    made.worker.kill()
    made.api.kill()
    shell(tls, "site", "remove", "mill", "--yes")
    tls.refusals()


def test_each_process_does_its_whole_work_with_its_own_user(tls: TlsRedis, peopled: Town) -> None:
    review, own = peopled.review, peopled.own
    with httpx.Client(base_url=peopled.api.url, timeout=10) as http:
        wait_until(lambda: http.get("/health/ready").json()["workers"] == 1, "the worker's heartbeat")
        bodies = ("A fine morning.", "You fool, the weir is closed.", "Another fine morning.")
        receipts = [
            http.post(COMMENTS, json=wire(body=b), headers={"idempotency-key": f"{n:016}"}).json()
            for n, b in enumerate(bodies)
        ]
        listing = f"{COMMENTS}?thread=/mill"
        with http.stream("GET", "/v1/sites/mill/stream?thread=/mill") as live:
            heard = live.iter_lines()
            assert next(heard) == ": hello"
            wait_until(
                lambda: http.get("/v1/review/comments?site=mill&status=pending", headers=review).json()["items"] == [],
                "the worker's verdicts",
            )
        items = http.get("/v1/review/comments?site=mill", headers=review).json()["items"]
        assert len(items) == len(bodies)
        for item in items:
            choice = {"site": "mill", "id": item["id"], "version": item["version"], "action": "approve"}
            decided = http.post("/v1/review/decisions", json={"decisions": [choice]}, headers=review)
            assert decided.status_code == 200
        for sort in ("riskiest", "newest", "oldest"):
            assert http.get(f"/v1/review/comments?site=mill&sort={sort}", headers=review).status_code == 200
        assert http.get(listing).json()["count"] == len(bodies)
        etag = http.get(listing).headers["etag"]
        assert http.get(listing, headers={"if-none-match": etag}).status_code == 304
        assert http.get("/v1/sites/mill/counts?thread=/mill").json()["counts"] == {"/mill": len(bodies)}
        path = f"{COMMENTS}/{receipts[0]['id']}"
        mine = {"authorization": f"Bearer {receipts[0]['token']}"}
        assert http.patch(path, json={"body": "Anew."}, headers=mine).status_code == 200
        wait_until(lambda: http.get(path, headers=mine).json()["status"] != "pending", "another verdict")
        assert http.delete(path, headers=mine).status_code == 204
        policy = http.get("/v1/sites/mill/policy", headers=own).json()
        assert http.put("/v1/sites/mill/policy", json=policy, headers=own).status_code == 200
        patched = http.patch("/v1/sites/mill/threads?thread=/mill", json={"closed": True}, headers=own)
        assert patched.status_code == 200
        problem_of(http.post(COMMENTS, json=wire()), 409, "thread-closed")
        wrong = {"authorization": "Bearer gps_wrong"}
        problem_of(http.get("/v1/sites/mill/policy", headers=wrong), 401, "unauthorised")
        assert http.get("/metrics").status_code == 200
    assert tls.refusals() == []


def test_a_worker_takes_over_and_leaves_and_an_operator_clears_up(tls: TlsRedis, peopled: Town) -> None:
    peopled.worker.kill()
    late = httpx.post(f"{peopled.api.url}{COMMENTS}", json=wire(body="A late morning.")).json()
    peopled.worker.start()
    mine = {"authorization": f"Bearer {late['token']}"}
    where = f"{peopled.api.url}{COMMENTS}/{late['id']}"
    wait_until(lambda: httpx.get(where, headers=mine).json()["status"] == "approved", "another worker's verdict")
    shell(tls, "health", "worker", "--any", role="worker")
    assert peopled.worker.stop() == 0
    assert peopled.api.stop() == 0
    shell(tls, "health", "all")
    shell(tls, "site", "list")
    shell(tls, "site", "key", "list", "mill")
    shell(tls, "moderator", "token", "rotate", peopled.moderator["moderator"])
    shell(tls, "moderator", "revoke", peopled.moderator["moderator"])
    assert tls.refusals() == []


NOT_THEIRS: dict[str, list[tuple[str, ...]]] = {
    "api": [
        ("HSET", keys.CREDENTIALS, "x", "y"),
        ("HSET", keys.EXPIRIES, "x", "1"),
        ("HGETALL", keys.PRINCIPALS),
        ("HSET", keys.SITES, "x", "main"),
        ("SADD", keys.LANES, "x"),
        ("SET", keys.worker("w"), "x"),
        ("XREADGROUP", "GROUP", keys.GROUP, "w", "STREAMS", lane_keys("main").live, ">"),
        ("XREAD", "STREAMS", lane_keys("main").live, "0"),
        ("DEL", lane_keys("main").live),
        ("UNLINK", lane_keys("main").live),
        ("SCAN", "0"),
    ],
    "worker": [
        ("HSET", keys.CREDENTIALS, "x", "y"),
        ("HGET", keys.CREDENTIALS, "x"),
        ("HGETALL", keys.EXPIRIES),
        ("HGETALL", keys.PRINCIPALS),
        ("GET", keys.PEPPER),
        ("SET", keys.PEPPER, "x"),
        ("SET", lane_keys("main").site("mill"), "x"),
        ("HSET", lane_keys("main").policy("mill"), "v", "2"),
        ("GET", lane_keys("main").rate("address", "mill", "x")),
        ("GET", lane_keys("main").idempotency("mill", "x")),
        ("HSET", keys.SITES, "x", "main"),
        ("SUBSCRIBE", lane_keys("main").channel("mill", "/mill")),
        ("SCAN", "0"),
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


def test_without_its_password_or_its_ca_nothing_starts(tls: TlsRedis, tmp_path: Path) -> None:
    for url, says in (
        (tls.url("api", ca="other-ca"), "storage"),
        (tls.url("api", password="wrong"), "storage"),
        (f"redis://api:{tls.passwords['api']}@127.0.0.1:{tls.port}/0", "storage"),
        (f"rediss://127.0.0.1:{tls.port}/0?ssl_ca_certs={tls.folder / 'ca.crt'}", "storage"),
    ):
        api = ApiProcess(url, tmp_path / "api.log")
        with pytest.raises(RuntimeError):
            api.start()
        assert says in api.output()
        assert "Traceback" not in api.output()
        assert tls.passwords["api"] not in api.output()
    with socket.create_connection(("127.0.0.1", tls.port), timeout=5) as plain:
        plain.sendall(b"PING\r\n")
        with suppress(ConnectionResetError):
            assert b"PONG" not in plain.recv(100)


def test_the_file_holds_no_password_and_no_default_user(tls: TlsRedis) -> None:
    text = (tls.folder / "users" / "users.acl").read_text()
    assert text.startswith("user default off\n")
    assert not any(tls.passwords[role] in text for role in ROLES)
    for name in ("users.acl", *(f"{role}.password" for role in ROLES)):
        assert (tls.folder / "users" / name).stat().st_mode & 0o077 == 0
    with pytest.raises(ValueError, match="none of"):
        user_of("root", "x")
    assert "nopass" not in acl_file([user_of(role, "x") for role in ROLES])


def test_every_key_has_a_row() -> None:
    """A key that is new must be given to the API, to workers or to neither, in service/storage/acl.py."""
    made: list[str] = []
    lane = LaneKeys("main")
    for name, value in vars(LaneKeys).items():
        if callable(value) and not name.startswith("_"):
            arguments = ["x"] * (value.__code__.co_argcount - 1)
            made.append(getattr(lane, name)(*(("pending",) if name == "stream" else arguments)))
    made += [value for name, value in vars(lane).items() if name != "prefix"]
    made += [value for value in vars(keys).values() if isinstance(value, str) and value.startswith("gp:{dir}:")]
    made += [keys.worker("x"), keys.attempts("x")]
    for key in made:
        found = re.fullmatch(r"gp:\{(main|dir)\}:(.*)", key)
        assert found is not None, key
        table, rest = (LANE_KEYS if found[1] == "main" else DIRECTORY_KEYS), found[2]
        patterns = [kind for kind in table if re.fullmatch(re.escape(kind).replace(r"\*", ".*"), rest)]
        # A channel is no key.
        assert len(patterns) == 1 or rest.startswith("ev:"), f"{key}: {patterns}"


def test_every_command_of_the_storage_is_somebody_s() -> None:
    """A command that is new must be given to whoever sends it, in service/storage/acl.py; the rest is an operator's."""
    sent: set[str] = set()
    for file in (STORAGE / "scripts").glob("*.lua"):
        sent |= set(re.findall(r"redis\.call\('([A-Z]+)'", file.read_text()))
    for file in STORAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call | ast.Tuple):
                first = (node.args if isinstance(node, ast.Call) else node.elts)[:1]
                for value in first:
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        sent |= set(re.findall(r"^[A-Z]{3,}(?: [A-Z]+)?$", value.value))
    known = {command.replace("|", " ").upper() for commands in COMMANDS.values() for command in commands}
    operators = {"SCAN", "UNLINK"}
    no_commands = {"STREAMS", "GROUP", "WITHSCORES", "IDLE", "MISCONF", "NOREPLICAS", "NOGROUP"}
    assert sent - known - operators - no_commands == set()
