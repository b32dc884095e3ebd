"""A person's name, e-mail, address, website and words, followed through the whole running system and out of it."""

import asyncio
import hashlib
import json
import stat
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from service.domain.authors import device_key, signed_key
from service.domain.rule_settings import RateRule, Rules
from service.domain.skeletons import text_skeleton
from service.domain.tokens import Hasher
from service.settings import read_settings
from service.wiring import open_archive, open_house
from service.workflow.sites import add_principal
from tests.audit import audit
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.integration.canaries import gatepost, in_files, in_redis, silent_server
from tests.integration.wire import COMMENTS, wire
from tests.processes import ApiProcess, ToyGatepost, WorkerProcess, environment, wait_until
from tests.redis_backend import RedisBackend
from tests.steps import judged, submitted

ADDRESS = "203.0.113.77"
DEVICE = "canarydevice-q7Lw0RkXz81mPvTt"
EMAIL = "canary-mail-8d21@mail.example"
AUTHOR = {
    "name": "Canary-name-c41f",
    "email": EMAIL,
    "website": "https://canary-site-77ab.example/",
    "device": DEVICE,
}
# What was typed, told of them, or noted about them; each once and nowhere else.
TYPED = ("Canary-name-c41f", "canary-mail-8d21", "canary-site-77ab", "canary-body-90ee", ADDRESS, DEVICE)
TOLD = ("canary-statement-5e5e", "canary-note-3b3b", "canary-idempotency-6c6c")
# What they said of somebody else's comment and of a rejection, and what somebody else said of theirs.
SAID, ABOUT = ("canary-report-4d4d", "canary-appeal-7a7a"), "canary-about-9f9f"
BODIES = (
    "canary-body-90ee fine weather",
    "canary-body-90ee fool",
    "canary-body-90ee idiot",
    "canary-body-90ee [raise]",
)


class House:
    """Redis, the API, a worker, a shadow, and the tokens of the people."""

    def __init__(self, home: Path) -> None:
        self.redis = silent_server(home)
        self.api = ApiProcess(
            self.redis.url,
            home.with_suffix(".api"),
            GATEPOST_TRUSTED_PROXIES="127.0.0.0/8",
            GATEPOST_LOG="debug",
        )
        self.worker = WorkerProcess(
            self.redis.url, home.with_suffix(".worker"), GATEPOST_LOG="debug", GATEPOST_CLAIM_SECONDS="1"
        )
        self.shadow = WorkerProcess(
            self.redis.url, home.with_suffix(".shadow"), "--shadow", "toy-stricter", GATEPOST_LOG="debug"
        )
        self.redeciding = ToyGatepost(
            self.redis.url,
            home.with_suffix(".redecide"),
            *("redecide", "--site", "mill", "--since", "2020-01-01", "--until", "2100-01-01", "--json"),
        )
        self.hasher = Hasher(b"")
        self.moderator = ""
        self.moderator_id = ""

    async def people(self) -> None:
        """Make a site and a moderator; learn the key of the hashes, as nobody outside the processes does."""
        settings = read_settings(environment(self.redis.url))
        generous = RateRule(address_per_minute=1, author_per_minute=60, address_burst=60)
        async with open_house(settings) as house:
            site = site_of(Clock(), "mill")
            await house.directory.add_site(site, policy_of(rules=Rules(rate=generous)))
            nora, self.moderator = await add_principal(house, role="moderator", sites=("mill",), name="Nora")
            self.moderator_id = nora.id
        async with open_archive(settings) as (_, hasher):
            self.hasher = hasher

    def start(self) -> None:
        self.redis.start()
        asyncio.run(self.people())
        for process in (self.api, self.worker, self.shadow):
            process.start()

    def stop(self) -> None:
        for process in (self.shadow, self.worker, self.api):
            process.stop()

    def kill(self) -> None:
        for process in (self.shadow, self.worker, self.api, self.redeciding, self.redis):
            process.kill()

    @property
    def hashed(self) -> tuple[bytes, ...]:
        """Give the forms in which they are stored: keys of requests, a device, an e-mail and an address."""
        keys = [f"canary-idempotency-6c6c-{number}" for number in range(5)]
        return tuple(
            text.encode()
            for text in (
                *(hashlib.sha256(key.encode()).hexdigest()[:32] for key in keys),
                device_key(self.hasher, "mill", DEVICE),
                self.hasher.hash("email", "mill", EMAIL),
                self.hasher.hash("address", "mill", ADDRESS),
                # Long enough for its repeats to be counted.
                self.hasher.hash("text", "mill", text_skeleton(BODIES[0])),
            )
        )

    def said(self) -> str:
        """Read all that every process said, Redis among them, and what the slow log holds."""
        with self.redis.client() as client:
            slow = repr(client.slowlog_get(1_000_000))
        processes = (self.api, self.worker, self.shadow, self.redeciding)
        return "\n".join([slow, (self.redis.folder / "log").read_text(), *(p.output() for p in processes)])


