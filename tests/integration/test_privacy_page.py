"""What docs/PRIVACY.md tells an operator to type, typed; and what the commands refuse."""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.domain.comment import Comment
from service.domain.keeping import ledger_name
from service.settings import read_settings
from service.wiring import open_archive
from tests.audit import audit, contents
from tests.builders import Writer, policy_of, site_of
from tests.contract.test_fleet import worker
from tests.fakes.clock import Clock
from tests.integration.canaries import gatepost
from tests.processes import ROOT, environment
from tests.redis_backend import RedisBackend
from tests.redis_server import RedisServer, any_server, free_port
from tests.steps import approved
from tests.unit.workflow.test_erase import ANNA, by_anna

PAGE = ROOT / "docs" / "PRIVACY.md"


class Desk:
    """A Redis with a site, a comment of Anna's and one of a typed name."""

    def __init__(self, folder: Path) -> None:
        self.redis = RedisServer(any_server(), folder, port=free_port())
        self.comments: list[Comment] = []

    async def fill(self) -> None:
        clock = Clock()
        backend = RedisBackend(self.redis, clock)
        site = site_of(clock)
        writer = Writer(clock, site)
        await backend.directory.add_site(site, policy_of())
        async with open_archive(read_settings(environment(self.redis.url))):
            pass
        for comment in (by_anna(writer), by_anna(writer), writer.comment("Of somebody else.")):
            await backend.comments.submit(site, writer.order(comment))
            self.comments.append(await approved(backend, writer, comment))
        await backend.close()

    def ask(self, *words: str, **env: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(gatepost(self.redis, *words, "--json", code=0, **env))
        return answer

    def refused(self, *words: str, **env: str) -> str:
        return gatepost(self.redis, *words, code=1, **env)

    def status_of(self, number: int) -> str | None:
        with self.redis.client() as client:
            status: Any = client.hget(f"gp:{{main}}:c:mill:{self.comments[number].id}", "s")
        return status.decode() if status is not None else None

    def clean(self) -> bool:
        with self.redis.client() as client:
            return audit(client) == []


@pytest.fixture
def desk(short_path: Path) -> Iterator[Desk]:
    made = Desk(Path(tempfile.mkdtemp(dir=short_path)))
    made.redis.start()
    asyncio.run(made.fill())
    yield made
    made.redis.kill()


def test_every_command_of_the_page_does_what_it_says(desk: Desk, tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    commands = "".join(blocks)
    assert len(blocks) == 5
    # In the page's order, but for the backup: it is made while there is somebody to erase.
    before, restore = commands.split("gatepost restore")
    before = before.replace("gatepost backup gatepost.backup\n", "")
    env = {
        **environment(f"redis://127.0.0.1:{desk.redis.port}/0", GATEPOST_CLASSIFIER="embedded-fast"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SITE": "mill",
        "AUTHOR": ANNA,
        "COMMENT": desk.comments[2].id,
    }
    done = subprocess.run(
        ["bash", "-eu", "-c", f"gatepost backup gatepost.backup\n{before}\ngatepost restore{restore}"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "texts: 2" in done.stdout
    assert "Nothing was removed: this was a dry run." in done.stdout
    assert re.search(r"add +\S+ +N\. Berg +Case 7", done.stdout)
    assert "erasures_open: 0" in done.stdout
    assert [desk.status_of(number) for number in range(3)] == ["deleted", "deleted", "approved"]
    assert [json.loads(line).get("id") for line in (tmp_path / "person.jsonl").read_text().splitlines()] == [
        None,
        desk.comments[0].id,
        desk.comments[1].id,
        None,
    ]
    assert desk.clean()


def test_a_typed_name_is_refused_and_leaves_no_file(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "person.jsonl"
    assert "typed name" in desk.refused("export", "--site", "mill", "--author", "anna", "--out", str(out))
    assert not out.exists()
    assert "typed name" in desk.refused("erase", "--site", "mill", "--author", "anna")
    assert "no site weir" in desk.refused("erase", "--site", "weir", "--author", ANNA)
    out.write_text("kept")
    assert "cannot be made" in desk.refused("export", "--site", "mill", "--author", ANNA, "--out", str(out))
    assert out.read_text() == "kept"
    assert desk.status_of(2) == "approved"


def test_a_hold_is_placed_shown_and_lifted(desk: Desk) -> None:
    kept = desk.comments[0].id
    there = ("--site", "mill", "--comment", kept)
    assert "not in the future" in desk.refused(
        "legal-hold", "add", *there, "--reason", "Case 7", "--until", "2020-01-01"
    )
    placed = desk.ask("legal-hold", "add", *there, "--reason", "Case 7", "--until", "2099-01-01")
    assert (placed["by"], placed["until"]) == ("nora", "2099-01-01T00:00:00Z")
    (listed,) = desk.ask("legal-hold", "list", "--site", "mill")["holds"]
    assert (listed["comment"], listed["reason"], listed["in_force"]) == (kept, "Case 7", True)
    erased = desk.ask("erase", "--site", "mill", "--author", ANNA)
    assert (erased["kept_under_legal_hold"], erased["removed"]["comments"], erased["done"]) == (1, 1, False)
    assert "kept under legal hold: 1" in gatepost(desk.redis, "erase", "--site", "mill", "--author", ANNA)
    assert [desk.status_of(0), desk.status_of(1)] == ["approved", "deleted"]
    desk.ask("legal-hold", "remove", *there, "--by", "dora")
    assert desk.status_of(0) == "deleted"
    history = desk.ask("legal-hold", "list", "--site", "mill", "--history")["history"]
    assert [(event["action"], event["by"]) for event in history] == [("add", "nora"), ("remove", "dora")]
    assert "no legal hold" in desk.refused("legal-hold", "remove", *there)
    assert desk.clean()


def test_a_restore_is_refused_before_it_changes_anything(desk: Desk, tmp_path: Path) -> None:
    path, damaged = tmp_path / "backup", tmp_path / "damaged"
    said = desk.ask("backup", str(path))
    assert (said["comments"], said["bytes"]) == (3, path.stat().st_size)
    assert "there already" in desk.refused("backup", str(path))
    damaged.write_bytes(path.read_bytes()[:-1])
    assert "damaged" in desk.refused("restore", str(damaged), "--replace")
    assert "--replace" in desk.refused("restore", str(path))
    assert "no site weir" in desk.refused("restore", str(path), "--site", "weir", "--replace")
    other = "another-secret-of-more-than-thirty-two-bytes"
    assert "GATEPOST_SECRET" in desk.refused("restore", str(path), "--replace", GATEPOST_SECRET=other)
    asyncio.run(with_a_worker(desk, path))
    assert [desk.status_of(number) for number in range(3)] == ["approved"] * 3
    restored = desk.ask("restore", str(path), "--replace")
    assert restored == {"sites": ["mill"], "comments": 3, "queued": 0, "unreadable": 0, "erasures_open": 0}
    one = desk.ask("restore", str(path), "--site", "mill", "--replace")
    assert one == restored
    assert desk.clean()


async def with_a_worker(desk: Desk, path: Path) -> None:
    backend = RedisBackend(desk.redis, Clock())
    await backend.fleet.beat(worker("w"), seconds=60)
    said = await asyncio.to_thread(desk.refused, "restore", str(path), "--replace")
    assert "stop them" in said
    await backend.fleet.leave("w")
    await backend.close()


def test_sites_do_not_move_between_different_keys(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "backup"
    desk.ask("backup", str(path))
    with desk.redis.client() as client:
        client.flushall()
    # Whoever looks first makes the key of the hashes.
    desk.ask("site", "list")
    assert "different keys" in desk.refused("restore", str(path), "--site", "mill")
    assert desk.status_of(0) is None


def test_a_damaged_ledger_stops_an_erasure_s_beginning(desk: Desk, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    said = desk.refused("erase", "--site", "mill", "--author", ANNA, GATEPOST_LEDGER=str(tmp_path / "no" / "ledger"))
    assert "Nothing was erased" in said
    assert desk.status_of(0) == "approved"
    desk.ask("erase", "--site", "mill", "--author", ANNA, GATEPOST_LEDGER=str(ledger))
    assert ledger.stat().st_mode & 0o777 == 0o600
    (line,) = ledger.read_text().splitlines()
    assert json.loads(line)["name"] == ledger_name("mill", ANNA)
    desk.ask("erase", "--site", "mill", "--author", ANNA, GATEPOST_LEDGER=str(ledger))
    backup = tmp_path / "backup"
    desk.ask("backup", str(backup))
    ledger.write_text(f"nonsense\n{line}\n")
    with desk.redis.client() as client:
        before = contents(client)
    assert "Line 1 of the ledger" in desk.refused("restore", str(backup), "--replace", GATEPOST_LEDGER=str(ledger))
    with desk.redis.client() as client:
        assert contents(client) == before
