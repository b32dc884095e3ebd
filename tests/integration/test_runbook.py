"""The runbook's symptoms of API, queue and workers: caused, looked at and mended by what the page says."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any, get_args

import httpx

from service.api.problems import STATUS, describe
from service.domain.errors import Unavailable
from service.domain.runbook import PROBLEMS, named
from service.domain.runbook import Entry as EntryName
from service.storage.keys import lane_keys
from tests.builders import THREAD
from tests.integration.conftest import STREAMS, ServedApi, Town
from tests.integration.runbook_page import FAST, Entry, Follower, accepted, ends, entries, entry, judged, runbook_of
from tests.integration.works import Works
from tests.processes import ApiProcess, wait_until


def test_the_page_has_each_entry_and_no_other() -> None:
    assert set(entries()) == set(get_args(EntryName))
    assert all(found.blocks for found in entries().values())


def test_every_503_names_an_entry() -> None:
    for slug in (slug for slug, status in STATUS.items() if status == 503):
        assert describe(Unavailable("Later.", retry_after=1, slug=slug))["runbook"] == named(PROBLEMS[slug])


def test_when_in_doubt_look_first(works: Works, follower: Follower) -> None:
    preface = Entry("preface", (Path(__file__).parents[2] / "docs" / "RUNBOOK.md").read_text().partition("\n## ")[0])
    answer = follower.type(preface.blocks[0])
    assert "persistence" in answer
    assert "lane main" in answer


def test_comments_stay_pending(works: Works, follower: Follower) -> None:
    page = entry("comments-stay-pending")
    works.shell.ask("queue", "pause", "--by", "anna")
    receipts = [works.submit().json() for _ in range(3)]
    with works.redis.client() as client:
        raw: Any = client
        (lost, *_) = raw.xrange(lane_keys("main").live)
        raw.xdel(lane_keys("main").live, lost[0])
    looked = follower.type(page.blocks[0])
    for phrase in ("nobody works on lane", "is paused by", "comments wait without an entry"):
        assert page.says(phrase) in looked
    assert named("comments-stay-pending") in looked
    works.worker(GATEPOST_CLASSIFIER=FAST)
    follower.type(page.blocks[1])
    follower.type([page.says("gatepost doctor --repair")])
    wait_until(lambda: {works.status(receipt) for receipt in receipts} == {"approved"}, "every comment to be judged")
    wait_until(lambda: works.lane()["workers"], "the worker's heartbeat")
    looked = follower.type(page.blocks[0])
    assert "nobody works" not in looked
    assert "without an entry" not in looked


def test_503_storage_unavailable(works: Works, follower: Follower) -> None:
    page = entry("503-storage-unavailable")
    works.redis.kill()
    assert runbook_of(works.submit()) == named("503-storage-unavailable")
    ready = httpx.get(f"{works.api.url}/health/ready")
    assert runbook_of(ready) == named("503-storage-unavailable")
    assert page.says("The storage cannot serve now") in follower.type(page.blocks[0])
    works.redis.start()
    accepted(works)


def test_503_queue_full(works: Works, follower: Follower, tmp_path: Path) -> None:
    page = entry("503-queue-full")
    small = ApiProcess(works.redis.url, tmp_path / "small", GATEPOST_BACKLOG="3")
    small.start()
    try:
        full, works.api = works.api, small
        while (answer := works.submit()).status_code == 202:
            pass
        assert runbook_of(answer) == named("503-queue-full")
        assert page.says("workers      none") in follower.type(page.blocks[0])
        works.worker(GATEPOST_CLASSIFIER=FAST)
        accepted(works)
        works.api = full
    finally:
        small.kill()


async def test_503_streams_full(town: Town, served: ServedApi) -> None:
    page, stream = entry("503-streams-full"), f"/v1/sites/mill/stream?thread={THREAD}"
    assert served.streams is not None
    async with asyncio.timeout(20):
        while served.streams.open_count:
            await asyncio.sleep(0.01)
    async with contextlib.AsyncExitStack() as open_streams:
        http = await open_streams.enter_async_context(httpx.AsyncClient(base_url=town.url, timeout=20))
        for _ in range(STREAMS):
            await open_streams.enter_async_context(http.stream("GET", stream))
        assert runbook_of(await http.get(stream)) == named("503-streams-full")
        follower = Follower(town.redis.url, GATEPOST_PUBLIC_URL=town.url)
        looked = await asyncio.to_thread(follower.type, page.blocks[0])
        assert f"{page.says('gatepost_streams_open')} {STREAMS}.0" in looked


def test_worker_exits_2(works: Works) -> None:
    page = entry("worker-exits-2")
    works.submit()
    assert "no classifier" in ends(works.worker(GATEPOST_CLASSIFIER="nonsense"), 2, "worker-exits-2")
    wrong = Follower(works.redis.url, GATEPOST_CLASSIFIER="nonsense")
    assert page.says("no classifier") in wrong.type(page.blocks[0])
    assert '"scores"' in Follower(works.redis.url).type(page.blocks[0])
    assert works.lane()["entries"] == 1
    works.worker(GATEPOST_CLASSIFIER=FAST)
    judged(works)


def test_worker_exits_3(works: Works, follower: Follower) -> None:
    page = entry("worker-exits-3")
    works.submit()
    # One that breaks while it works, and one that was never well.
    said = ends(works.worker(GATEPOST_CLASSIFIER="toy-breaking"), 3, "worker-exits-3")
    assert page.says("cannot score the control text") in said
    looked = follower.type(page.blocks[0])
    assert page.says("cannot score and ends") in looked
    assert "waiting      1" in looked
    ends(works.worker(GATEPOST_CLASSIFIER="toy-broken"), 3, "worker-exits-3")
    works.worker(GATEPOST_CLASSIFIER=FAST)
    judged(works)


def test_worker_exits_70(works: Works, follower: Follower) -> None:
    page = entry("worker-exits-70")
    hangs = works.submit("This will [hang] about.").json()
    said = ends(works.worker(), 70, "worker-exits-70")
    assert page.says("the classifier hangs: this worker ends") in said
    # As a supervisor starts it again.
    for _ in range(3):
        ends(works.worker(), 70, "worker-exits-70")
    works.worker()
    wait_until(lambda: works.status(hangs) == "held", "a human to be asked")
    looked = follower.type(page.blocks[0])
    assert page.says("ProcessEnded") in looked
    assert hangs["id"] in looked


def test_buried_entries_grow(works: Works, follower: Follower) -> None:
    page = entry("buried-entries-grow")
    works.worker()
    receipts = [works.submit(f"A [raise] of wages, {n}.").json() for n in range(2)]
    wait_until(lambda: works.lane()["buried"] == 2, "poison to be buried")
    assert named("buried-entries-grow") in follower.type(["gatepost doctor"])
    looked = follower.type(page.blocks[0])
    assert looked.count(page.says("waits")) == 2
    assert "wages" not in looked
    works.workers[0].stop()
    works.worker(GATEPOST_CLASSIFIER=FAST)
    follower.type(page.blocks[1])
    wait_until(lambda: "pending" not in {works.status(receipt) for receipt in receipts}, "both to be judged")
    assert "Nothing is buried" in follower.type(page.blocks[0])


def test_thresholds_of_another_classifier(works: Works, follower: Follower) -> None:
    page = entry("thresholds-of-another-classifier")
    other = works.worker()
    wait_until(lambda: works.lane()["workers"], "a worker")
    looked = follower.type(page.blocks[0])
    assert page.says("thresholds are of") in looked
    assert f"classifier: {FAST}" in looked
    assert named("thresholds-of-another-classifier") in other.output()
    other.stop()
    works.worker(GATEPOST_CLASSIFIER=FAST)
    wait_until(lambda: works.lane()["workers"], "the right worker")
    assert "thresholds are of" not in follower.type(page.blocks[0])


def test_a_flood(works: Works, follower: Follower) -> None:
    page = entry("a-flood")
    waits = works.submit().json()
    assert "freeze mill mode closed until" in follower.type(page.blocks[0])
    refused = works.submit()
    assert (refused.status_code, refused.json()["type"]) == (409, page.says("site-closed"))
    works.worker(GATEPOST_CLASSIFIER=FAST)
    wait_until(lambda: works.status(waits) == "held", "what waited to go before a human")
    follower.type(page.blocks[1])
    accepted(works)
