"""An operator's commands against real processes: pause, freeze, retry, and a housekeeper that is killed."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from service.storage.keys import lane_keys
from tests.integration.wire import problem_of
from tests.integration.works import Works
from tests.processes import wait_until


def test_a_pause_is_in_force_within_a_second_and_submissions_go_on(works: Works) -> None:
    workers = [works.worker(), works.worker()]
    wait_until(lambda: len(works.lane()["workers"]) == 2, "both workers")
    works.shell.ask("queue", "pause", "--by", "anna")
    # The promise itself: a second, and not when some heartbeat says so.
    time.sleep(1.0)
    waiting = [works.submit().json() for _ in range(5)]
    # Two of their rounds later nothing has been taken.
    wait_until(lambda: len(works.lane()["heeding_pause"]) == 2, "both heartbeats to say so")
    with works.redis.client() as client:
        raw: Any = client
        assert raw.xlen(lane_keys("main").live) == 5
        assert {works.status(receipt) for receipt in waiting} == {"pending"}
    row = works.lane()
    assert (row["paused"], row["paused_by"], row["entries"]) == (True, "anna", 5)
    ready = httpx.get(f"{works.api.url}/health/ready").json()
    assert (ready["status"], ready["paused"]) == ("degraded", ["main"])
    assert "gatepost_paused 1.0" in httpx.get(f"{works.api.url}/metrics").text
    assert "paused lanes: main" in workers[0].output()
    works.shell.ask("queue", "resume", "--by", "ben")
    wait_until(lambda: {works.status(receipt) for receipt in waiting} == {"approved"}, "the queue to be worked off")
    journal = works.shell.ask("queue", "journal")["journal"]
    assert [(line["by"], line["what"]) for line in journal] == [("ben", "resume"), ("anna", "pause")]
    assert "no lane elsewhere" in works.shell.refused("queue", "pause", "--lane", "elsewhere")


def test_a_freeze_is_in_force_at_once_though_every_process_knows_the_site(works: Works) -> None:
    works.worker()
    first = works.submit().json()
    wait_until(lambda: works.status(first) == "approved", "a comment to be published")
    works.shell.ask("site", "freeze", "mill", "--mode", "pre", "--by", "anna")
    second = works.submit().json()
    wait_until(lambda: works.status(second) == "held", "a comment to go before a human")
    until = (datetime.now(UTC) + timedelta(minutes=90)).isoformat()
    frozen = works.shell.ask("site", "freeze", "mill", "--mode", "closed", "--until", until)
    assert (frozen["frozen"], frozen["until"]) == ("closed", until)
    problem = problem_of(works.submit(), 409, "site-closed")
    assert "90 min" in problem["detail"] or "91 min" in problem["detail"]
    shown = works.shell.ask("site", "show", "mill")
    assert (shown["frozen"], shown["frozen_until"][:16]) == ("closed", until[:16])
    works.shell.ask("site", "unfreeze", "mill")
    third = works.submit().json()
    wait_until(lambda: works.status(third) == "approved", "a comment to be published again")
    assert works.status(second) == "held"
    assert "not frozen" in works.shell.refused("site", "unfreeze", "mill")
    assert "has passed" in works.shell.refused("site", "freeze", "mill", "--mode", "pre", "--until", "2026-01-01")


def test_what_was_buried_is_listed_without_text_and_tried_again(works: Works) -> None:
    works.worker()
    poison = works.submit("A [raise] of wages.").json()
    wait_until(lambda: works.lane()["buried"] == 1, "poison to be buried")
    listed = works.shell.type("queue", "buried")
    assert "wages" not in listed.output
    (row,) = works.shell.ask("queue", "buried")["buried"]
    assert (row["id"], row["site"], row["error"], row["fate"]) == (poison["id"], "mill", "ValueError", "waits")
    works.workers[0].stop()
    works.worker(GATEPOST_CLASSIFIER="toy-planted")
    assert "no buried entry" in works.shell.refused("queue", "retry", "01920000-0000-7000-8000-000000000000")
    done = works.shell.ask("queue", "retry", poison["id"], "--by", "anna")
    assert done == {"queued": [poison["id"]], "cleared": [], "unreadable": [], "kept": []}
    wait_until(lambda: works.status(poison) == "approved", "the mended classifier to judge it")
    assert works.shell.ask("queue", "buried") == {"buried": []}
    assert works.shell.ask("queue", "retry", "--all")["queued"] == []
    assert works.shell.type("queue", "retry").exit_code == 2


def test_the_lease_of_a_killed_housekeeper_passes_to_another_worker(works: Works) -> None:
    first = works.worker()
    wait_until(lambda: works.lane()["housekeeper"], "somebody to keep house")
    second = works.worker()
    wait_until(lambda: len(works.lane()["workers"]) == 2, "the second worker")
    keeper = works.lane()["housekeeper"]
    assert keeper.split("-")[-2] == str(first.pid)
    wait_until(lambda: 'chore="recounts"' in httpx.get(f"{works.api.url}/metrics").text, "metrics to show its runs")
    first.kill()
    wait_until(lambda: str(second.pid) in (works.lane()["housekeeper"] or ""), "the lease to pass")
    second.stop()
    with works.redis.client() as client:
        assert not client.exists(lane_keys("main").lease)
