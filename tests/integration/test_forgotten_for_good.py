"""Back up, erase, restore, start: still gone; as somebody with a `gatepost up` does it."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from service.up.places import Places
from service.up.redis_binary import find_servers
from service.up.redis_record import choose_server
from tests.processes import ROOT, wait_until
from tests.up_process import Up
from tests.waiting import until

BODY = "A canary that is to be forgotten for good."
LISTED = "/v1/sites/demo/comments?thread=/demo/weir"


@pytest.fixture
def up() -> Iterator[Up]:
    folder = Path(tempfile.mkdtemp(prefix="gp-"))
    made = Up(folder / "var")
    yield made
    made.end()
    shutil.rmtree(folder)


def gatepost(up: Up, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", "from service.cli import main; main()", *words, "--data", str(up.data), "--json"],
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": str(up.data.parent)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def said_by(up: Up) -> str:
    """Submit a comment as a browser with a key of its own; gives the author's key once it is listed."""
    demo = up.demo()
    comment = {"thread": "/demo/weir", "author": {"name": "Canary", "device": "canarydevice" * 3}, "body": BODY}
    status, receipt = up.ask("POST", "/v1/sites/demo/comments", comment, token=demo["api_key"])
    assert status == 202
    path = urlsplit(receipt["status_url"]).path
    until(lambda: up.ask("GET", path, token=receipt["token"])[1]["status"] == "approved", why="a verdict")
    _, listed = up.ask("GET", "/v1/review/comments?site=demo&thread=/demo/weir", token=demo["moderator_token"])
    (item,) = listed["items"]
    author: str = item["author"]["key"]
    return author


def alone(up: Up) -> subprocess.Popen[bytes]:
    """Start the folder's Redis without API and worker, as docs/PRIVACY.md says."""
    places = Places(up.data)
    server = choose_server(places, find_servers())
    process = subprocess.Popen([str(server.path), str(places.redis_config)], stdout=subprocess.DEVNULL)

    def answers() -> bool:
        try:
            with redis.Redis(unix_socket_path=str(places.socket)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    wait_until(answers, "the folder's Redis")
    return process


def test_who_was_erased_stays_erased_when_an_older_backup_comes_back(up: Up) -> None:
    up.start()
    author = said_by(up)
    assert len(up.ask("GET", LISTED)[1]["items"]) == 1
    backup = up.data.parent / "backup"
    gatepost(up, "backup", str(backup))
    erased = gatepost(up, "erase", "--site", "demo", "--author", author)
    assert (erased["done"], erased["removed"]["texts"]) == (True, 1)
    assert up.ask("GET", LISTED)[1]["items"] == []
    assert stat.S_IMODE((up.data / "ledger").stat().st_mode) == 0o600
    before = up.demo()
    up.stop()

    process = alone(up)
    try:
        restored = gatepost(up, "restore", str(backup), "--replace")
    finally:
        process.terminate()
        process.wait(20)
    assert restored["erasures_open"] == 0

    up.start()
    shown = up.ask("GET", LISTED)[1]
    assert (shown["items"], shown["count"]) == ([], 0)
    assert up.demo()["moderator_token"] == before["moderator_token"]
    _, listed = up.ask("GET", "/v1/review/comments?site=demo&thread=/demo/weir", token=before["moderator_token"])
    assert [(item["status"], item["body"], item["author"]["key"]) for item in listed["items"]] == [("deleted", "", "")]
