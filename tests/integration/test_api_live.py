"""Live streams, a Redis that goes away, and what never stands in a log."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from service.domain.moves import deleted
from service.domain.orders import Move
from service.domain.tokens import AuthorTokens
from tests.audit import audit
from tests.builders import THREAD, Writer
from tests.integration.conftest import STREAMS, ServedApi, Town, populate
from tests.integration.wire import COMMENTS, problem_of, wire
from tests.processes import SECRET, ApiProcess, WorkerProcess, wait_until
from tests.redis_server import RedisServer
from tests.steps import applied, held, published, submitted

STREAM = f"/v1/sites/mill/stream?thread={THREAD}"
WAIT = 10.0
# The issue's own bound for an answer while Redis is away.
AWAY_SECONDS = 2.0


async def next_event(lines: AsyncIterator[str]) -> tuple[str, Any]:
    """Read the next event of a stream, passing over comment lines."""
    name = ""
    async with asyncio.timeout(WAIT):
        async for line in lines:
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                return name, json.loads(line.removeprefix("data: "))
    message = "the stream ended"
    raise EOFError(message)


@contextlib.asynccontextmanager
async def follow(town: Town, path: str, token: str | None = None) -> AsyncIterator[AsyncIterator[str]]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx.AsyncClient(base_url=town.url, timeout=WAIT, headers=headers, verify=False) as http,  # noqa: S501
        http.stream("GET", path) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.aiter_lines()
        assert await anext(lines) == ": hello"
        yield lines


async def no_streams(served: ServedApi) -> None:
    async with asyncio.timeout(WAIT):
        while served.streams is None or served.streams.open_count:
            await asyncio.sleep(0.01)


async def test_a_thread_s_stream_tells_approvals_withdrawals_and_counts(town: Town, served: ServedApi) -> None:
    await no_streams(served)
    async with follow(town, STREAM) as lines:
        waits = await held(town.backend, town.writer, await submitted(town.backend, town.writer, "Not to be seen."))
        await published(town.backend, town.writer, thread="/elsewhere")
        shown = await published(town.backend, town.writer)
        name, comment = await next_event(lines)
        assert (name, comment["id"], comment["body"]) == ("approved", shown.id, shown.body)
        assert set(comment) == {"id", "thread", "parent_id", "author", "body", "created_at", "edited_at"}
        assert await next_event(lines) == ("count", {"n": 1})
        shown = await applied(town.backend, town.writer, town.writer.decide(shown, "held"))
        assert await next_event(lines) == ("removed", {"id": shown.id})
        assert await next_event(lines) == ("count", {"n": 0})
        # What was never shown is not said to be removed.
        await applied(town.backend, town.writer, town.writer.decide(waits, "rejected"))
        await applied(town.backend, town.writer, town.writer.decide(shown, "approved"))
        name, comment = await next_event(lines)
        assert (name, comment["id"]) == ("approved", shown.id)


async def test_an_author_s_stream_tells_their_own_comment_only(town: Town, served: ServedApi) -> None:
    await no_streams(served)
    with town.http("key-mill") as http:
        receipt = http.post(COMMENTS, json=wire()).json()
    path = f"{COMMENTS}/{receipt['id']}/stream"
    async with follow(town, path, receipt["token"]) as lines:
        name, own = await next_event(lines)
        assert (name, own["id"], own["status"]) == ("status", receipt["id"], "pending")
        comment = await town.backend.comments.load(town.mill, receipt["id"])
        assert comment is not None
        await published(town.backend, town.writer)
        await applied(town.backend, town.writer, town.writer.judge(comment, "held"))
        name, own = await next_event(lines)
        assert (own["status"], own["version"]) == ("held", 2)


async def test_streams_are_bounded_and_their_places_given_back(town: Town, served: ServedApi) -> None:
    await no_streams(served)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(STREAMS):
            await stack.enter_async_context(follow(town, STREAM))
        with town.http() as http:
            answer = http.get(STREAM)
            assert problem_of(answer, 503, "streams-full")["retry_after"] >= 1
            assert int(answer.headers["retry-after"]) >= 1
            # Everything else is served as before.
            assert http.get(COMMENTS, params={"thread": THREAD}).status_code == 200
    await no_streams(served)
    async with follow(town, STREAM) as lines:
        await published(town.backend, town.writer)
        assert (await next_event(lines))[0] == "approved"


async def test_readers_who_leave_at_once_leave_no_stream_open(town: Town, served: ServedApi) -> None:
    await no_streams(served)
    host, port = town.url.removeprefix("http://").split(":")
    request = f"GET {STREAM} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode()
    for _ in range(60):
        with socket.create_connection((host, int(port))) as client:
            client.sendall(request)
            # A reset, not a farewell.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    async with asyncio.timeout(WAIT):
        # Some of them may still be on their way in.
        while not await _let_in(town):
            await asyncio.sleep(0.05)
    await no_streams(served)


async def _let_in(town: Town) -> bool:
    async with httpx.AsyncClient(base_url=town.url, verify=False) as http, http.stream("GET", STREAM) as answer:  # noqa: S501
        return answer.status_code == 200


async def test_a_lost_subscription_ends_the_streams_and_the_next_one_hears(town: Town, served: ServedApi) -> None:
    await no_streams(served)
    async with follow(town, STREAM) as lines:
        town.backend.cut()
        with pytest.raises(EOFError):
            await next_event(lines)
    async with follow(town, STREAM) as lines:
        await published(town.backend, town.writer)
        assert (await next_event(lines))[0] == "approved"


def timed(http: httpx.Client, method: str, path: str, **sent: Any) -> httpx.Response:
    """Ask, and insist on an answer within what the issue allows."""
    start = time.monotonic()
    answer = http.request(method, path, **sent)
    assert time.monotonic() - start < AWAY_SECONDS, path
    return answer


@pytest.mark.parametrize("way", ["killed", "hanging"])
async def test_without_redis_everyone_is_told_to_come_back_and_then_served(
    own_redis: RedisServer, api_process: ApiProcess, way: str
) -> None:
    backend, _, _, tokens = await populate(own_redis, own_redis.client().get("gp:{dir}:pepper"))  # type: ignore[arg-type]
    await backend.close()
    moderator = {"authorization": f"Bearer {tokens['moderator-mill']}"}
    with httpx.Client(base_url=api_process.url, timeout=10) as http:
        assert http.post(COMMENTS, json=wire()).status_code == 202
        (own_redis.kill if way == "killed" else own_redis.pause)()
        try:
            for method, path, sent in (
                ("POST", COMMENTS, {"json": wire()}),
                ("POST", COMMENTS, {"json": wire(), "headers": {"origin": "https://mill.example"}}),
                ("GET", f"{COMMENTS}?thread={THREAD}", {}),
                ("GET", "/v1/sites/unheard/comments?thread=x", {"headers": {"origin": "https://x.example"}}),
                ("GET", f"/v1/sites/mill/counts?thread={THREAD}", {}),
                ("GET", STREAM, {}),
                ("GET", "/v1/review/comments?site=mill", {"headers": moderator}),
            ):
                answer = timed(http, method, path, **sent)
                problem_of(answer, 503, "storage-unavailable")
                assert int(answer.headers["retry-after"]) >= 1
            ready = timed(http, "GET", "/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (503, "down")
            assert int(ready.headers["retry-after"]) >= 1
            assert timed(http, "GET", "/health/live").status_code == 200
            assert timed(http, "GET", "/metrics").status_code == 200
        finally:
            (own_redis.start if way == "killed" else own_redis.resume)()
        wait_until(lambda: http.get("/health/ready").status_code == 200, "the API to find Redis again")
        assert http.post(COMMENTS, json=wire()).status_code == 202
    with own_redis.client() as client:
        assert audit(client) == []


CANARY = "xylophone-7f3a"


async def test_no_log_names_what_was_written_or_who_wrote_it(own_redis: RedisServer, tmp_path: Path) -> None:
    api = ApiProcess(own_redis.url, tmp_path / "api", GATEPOST_LOG="debug", GATEPOST_TRUSTED_PROXIES="127.0.0.0/8")
    worker = WorkerProcess(own_redis.url, tmp_path / "worker", GATEPOST_LOG="debug", GATEPOST_CLAIM_SECONDS="1")
    backend, _mill, _, tokens = await populate(own_redis)
    api.start()
    worker.start()
    signing = AuthorTokens((SECRET,)).signing_keys("mill", 1)[0]
    author = {"name": f"{CANARY} name", "email": f"{CANARY}@mail.example", "website": f"https://{CANARY}.example/"}
    sent = wire(author=author, title=f"{CANARY} title", url=f"https://mill.example/{CANARY}")
    headers = {"x-forwarded-for": "203.0.113.77", "idempotency-key": f"{CANARY}-idempotency"}
    with httpx.Client(base_url=api.url, timeout=10, headers=headers) as http:
        bodies = [f"{CANARY} fine", f"{CANARY} idiot", f"{CANARY} [raise]", f"{CANARY} [nan]"]
        for number, body in enumerate(bodies):
            key = {"idempotency-key": f"{CANARY}-idempotency-{number}"}
            receipt = http.post(COMMENTS, json={**sent, "body": body}, headers=key)
            assert receipt.status_code == 202, receipt.text
        http.post(COMMENTS, json={**sent, "body": 7, "author": CANARY})
        http.post(COMMENTS, content=f'{{"body": "{CANARY}'.encode())
        http.post(COMMENTS, json={**sent, "body": f"{CANARY}\x00", "author": {"name": CANARY, "email": CANARY}})
        good = jwt.encode({"sub": CANARY, "name": CANARY, "exp": int(time.time()) + 60}, signing, "HS256")
        for token, status in ((good, 202), (f"{good}x", 422), (CANARY, 422)):
            signed = {"name": CANARY, "jwt": token}
            form = {"trap": CANARY, "seconds": 1.5}
            key = {"idempotency-key": f"{CANARY}-{status}-{len(token)}"}
            answer = http.post(COMMENTS, json={**sent, "author": signed, "form": form}, headers=key)
            assert answer.status_code == status, answer.text
        http.get(f"{COMMENTS}?thread={CANARY}&cursor={CANARY}")
        http.get(f"{COMMENTS}/{CANARY}", headers={"authorization": f"Bearer gpa_{CANARY}.1.{CANARY}"})
        reviewer = {"authorization": f"Bearer {tokens['moderator-mill']}"}
        decision = {"site": "mill", "id": receipt.json()["id"], "version": 99, "action": "hold", "note": CANARY}
        http.post("/v1/review/decisions", json={"decisions": [decision]}, headers=reviewer)
        with own_redis.client() as client:
            # Held after three tries alone, with a claim time of one second between them.
            wait_until(lambda: client.xlen("gp:{main}:q:live") == 0, "every comment to be decided")
        metrics = http.get("/metrics").text
    own_redis.kill()
    wait_until(lambda: "storage away" in worker.output(), "the worker to notice")
    api.stop()
    worker.kill()
    for text in (api.output(), worker.output(), metrics):
        assert CANARY not in text
        assert "203.0.113.77" not in text
        for token in (*tokens.values(), good, good.split(".")[1], signing):
            assert token not in text
    assert "classifying failed" in worker.output()
    await backend.close()


async def test_e_mail_address_and_device_are_stored_only_as_hashes(town: Town) -> None:
    author = {"name": "Anna", "email": "Anna.Berg@mail.example", "device": "d" * 32}
    with town.http() as http:
        assert http.post(COMMENTS, json=wire(author=author)).status_code == 202
    with town.redis.client() as client:
        raw: Any = client
        kept = b"".join(raw.dump(key) + key for key in raw.keys("*"))
    for secret in (b"mail.example", b"anna.berg", b"d" * 32, b"127.0.0.1"):
        assert secret not in kept


async def test_a_withdrawn_comment_leaves_no_text_behind(town: Town) -> None:
    writer = Writer(town.backend.clock, town.mill)
    comment = await published(town.backend, writer, f"{CANARY} to be forgotten")
    await applied(town.backend, writer, Move(before=comment, after=deleted(comment, at=town.backend.clock())))
    with town.redis.client() as client:
        raw: Any = client
        assert all(CANARY.encode() not in raw.dump(key) for key in raw.keys("*"))
