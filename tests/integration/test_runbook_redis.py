"""The runbook's symptoms of Redis and of what it keeps: caused, looked at and mended by what the page says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.domain.runbook import named
from service.storage.keys import lane_keys
from tests.integration.runbook_page import FAST, Follower, accepted, entry, judged, runbook_of
from tests.integration.works import COMMENTS, Works
from tests.processes import ApiProcess, wait_until
from tests.redis_server import RedisServer, any_server


def test_redis_exited_disk_full(short_path: Path, tmp_path: Path) -> None:
    page, folder = entry("redis-exited-disk-full"), short_path / "full"
    folder.mkdir()
    redis = RedisServer(any_server(), folder)
    roomy = redis._command
    # A file may grow to 48 KiB, and a write beyond fails as it does on a full disk.
    redis._command = ["bash", "-c", "trap '' XFSZ; ulimit -f 48; exec \"$@\"", "-", *roomy]
    redis.start()
    api = ApiProcess(redis.url, folder / "api.log")
    api.start()
    try:
        works = Works(redis, api, tmp_path)
        answers: list[httpx.Response] = []
        while not answers or answers[-1].status_code == 202:
            answers.append(works.submit("Many words. " * 100))
        assert runbook_of(answers[-1]) == named("503-storage-unavailable")
        assert redis._process is not None
        redis._process.wait(20)
        assert "No space" in (folder / "log").read_text() or "Exiting" in (folder / "log").read_text()
        follower = Follower(redis.url)
        assert page.says("The storage cannot serve now") in follower.type(page.blocks[0])
        redis._command = roomy
        redis.start()
        accepted(works)
        assert page.says("a write reached it") in follower.type(page.blocks[0])
        kept = answers[:-1]
        assert {works.status(answer.json()) for answer in kept} == {"pending"}
        assert works.lane()["entries"] == len(kept) + 1
    finally:
        api.kill()
        redis.kill()


def test_redis_out_of_memory(works: Works, follower: Follower) -> None:
    page = entry("redis-out-of-memory")
    first = works.submit().json()
    with works.redis.client() as client:
        raw: Any = client
        raw.config_set("maxmemory", "1mb" if raw.info("memory")["used_memory"] > 1_048_576 else "900kb")
        assert runbook_of(works.submit()) == named("503-storage-unavailable")
        looked = follower.type(page.blocks[0])
        assert page.says("of maxmemory is used") in looked
        assert named("redis-out-of-memory") in looked
        assert entry("503-storage-unavailable").says("refuses writes") in looked
        raw.config_set("maxmemory", "0")
    accepted(works)
    assert works.status(first) == "pending"


def test_redis_not_as_it_must_be(works: Works, follower: Follower) -> None:
    page = entry("redis-not-as-it-must-be")
    with works.redis.client() as client:
        raw: Any = client
        raw.config_set("appendfsync", "everysec")
        assert named("redis-not-as-it-must-be") in follower.type(["gatepost doctor"])
        assert page.says("set until the server restarts") in follower.type(page.blocks[0])
        assert raw.config_get("appendfsync") == {"appendfsync": "always"}
        raw.execute_command("ACL", "SETUSER", "tenant", "on", ">word", "~*", "&*", "+@all", "-config")
    tenant = Follower(works.redis.url.replace("unix://", "unix://tenant:word@"))
    assert page.says("cannot see") in tenant.type(page.blocks[0])


def test_clock_jumped(works: Works, follower: Follower) -> None:
    page = entry("clock-jumped")
    library = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
    if not library.exists():
        pytest.skip("this machine has no libfaketime")
    jumped: dict[str, Any] = {"LD_PRELOAD": str(library), "FAKETIME": "+1h", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    assert page.says("this machine's clock is") in Follower(works.redis.url, **jumped).type(page.blocks[0])
    ahead = ApiProcess(works.redis.url, works.redis.folder / "ahead.log", **jumped)
    ahead.start()
    try:
        right, works.api = works.api, ahead
        assert works.submit().status_code == 202
        works.api = right
    finally:
        ahead.kill()
    looked = follower.type(page.blocks[0])
    assert page.says("ids are of a time to come") in looked
    assert named("clock-jumped") in looked
    works.worker(GATEPOST_CLASSIFIER=FAST)
    judged(works)


def test_counts_or_lists_wrong(works: Works, follower: Follower) -> None:
    page, keys = entry("counts-or-lists-wrong"), lane_keys("main")
    works.worker(GATEPOST_CLASSIFIER=FAST)
    receipt = works.submit().json()
    wait_until(lambda: works.status(receipt) == "approved", "a comment to be published")
    plants: tuple[tuple[str, Callable[[Any], object]], ...] = (
        ("counts are wrong", lambda c: c.hincrby(keys.thread("mill", "/mill"), "n", 7)),
        ("places in a list are wrong", lambda c: c.zrem(keys.shown("mill", "/mill"), receipt["id"])),
    )
    look, mend = page.blocks[0]
    with works.redis.client() as client:
        # A housekeeper would mend the counts as well: its next round is a day away.
        wait_until(lambda: client.hexists(keys.chores, "recounts"), "the first recount")
        for phrase, plant in plants:
            plant(client)
            assert page.says(phrase) in follower.type([look])
            assert f"mended: 1 {phrase}" in follower.type([mend])
            assert phrase not in follower.type([look])
    shown = httpx.get(f"{works.api.url}{COMMENTS}", params={"thread": "/mill"}).json()
    assert (shown["count"], len(shown["items"])) == (1, 1)


def test_keys_of_no_site(works: Works, follower: Follower) -> None:
    page = entry("keys-of-no-site")
    works.shell.ask("site", "add", "weir", "--origin", "https://weir.example")
    with works.redis.client() as client:
        raw: Any = client
        raw.set("gp:{main}:c:weir:1", "what a removal left")
        raw.hdel("gp:{dir}:sites", "weir")
        looked = follower.type(page.blocks[0])
        assert page.says("which is no site there") in looked
        assert named("keys-of-no-site") in looked
        follower.type(["gatepost doctor --repair"])
        assert raw.exists("gp:{main}:c:weir:1")
        follower.type(page.blocks[1])
        assert not raw.exists("gp:{main}:c:weir:1")
    assert "which is no site" not in follower.type(page.blocks[0])
