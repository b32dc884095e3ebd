"""Clients that do not behave, on a real process: slow, silent, endless, many. Others are answered as ever."""

import resource
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn

from service.api import patience
from tests.builders import THREAD
from tests.integration.conftest import populate
from tests.integration.wire import COMMENTS
from tests.processes import ApiProcess, wait_until
from tests.redis_server import RedisServer
from tests.security.sockets import connected, ended, head, said
from tests.security.test_description import MEBIBYTE, resident

ANSWER_SECONDS = 1.0
SLOW = 200
# More than the kernel keeps of an answer that nobody reads.
ENDLESS = 64 * MEBIBYTE
STREAMS = 1_000
STREAM_MIB_PER_THOUSAND = 80


class Hasty(patience.Patient):
    head_seconds = 0.6
    body_seconds = 1.0
    silent_ms = 1_000


@contextmanager
def hasty() -> Iterator[str]:
    """Serve a plain application by connections of little patience."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer = b"ok" * (ENDLESS // 2 if scope["path"] == "/endless" else 1)
        length = [(b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": answer})

    config = uvicorn.Config(app, port=0, http=Hasty, ws="none", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, "the server to listen")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


def drip(sock: socket.socket, *pieces: bytes) -> float:
    """Send a piece every tenth of a second until the other side closes; returns how long that took."""
    began = time.monotonic()
    turn = 0
    while not ended(sock):
        assert time.monotonic() - began < 15
        with suppress(OSError):
            sock.settimeout(5)
            sock.sendall(pieces[turn % len(pieces)])
        turn += 1
        time.sleep(0.1)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("first", "pieces"),
    [
        (b"", (b"",)),
        (b"", (b"\r\n",)),
        (head(), (b"x-slow: 1\r\n",)),
        (b"GET /", (b"a",)),
        (head("POST", "/x", "content-length: 100000") + b"\r\n", (b"x",)),
        (head("POST", "/x", "transfer-encoding: chunked") + b"\r\n", (b"1\r\nx\r\n",)),
        # A request that went well, and then a head that never ends, or nothing but empty lines.
        (head() + b"\r\n" + head(), (b"x-slow: 1\r\n",)),
        (head() + b"\r\n", (b"\r\n",)),
    ],
    ids=["silence", "empty lines", "head", "url", "body", "chunks", "second head", "empty lines between"],
)
def test_who_asks_too_slowly_is_hung_up_on(first: bytes, pieces: tuple[bytes, ...]) -> None:
    with hasty() as url, connected(url) as slow:
        slow.sendall(first)
        assert drip(slow, *pieces) < 5
        # And who asks as people do is answered, twice on one connection.
        with httpx.Client(base_url=url) as http:
            assert [http.post("/", content=b"x" * 10_000).text for _ in range(2)] == ["ok", "ok"]


def test_who_does_not_read_the_answer_is_given_up() -> None:
    """A machine that went away without a word looks the same: what was sent is never acknowledged as read."""
    with hasty() as url, connected(url) as sock:
        sock.sendall(head(path="/endless") + b"\r\n")
        assert said(sock, until=b"\r\n\r\n").startswith(b"HTTP/1.1 200")
        mine = sock.getsockname()[1]
        # The server's end of the connection is no longer established: it stopped waiting for a reader.
        wait_until(lambda: not established(urlsplit(url).port or 0, mine), "the server to give up", seconds=15)


def established(server_port: int, client_port: int) -> bool:
    """Tell whether the server's end of a connection stands, from the kernel's table."""
    if not Path("/proc/net/tcp").exists():
        pytest.skip("this machine has no /proc")
    ours, theirs, state = f":{server_port:04X}", f":{client_port:04X}", "01"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[1].endswith(ours) and row[2].endswith(theirs) and row[3] == state for row in rows)


def test_who_waits_between_requests_is_kept() -> None:
    """A connection that waits between requests for less than the keep-alive is kept."""
    with hasty() as url, connected(url) as sock:
        for _ in range(3):
            sock.sendall(head() + b"\r\n")
            assert said(sock, until=b"\r\n\r\nok").startswith(b"HTTP/1.1 200")
            time.sleep(0.7)
        assert not ended(sock)


@pytest.mark.parametrize(
    "flood",
    [
        b"x-flood: " + b"x" * 200_000,
        b"".join(b"x-%d: 1\r\n" % n for n in range(20_000)),
        b"cookie: " + b"a=b; " * 40_000,
    ],
    ids=["one long", "many", "cookies"],
)
@pytest.mark.parametrize("whole", [True, False])
def test_a_head_without_end_is_refused(api_process: ApiProcess, flood: bytes, *, whole: bool) -> None:
    before = resident(api_process.pid)
    for _ in range(20):
        with connected(api_process.url) as sock, suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(head() + flood + (b"\r\n\r\n" if whole else b""))
            answer = said(sock)
            assert answer[:12] in (b"HTTP/1.1 431", b"HTTP/1.1 400", b"")
    assert httpx.get(f"{api_process.url}/health/live").status_code == 200
    assert resident(api_process.pid) - before < 32 * MEBIBYTE
    assert "Traceback" not in api_process.output()


def test_a_url_without_end_is_refused(api_process: ApiProcess) -> None:
    with connected(api_process.url) as sock, suppress(BrokenPipeError, ConnectionResetError):
        sock.sendall(b"GET /" + b"a" * 1_000_000)
        assert said(sock)[:12] in (b"HTTP/1.1 431", b"HTTP/1.1 400", b"")
    assert httpx.get(f"{api_process.url}/health/live").status_code == 200


def test_pipelined_requests_are_answered_in_order_and_bounded(api_process: ApiProcess) -> None:
    paths = [f"/nowhere/{number}" if number % 2 else "/health/live" for number in range(500)]
    with connected(api_process.url) as sock:
        sender = threading.Thread(target=lambda: sock.sendall(b"".join(head(path=p) + b"\r\n" for p in paths)))
        sender.start()
        heard = b""
        while heard.count(b"HTTP/1.1 ") < len(paths) or not heard.endswith(b"}"):
            heard += sock.recv(65_536)
        sender.join()
        assert httpx.get(f"{api_process.url}/health/live").status_code == 200
    statuses = [int(part[:3]) for part in heard.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [404 if number % 2 else 200 for number in range(500)]


def test_slow_and_half_open_clients_do_not_harm_others(api_process: ApiProcess) -> None:
    """Two hundred heads and bodies that drip, and answers that nobody reads."""
    started = [
        head(),
        head("POST", COMMENTS, "content-type: application/json", "content-length: 1000") + b"\r\n{",
        b"",
        head(path="/web/comments.js") + b"\r\n" + (head(path="/web/comments.js") + b"\r\n") * 50,
    ]
    slow = [connected(api_process.url) for _ in range(SLOW)]
    try:
        for number, sock in enumerate(slow):
            sock.sendall(started[number % len(started)])
        with httpx.Client(base_url=api_process.url, timeout=5) as http:
            for round_ in range(30):
                sock = slow[round_]
                with suppress(OSError):
                    sock.sendall(b"x")
                began = time.monotonic()
                assert http.get("/health/live").status_code == 200
                assert http.get(f"{COMMENTS}?thread=/x").status_code == 404
                assert time.monotonic() - began < ANSWER_SECONDS
            # The heads, and those who never said a word, are hung up on; bodies have longer.
            silent = [sock for number, sock in enumerate(slow) if number % len(started) in (0, 2)]
            wait_until(lambda: all(map(ended, silent)), "the slow to be hung up on", seconds=30)
            assert http.get("/health/live").status_code == 200
    finally:
        for sock in slow:
            sock.close()


@pytest.fixture
def descriptors() -> Iterator[int]:
    """Give this process as many descriptors as it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384), hard))
    yield min(hard, 16_384)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_thousand_idle_streams_leave_others_unharmed(
    own_redis: RedisServer, api_process: ApiProcess, descriptors: int, capsys: pytest.CaptureFixture[str]
) -> None:
    backend, mill, _, _ = await populate(own_redis)
    await backend.close()
    assert descriptors > STREAMS * 2, "this machine allows too few descriptors"
    path = f"/v1/sites/{mill.id}/stream?thread={THREAD}"
    open_streams: list[socket.socket] = []
    before = resident(api_process.pid)
    slowest = 0.0
    try:
        with httpx.Client(base_url=api_process.url, timeout=5) as http:
            while len(open_streams) < STREAMS:
                for _ in range(50):
                    sock = connected(api_process.url)
                    sock.sendall(head(path=path) + b"\r\n")
                    open_streams.append(sock)
                for sock in open_streams[-50:]:
                    assert said(sock, until=b": hello\n\n").startswith(b"HTTP/1.1 200")
                began = time.monotonic()
                assert http.get(f"{COMMENTS}?thread={THREAD}").status_code == 200
                slowest = max(slowest, time.monotonic() - began)
            grown = (resident(api_process.pid) - before) / MEBIBYTE
            with own_redis.client() as client:
                (channel,) = client.pubsub_channels("gp:*:ev:*")
                client.publish(channel, "01a20c46-23d2-7000-8016-70ad5b379ad1 approved held 3 0")
            for sock in open_streams:
                assert b"event: removed" in said(sock, until=b"event: count")
            assert http.get("/health/ready").status_code == 200
    finally:
        for sock in open_streams:
            sock.close()
    with capsys.disabled():
        sys.stdout.write(f"\n1,000 idle streams: {grown:.1f} MiB, slowest read meanwhile {slowest * 1000:.0f} ms\n")
    assert slowest < ANSWER_SECONDS
    assert grown < STREAM_MIB_PER_THOUSAND
    wait_until(lambda: _listeners(own_redis) == 0, "the streams to be given up")


def test_the_process_takes_all_the_descriptors_that_it_may_have(own_redis: RedisServer, tmp_path: Path) -> None:
    if not Path("/proc/self/limits").exists():
        pytest.skip("this machine has no /proc")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    api = ApiProcess(own_redis.url, tmp_path / "api.log")
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
    try:
        api.start()
        limits = Path(f"/proc/{api.pid}/limits").read_text()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        api.kill()
    (line,) = (line for line in limits.splitlines() if line.startswith("Max open files"))
    assert line.split()[3:5] == [str(hard), str(hard)]


def _listeners(redis: RedisServer) -> int:
    with redis.client() as client:
        return len(client.pubsub_channels("gp:*"))
