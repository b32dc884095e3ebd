"""Moving from another service: recorded, fitted, and set as a key's map; the other service is a stand-in."""

import gzip
import json
import random
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from service.workflow.fitting import Pair
from tests.integration.foreign import Works, works
from tests.integration.shell import Shell
from tests.processes import SECRET, Service, wait_until

ANALYZE = "/v1alpha1/comments:analyze"
CANARY = "mellifluous-quagmire-canary"


class Stand(BaseHTTPRequestHandler):
    """Scores as another service would, by the word; notes how it was asked."""

    asked: list[tuple[str, dict[str, str], bytes]]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        packed = self.headers.get("content-encoding") == "gzip"
        text = json.loads(gzip.decompress(body) if packed else body)["comment"]["text"]
        if text == "fail":
            self._answer(429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "theirs"}})
            return
        value = 0.77 if "idiot" in text else 0.12
        names = {"TOXICITY": value, "SPAM": 0.4, "INSULT": value}
        scores = {name: {"summaryScore": {"value": one, "type": "PROBABILITY"}} for name, one in names.items()}
        self._answer(200, {"attributeScores": scores, "languages": ["en"]})

    def _answer(self, status: int, told: Any) -> None:
        body = json.dumps(told).encode()
        if "gzip" in self.headers.get("accept-encoding", ""):
            body = gzip.compress(body)
        self.send_response(status)
        if "gzip" in self.headers.get("accept-encoding", ""):
            self.send_header("Content-Encoding", "gzip")
        self.send_header("X-Their-Own", "kept")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def stand() -> Iterator[ThreadingHTTPServer]:
    Stand.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stand)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def running(short_path: Path) -> Iterator[Works]:
    with works(short_path / "recorded") as made:
        yield made


class Proxy(Service):
    """`gatepost perspective record`."""

    def __init__(self, running: Works, to: str, out: Path, log: Path) -> None:
        command = ["-m", "service.api.compat.record", "--to", to, "--out", str(out), "--port", "0"]
        super().__init__(command, log, {"GATEPOST_REDIS_URL": running.redis.url, "GATEPOST_SECRET": SECRET})

    @property
    def url(self) -> str:
        """Wait for the address at which it listens."""
        wait_until(lambda: "running on http" in self.output(), "the proxy to listen")
        return self.output().partition("running on ")[2].split()[0]