@pytest.fixture
def house(short_path: Path) -> Iterator[House]:
    made = House(Path(tempfile.mkdtemp(dir=short_path)))
    made.start()
    yield made
    made.kill()


def item(http: httpx.Client, house: House, comment_id: str) -> dict[str, Any]:
    """Look at a comment as a moderator."""
    listed = http.get(
        "/v1/review/comments?site=mill&limit=200", headers={"authorization": f"Bearer {house.moderator}"}
    ).json()["items"]
    found: dict[str, Any] = next(row for row in listed if row["id"] == comment_id)
    return found


def live_the_life(house: House, http: httpx.Client) -> None:
    """Do all that an author and a moderator can do with comments, and all that can go wrong."""
    receipts = []
    for number, body in enumerate((*BODIES, f"{BODIES[0]} again", f"{BODIES[0]} a third time")):
        key = {"idempotency-key": f"canary-idempotency-6c6c-{number}", "x-forwarded-for": ADDRESS}
        answer = http.post(COMMENTS, json=wire(author=AUTHOR, body=body), headers=key)
        assert answer.status_code == 202, answer.text
        receipts.append(answer.json())
    stranger = http.post(COMMENTS, json=wire(author={"name": "Ben", "device": "b" * 32}, body="Of somebody else."))
    assert stranger.status_code == 202
    # Refused, each in its own way: what was sent is in no answer.
    for broken in (
        wire(author=AUTHOR, body=""),
        wire(author={**AUTHOR, "email": "canary-mail-8d21"}),
        wire(author=AUTHOR, body="canary-body-90ee\x00"),
        {**wire(author=AUTHOR, body="canary-body-90ee"), "extra": "canary-body-90ee"},
    ):
        refused = http.post(COMMENTS, json=broken, headers={"x-forwarded-for": ADDRESS})
        assert refused.status_code in (400, 422)
        assert not [canary for canary in TYPED if canary in refused.text]
    with house.redis.client() as client:
        wait_until(lambda: client.xlen("gp:{main}:q:live") == 0, "every comment to be decided", seconds=60)
        wait_until(lambda: scored(client) >= 5, "the shadow to score")
        assert client.xlen("gp:{main}:q:buried") == 1
    speak_up(http, receipts, stranger.json())
    reviewer = {"authorization": f"Bearer {house.moderator}"}
    held = item(http, house, receipts[1]["id"])
    decision = {"site": "mill", "id": held["id"], "version": held["version"], "action": "reject"}
    words = {"reason": "canary-statement-5e5e", "note": "canary-note-3b3b"}
    for more in (words, {**words, "version": 99}):
        http.post("/v1/review/decisions", json={"decisions": [{**decision, **more}]}, headers=reviewer)
    rewriting, leaving = ({"authorization": f"Bearer {receipt['token']}"} for receipt in receipts[4:])
    anew = {"body": "canary-body-90ee anew"}
    assert http.patch(f"{COMMENTS}/{receipts[4]['id']}", json=anew, headers=rewriting).is_success
    assert http.delete(f"{COMMENTS}/{receipts[5]['id']}", headers=leaving).is_success
    with house.redis.client() as client:
        wait_until(lambda: client.xlen("gp:{main}:q:live") == 0, "the rewritten one to be decided", seconds=60)
    house.redeciding.start()
    assert house.redeciding.wait() == 0


