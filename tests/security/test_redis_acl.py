"""Redis over TLS with a user for each role: real processes work with their own, and are refused what is not theirs."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from service.cli import main
from service.storage import directory_keys
from service.storage.acl import ROLES, acl_file, user_of
from service.storage.keys import lane_keys
from tests.integration.wire import COMMENTS, problem_of, wire
from tests.processes import ApiProcess, WorkerProcess, environment, wait_until
from tests.security.tls_redis import TlsRedis

ORIGIN = "https://mill.example"
CHORES = {
    *(b"idle-consumers", b"leftovers", b"recounts", b"retention", b"erasure", b"late-comments"),
    *(b"reports", b"tallies", b"audit"),
}


def shell(tls: TlsRedis, *words: str, role: str = "operator") -> dict[str, Any]:
    """Type a command of gatepost as somebody who has a role's password."""
    done = CliRunner().invoke(main, [*words, "--json"], env=environment(tls.url(role)))
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def ill(tls: TlsRedis, *words: str) -> set[str]:
    """Name what `gatepost doctor` finds ill as an operator types it."""
    done = CliRunner().invoke(main, ["doctor", *words, "--json"], env=environment(tls.url("operator")))
    return {check["name"] for check in json.loads(done.stdout)["checks"] if check["state"] != "well"}


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
    tls.refusals()
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
    with tls.client("auditor") as client:
        # So that this worker does every chore, whatever those before it have done.
        client.delete(lane_keys("main").chores)
    made.api.start()
    made.worker.start()
    yield made
    made.worker.kill()
    made.api.kill()
    shell(tls, "site", "remove", "mill", "--yes")


def judged(item: dict[str, Any]) -> dict[str, Any]:
    return {"site": "mill", "id": item["id"], "version": item["version"], "judgement": "fit"}


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
        assert len(http.get("/v1/sites/mill/policy/history", headers=own).json()["items"]) == 2
        back = http.post("/v1/sites/mill/policy/rollback", json={"to": 1}, headers=own)
        assert back.status_code == 200, peopled.api.output()[-500:]
        rehearsed = http.post("/v1/sites/mill/policy/rehearse", json={"policy": policy}, headers=own)
        assert rehearsed.json()["decided"] == len(bodies) - 1, rehearsed.text
        assert http.get("/v1/sites/mill/house-rules").status_code == 200
        assert http.get("/v1/review/audits?site=mill", headers=review).json()["total"] == 0
        assert http.get("/v1/review/audit-figure?site=mill", headers=review).status_code == 200
        assert http.post("/v1/review/audits", json=judged(items[0]), headers=review).status_code == 404
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


def test_an_operator_comes_round_and_a_worker_keeps_house(tls: TlsRedis, peopled: Town) -> None:
    told = httpx.post(f"{peopled.api.url}{COMMENTS}", json=wire(body="A fine morning.")).json()
    for words in ("pause", "resume", "status", "buried", "journal"):
        shell(tls, "queue", words)
    shell(tls, "queue", "retry", "--all")
    shell(tls, "site", "freeze", "mill", "--mode", "pre")
    shell(tls, "site", "unfreeze", "mill")
    held = ("--site", "mill", "--comment", told["id"])
    shell(tls, "legal-hold", "add", *held, "--reason", "a case", "--until", "2999-01-01")
    shell(tls, "legal-hold", "list", "--site", "mill")
    shell(tls, "legal-hold", "remove", *held)
    shell(tls, "retention", "run", "--all")
    shell(tls, "erase", "--site", "mill", "--sub", "nobody")
    with tls.client("auditor") as client:
        wait_until(lambda: set(client.hkeys(lane_keys("main").chores)) == CHORES, "every chore")
    # The thresholds are of another classifier than the toy.
    wait_until(lambda: ill(tls) == {"classifiers"}, "a sound deployment")
    assert ill(tls, "--repair") == {"classifiers"}
    kept = tls.folder / "kept.backup"
    kept.unlink(missing_ok=True)
    shell(tls, "backup", str(kept))
    assert peopled.worker.stop() == 0
    assert peopled.api.stop() == 0
    with tls.client("auditor") as client:
        wait_until(
            lambda: not [*client.scan_iter(directory_keys.worker("*"))],
            "the heartbeats of those killed before to run out",
        )
    assert shell(tls, "restore", str(kept), "--replace")["comments"] == 1
    assert tls.refusals() == []


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