def test_the_proxy_answers_theirs_and_keeps_both_score_sets(
    running: Works, stand: ThreadingHTTPServer, tmp_path: Path
) -> None:
    out = tmp_path / "pairs.jsonl"
    proxy = Proxy(running, f"http://127.0.0.1:{stand.server_port}/base", out, tmp_path / "proxy.log")
    proxy.start()
    try:
        url = f"{proxy.url}{ANALYZE}?key=their-key&alt=json"
        body = {"comment": {"text": f"You idiot {CANARY}"}, "requestedAttributes": {"TOXICITY": {}, "SPAM": {}}}
        answer = httpx.post(url, json=body, headers={"x-client": "mine"})
        assert answer.json()["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.77
        assert answer.headers["x-their-own"] == "kept"
        path, headers, sent = Stand.asked[0]
        assert path == f"/base{ANALYZE}?key=their-key&alt=json"
        assert headers["x-client"] == "mine"
        assert json.loads(sent) == body
        packed = gzip.compress(json.dumps({**body, "comment": {"text": "Hello"}}).encode())
        answer = httpx.post(url, content=packed, headers={"content-encoding": "gzip", "accept-encoding": "identity"})
        assert answer.json()["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.12
        failed = httpx.post(url, json={**body, "comment": {"text": "fail"}})
        assert (failed.status_code, failed.json()["error"]["message"]) == (429, "theirs")
        root = httpx.get(f"{proxy.url}/$discovery/rest?version=v1alpha1").json()["rootUrl"]
        assert root == f"{proxy.url}/"
        wait_until(lambda: out.read_bytes().count(b"\n") == 2, "both answers to be recorded")
        assert proxy.stop() == 0
    finally:
        proxy.kill()
    kept = [msgspec.json.decode(line, type=Pair) for line in out.read_bytes().splitlines()]
    pairs = sorted(kept, key=lambda pair: pair.theirs["TOXICITY"])
    assert [pair.theirs["TOXICITY"] for pair in pairs] == [0.12, 0.77]
    assert [pair.ours for pair in pairs] == [{"TOXICITY": 0.01, "INSULT": 0.005}, {"TOXICITY": 0.99, "INSULT": 0.495}]
    assert (pairs[0].classifier, pairs[0].hash) == ("toy", "70f")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    for file in (out, tmp_path / "proxy.log"):
        assert CANARY not in file.read_text()
        assert "their-key" not in file.read_text()


def test_when_theirs_is_away_the_proxy_says_so(running: Works, tmp_path: Path) -> None:
    proxy = Proxy(running, "http://127.0.0.1:1", tmp_path / "pairs.jsonl", tmp_path / "proxy.log")
    proxy.start()
    try:
        answer = httpx.post(f"{proxy.url}{ANALYZE}?key=k", json={"comment": {"text": "Hi"}})
        assert (answer.status_code, answer.json()["error"]["status"]) == (502, "UNAVAILABLE")
    finally:
        proxy.kill()


def test_a_fitted_map_keeps_the_decisions_of_a_threshold(running: Works, tmp_path: Path) -> None:
    rng = random.Random(1)
    theirs = [round(rng.betavariate(0.6, 2.2), 6) for _ in range(2_000)]
    lines = [
        msgspec.json.encode(
            Pair(at="", text=str(n), classifier="toy", hash="70f", theirs={"TOXICITY": one}, ours={"TOXICITY": one**3})
        )
        for n, one in enumerate(theirs)
    ]
    pairs, out = tmp_path / "pairs.jsonl", tmp_path / "map.json"
    pairs.write_bytes(b"\n".join([*lines, b'{"at": "broken o']))
    shell = Shell(running.redis.url)
    told = shell.type("perspective", "fit", str(pairs), "--out", str(out))
    assert told.exit_code == 0, told.output
    assert "TOXICITY" in told.output
    assert "2001 is no pair" in told.output
    # One line a threshold: what they flagged, what our bare scores would, and what the mapped do.
    (row,) = [line.split() for line in told.output.splitlines() if line.split()[1:2] == ["0.80"]]
    their_share, raw, mapped, agree = (float(word.rstrip("%")) for word in row[2:])
    assert raw < their_share / 2
    assert abs(mapped - their_share) <= 1
    assert agree >= 98
    made = shell.ask("key", "add", "--surface", "perspective", "--name", "bot")
    assert made["map"] is None
    changed = shell.ask("key", "set", made["key"], "--map", str(out))
    assert changed["map"] == "map"
    body = {"comment": {"text": "You fool, nobody has said this before."}, "requestedAttributes": {"TOXICITY": {}}}
    answer = httpx.post(f"{running.url}{ANALYZE}", params={"key": made["token"]}, json=body)
    assert answer.headers["x-gatepost-map"] == "map"
    value = answer.json()["attributeScores"]["TOXICITY"]["summaryScore"]["value"]
    assert value == pytest.approx(0.6 ** (1 / 3), abs=0.01)


def test_what_is_no_map_is_refused_in_words(running: Works, tmp_path: Path) -> None:
    shell = Shell(running.redis.url)
    bad = tmp_path / "map.json"
    falling = '{"name": "m", "classifier": "c", "hash": "h", "curves": {"T": [[0.5, 0.5], [0.4, 0.6]]}}'
    for content in ("{", '{"name": "m"}', falling):
        bad.write_text(content)
        said = shell.refused("key", "add", "--surface", "perspective", "--map", str(bad))
        assert str(bad) in said
    assert "have no attribute" in shell.refused("perspective", "fit", str(bad), "--out", str(tmp_path / "m"))


def test_keys_are_listed_changed_and_revoked(running: Works) -> None:
    shell = Shell(running.redis.url)
    shell.ask("site", "add", "mill", "--origin", "https://mill.example")
    made = shell.ask("key", "add", "--surface", "perspective", "--site", "mill", "--per-minute", "1", "--name", "Coral")
    assert (made["site"], made["per_minute"], made["surfaces"]) == ("mill", 1, ["perspective"])
    listed = shell.ask("key", "list")["keys"]
    without = {name: value for name, value in made.items() if name != "token"}
    assert [one for one in listed if one["key"] == made["key"]] == [without]
    assert made["token"] not in json.dumps(listed)
    assert shell.ask("key", "set", made["key"], "--per-minute", "0")["per_minute"] is None
    suggested = {"comment": {"text": "You idiot"}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}}}
    url = f"{running.url}/v1alpha1/comments:suggestscore"
    assert httpx.post(url, params={"key": made["token"]}, json=suggested).is_success
    (kept,) = shell.ask("perspective", "feedback", "--site", "mill", "--key", made["key"])["suggestions"]
    assert (kept["suggested"], kept["scored"]["toxicity"]) == ({"TOXICITY": 1.0}, 0.99)
    token = shell.ask("moderator", "add", "Anna", "--site", "mill")["token"]
    headers = {"authorization": f"Bearer {token}"}
    answer = httpx.get(f"{running.url}/v1/review/suggestions", params={"site": "mill"}, headers=headers)
    assert answer.json() == {"items": [kept]}
    assert "TOXICITY=1.00" in shell.type("perspective", "feedback", "--site", "mill").output
    assert shell.ask("key", "revoke", made["key"]) == {"key": made["key"], "revoked": True}

    def refused() -> bool:
        return httpx.post(url, params={"key": made["token"]}, json=suggested).status_code == 400

    wait_until(refused, "the revoked key to be refused")
    assert "no key with the id" in shell.refused("key", "revoke", made["key"])
    assert "no site nowhere" in shell.refused("key", "add", "--surface", "openai", "--site", "nowhere")