def speak_up(http: httpx.Client, receipts: list[dict[str, Any]], stranger: dict[str, Any]) -> None:
    """Report somebody else's comment, be reported, and appeal a rejection."""
    mine = {"kind": "illegal", "text": "canary-report-4d4d", "device": DEVICE}
    theirs = {"kind": "rule", "text": ABOUT, "device": "b" * 32}
    for comment_id, body, sender in (
        (stranger["id"], mine, {"x-forwarded-for": ADDRESS}),
        (receipts[0]["id"], theirs, {}),
    ):
        assert http.post(f"{COMMENTS}/{comment_id}/reports", json=body, headers=sender).status_code == 202
    own = {"authorization": f"Bearer {receipts[2]['token']}"}
    sent = http.post(f"{COMMENTS}/{receipts[2]['id']}/appeal", json={"text": "canary-appeal-7a7a"}, headers=own)
    assert sent.status_code == 202, sent.text


def scored(client: redis.Redis) -> int:
    raw: Any = client
    rows = [raw.hkeys(key) for key in raw.scan_iter(match="gp:{main}:c:mill:*")]
    return sum(any(field.startswith(b"z:") for field in fields) for fields in rows)


def look_into_exports(house: House, author: str, tmp_path: Path) -> None:
    """A person's own has everything but who decided; another's has nothing of them."""
    mine, foreign = tmp_path / "mine.jsonl", tmp_path / "foreign.jsonl"
    gatepost(house.redis, "export", "--site", "mill", "--author", author, "--out", str(mine))
    stranger = device_key(house.hasher, "mill", "b" * 32)
    gatepost(house.redis, "export", "--site", "mill", "--author", stranger, "--out", str(foreign))
    assert stat.S_IMODE(mine.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in mine.read_text().splitlines()]
    assert (len(lines), lines[-1]["comments"], lines[-1]["notes_left_out"]) == (8, 5, 1)
    assert {line["status"] for line in lines[1:-2]} == {"approved", "rejected", "held"}
    assert (lines[-2]["kind"], lines[-2]["text"]) == ("illegal", "canary-report-4d4d")
    assert "canary-appeal-7a7a" in mine.read_text()
    assert ABOUT not in mine.read_text()
    assert "canary-statement-5e5e" in mine.read_text()
    assert "Of somebody else." not in mine.read_text()
    assert not [who for who in (house.moderator_id, "Nora") if who in mine.read_text()]
    assert "Of somebody else." in foreign.read_text()
    assert not [canary for canary in (*TYPED, *TOLD, *SAID, author) if canary in foreign.read_text()]


