import stat
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from service.domain.rules import WORKER_RULES
from service.domain.work import Subject
from service.language import uncovered
from service.up.busy_comments import COMMENTS, Said
from service.up.demo import Demo, demo_origins, demo_policy, read_demo
from service.up.door import Door
from service.up.durable import write_private
from service.up.places import Places
from service.up.seeding import Abandoned, Seeding, waves
from tests.builders import Writer, site_of
from tests.fakes.clock import Clock
from workers.classifiers.registry import load_classifier
from workers.judge import Judge


class FakeDoor(Door):
    """An API that judges at once: everything is approved but what mentions idiots."""

    def __init__(self, *, exists: bool = False, judges: bool = True) -> None:
        super().__init__("nowhere", 0, "gps_key")
        self.exists = exists
        self.judges = judges
        self.posted: list[dict[str, Any]] = []
        self.keys: set[str] = set()

    def ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        seconds: float = 0,
    ) -> tuple[int, dict[str, Any]]:
        if "/threads" in path:
            return (200, {}) if self.exists else (404, {})
        if method == "GET":
            text = self.posted[int(path.rpartition("/")[2])]["body"]
            return 200, {"status": ("held" if "idiot" in text else "approved") if self.judges else "pending"}
        assert body is not None
        assert headers is not None
        self.posted.append(body)
        self.keys.add(headers["idempotency-key"])
        return 202, {"id": str(len(self.posted) - 1), "token": "gpa_token"}


def seeding(door: FakeDoor, stop: threading.Event | None = None) -> Seeding:
    return Seeding(door, "demo", "http://127.0.0.1:8000", stop or threading.Event())


def test_the_demo_may_be_opened_by_either_name_of_this_machine() -> None:
    found = demo_origins("http://127.0.0.1:8000", "https://comments.example/", 8000)
    assert {"http://127.0.0.1:8000", "http://localhost:8000", "https://comments.example"} < set(found)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"site": 3}', b"\xff"])
def test_a_demo_file_that_cannot_be_read_is_made_anew(tmp_path: Path, content: bytes) -> None:
    places = Places(tmp_path)
    places.demo.write_bytes(content)
    assert read_demo(places) == Demo()


def test_the_demo_file_is_private(tmp_path: Path) -> None:
    places = Places(tmp_path)
    write_private(places.demo, "{}")
    assert stat.S_IMODE(places.demo.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["embedded", "embedded-fast"])
def test_the_busy_article_shows_every_outcome(name: str, clock: Clock) -> None:
    writer, policy = Writer(clock, site_of(clock)), demo_policy(name)
    batch = [
        Subject(
            comment=writer.comment(said.body, author=said.name),
            site=writer.site,
            policy=policy,
            mode=policy.mode,
            parent_shown=True,
        )
        for said in COMMENTS
    ]
    judge = Judge(load_classifier(name), WORKER_RULES, uncovered=uncovered)
    verdicts = dict(zip((said.key for said in COMMENTS), (j.verdict.status for j in judge.judge(batch)), strict=True))
    counted = Counter(verdicts.values())
    assert counted["approved"] >= 30
    assert counted["held"] >= 3
    assert counted["rejected"] >= 1
    assert {key for key, verdict in verdicts.items() if verdict == "rejected"} <= {"rude-1", "rude-2", "rude-3"}
    assert verdicts["german"] == verdicts["rude-name"] == "held"


def test_the_busy_article_has_threads_of_replies() -> None:
    sorted_ = waves(COMMENTS)
    assert len(COMMENTS) == len({said.key for said in COMMENTS}) == sum(map(len, sorted_)) == 40
    assert len(sorted_) >= 4


def test_answers_are_posted_below_what_they_answer() -> None:
    door = FakeDoor()
    assert seeding(door).run() == 40
    assert len(door.keys) == 40
    bodies = [body["body"] for body in door.posted]
    for said in COMMENTS:
        if said.answers:
            answered = next(other.body for other in COMMENTS if other.key == said.answers)
            posted = door.posted[bodies.index(said.body)]
            assert bodies[int(posted["parent_id"])] == answered


def test_what_answers_a_held_comment_is_left_out() -> None:
    door = FakeDoor()
    comments = (Said("a", "A", "idiot"), Said("b", "B", "why?", "a"), Said("c", "C", "no", "b"), Said("d", "D", "hm"))
    assert seeding(door).run(comments) == 2


def test_an_article_that_has_comments_is_left_alone() -> None:
    door = FakeDoor(exists=True)
    assert seeding(door).run() == 0
    assert door.posted == []


def test_filling_ends_when_the_service_does() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Abandoned, match="being stopped"):
        seeding(FakeDoor(judges=False), stop).run()


def test_an_api_that_is_gone_ends_the_filling() -> None:
    with pytest.raises(Abandoned, match="could not be asked"):
        Seeding(Door("127.0.0.1", 1, "gps_key"), "demo", "http://127.0.0.1:1", threading.Event()).run()