def test_a_person_goes_through_everything_and_leaves_nothing(house: House, tmp_path: Path) -> None:
    typed = [canary.encode() for canary in (*TYPED, *TOLD, *SAID, ABOUT)]
    with httpx.Client(base_url=house.api.url, timeout=10) as http:
        live_the_life(house, http)
        metrics = http.get("/metrics").text
    author = device_key(house.hasher, "mill", DEVICE)
    # It is all there, but for what is only ever hashed; a canary that was never stored proves nothing.
    for canary in (
        "Canary-name-c41f",
        "canary-site-77ab",
        "canary-body-90ee",
        "canary-statement-5e5e",
        "canary-note",
        *SAID,
        ABOUT,
    ):
        assert in_redis(house.redis, [canary.encode()]), canary
    assert not in_redis(house.redis, [b"canary-mail-8d21", ADDRESS.encode(), DEVICE.encode(), b"canary-idempotency"])
    assert all(in_redis(house.redis, [hashed]) for hashed in house.hashed)
    for canary in (*TYPED, *TOLD, *SAID, ABOUT, *(hashed.decode() for hashed in house.hashed)):
        assert canary not in house.said(), canary
        assert canary not in metrics

    backup, ledger = tmp_path / "backup", tmp_path / "ledger"
    gatepost(house.redis, "backup", str(backup))
    assert b"canary-body-90ee" in backup.read_bytes()
    look_into_exports(house, author, tmp_path)
    named = ("erase", "--site", "mill", "--author", author, "--json")
    foreseen = json.loads(gatepost(house.redis, *named, "--dry-run"))
    assert in_redis(house.redis, [b"canary-body-90ee"])
    said = gatepost(house.redis, *named, GATEPOST_LEDGER=str(ledger))
    erased = json.loads(said)
    assert (erased["removed"], erased["done"]) == (foreseen["removed"], True)
    assert erased["removed"] == {
        **dict.fromkeys(("comments", "names", "texts", "websites", "email_hashes", "author_hashes", "tokens"), 5),
        "scores": 4,
        "shadow_scores": 4,
        "statements": 1,
        "notes": 1,
        "idempotency_answers": 5,
        "buried_entries": 1,
        "author_limits": 1,
        "address_limits": 2,
        "appeals": 1,
        "appeal_limits": 1,
        "reports": 1,
        "reports_sent": 1,
    }
    everything = [*typed, *house.hashed]
    assert in_redis(house.redis, everything) == []
    assert in_files(house.redis, everything) == []
    assert not [canary for canary in everything if canary in ledger.read_bytes()]
    with house.redis.client() as client:
        assert audit(client, quiet=True) == []
    for canary in (*TYPED, *TOLD):
        assert canary not in house.said(), canary

    # An older backup comes back, over a Redis that lost even its ledger: who was erased stays erased.
    house.stop()
    with house.redis.client() as client:
        client.flushall()
    restored = json.loads(gatepost(house.redis, "restore", str(backup), "--json", GATEPOST_LEDGER=str(ledger)))
    assert (restored["comments"], restored["erasures_open"]) == (7, 0)
    assert in_redis(house.redis, everything) == []
    assert in_files(house.redis, everything) == []
    assert in_redis(house.redis, [b"Of somebody else."])
    with house.redis.client() as client:
        assert audit(client, quiet=True) == []


def test_what_is_old_leaves_nothing(house: House) -> None:
    async def long_ago() -> None:
        clock = Clock()
        backend = RedisBackend(house.redis, clock)
        writer = Writer(clock, site_of(clock, "mill"))
        clock.advance(-timedelta(days=40).total_seconds())
        await judged(backend, writer, await submitted(backend, writer, "canary-body-0ld idiot"), "rejected")
        await backend.close()

    house.stop()
    asyncio.run(long_ago())
    assert in_redis(house.redis, [b"canary-body-0ld"])
    said = json.loads(gatepost(house.redis, "retention", "run", "--all", "--json"))
    assert said == {"sites": {"mill": {"purged": 1, "wiped": 0, "kept_under_legal_hold": 0}}}
    assert in_redis(house.redis, [b"canary-body-0ld"]) == []
    assert in_files(house.redis, [b"canary-body-0ld"]) == []


def test_a_crash_of_redis_tells_nothing(house: House) -> None:
    house.stop()
    with house.redis.client() as client, pytest.raises(redis.ConnectionError):
        # It logs the command that it dies of, where the crash log is on.
        client.execute_command("DEBUG", "SEGFAULT", "canary-body-90ee")
    log = (house.redis.folder / "log").read_text()
    assert "canary-body-90ee" not in log


def test_a_signed_author_is_found_by_the_sub(house: House) -> None:
    house.stop()
    said = json.loads(gatepost(house.redis, "erase", "--site", "mill", "--sub", "reader-7", "--dry-run", "--json"))
    assert said["author"] == signed_key(house.hasher, "mill", "reader-7")
    assert said["removed"] == {}
    assert "not both" in gatepost(house.redis, "erase", "--site", "mill", code=2)
