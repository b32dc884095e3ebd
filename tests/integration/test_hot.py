"""Kept pages over real sockets: the same bytes as without, and nothing withdrawn half a second after the decision."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.builders import THREAD, Writer
from tests.integration.conftest import populate
from tests.integration.wire import COMMENTS
from tests.processes import ApiProcess, wait_until
from tests.raw_http import Wire
from tests.redis_backend import RedisBackend
from tests.redis_server import RedisServer
from tests.steps import published

BOUND = 0.5
LIST = f"{COMMENTS}?thread={THREAD}"
AGENT = "user-agent: Mozilla/5.0 (X11; Linux x86_64)\r\naccept: */*\r\norigin: https://mill.example\r\n"


@pytest.fixture
def apis(own_redis: RedisServer) -> Iterator[tuple[ApiProcess, ApiProcess, ApiProcess]]:
    """Give two processes that keep pages and one that keeps none."""
    folder: Path = own_redis.folder
    made = (
        ApiProcess(own_redis.url, folder / "one.log"),
        ApiProcess(own_redis.url, folder / "two.log"),
        ApiProcess(own_redis.url, folder / "none.log", GATEPOST_CACHE_BYTES="0"),
    )
    for api in made:
        api.start()
    yield made
    for api in made:
        api.kill()


def get(api: ApiProcess) -> httpx.Response:
    """Read the page once."""
    return httpx.get(api.url + LIST, timeout=10)


def scripts_run(redis: RedisServer) -> int:
    with redis.client() as client:
        return int(client.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0))


def heat(api: ApiProcess, redis: RedisServer, target: str = LIST) -> None:
    """Ask until the process answers from what it keeps: a hundred reads that cost the storage hardly any."""
    wire = Wire(api.url)

    def kept() -> bool:
        before = scripts_run(redis)
        for _ in range(100):
            wire.send(f"GET {target} HTTP/1.1\r\nhost: mill\r\n\r\n".encode())
            assert wire.answer().startswith(b"HTTP/1.1 200")
        # Beside reads it sends a tick each tenth of a second.
        return scripts_run(redis) - before < 50

    wait_until(kept, "pages to be kept")
    wire.close()


def requests(etag: str) -> dict[str, bytes]:
    """Write requests that must be answered with the same bytes whether pages are kept or not."""
    line, host = f"GET {LIST} HTTP/1.1\r\n", "host: mill\r\n"
    know = f"if-none-match: {etag}\r\n"
    return {
        name: text.encode("latin-1")
        for name, text in {
            "plain": f"{line}{host}\r\n",
            "browser": f"{line}{host}{AGENT}connection: keep-alive\r\n\r\n",
            "known": f"{line}{host}{know}\r\n",
            "known, weak, among others": f'{line}{host}If-None-Match: "1", W/{etag}\r\n\r\n',
            "known, twice": f'{line}{host}{know}if-none-match: "1"\r\n\r\n',
            "known otherwise": f'{line}{host}if-none-match: "1"\r\n\r\n',
            "known, of a scheme": f"{line}{host}{know}X-Forwarded-Proto: https\r\n\r\n",
            "of a scheme": f"{line}{host}x-forwarded-proto: https\r\n\r\n",
            "of two schemes": f"{line}{host}x-forwarded-proto: https\r\nx-forwarded-proto: http\r\n\r\n",
            "newest": f"GET {LIST}&sort=newest&limit=2 HTTP/1.1\r\n{host}\r\n",
            "wrong limit": f"GET {LIST}&limit=0 HTTP/1.1\r\n{host}\r\n",
            "forged cursor": f"GET {LIST}&cursor=abc HTTP/1.1\r\n{host}\r\n",
            "two threads": f"GET {LIST}&thread=/weir HTTP/1.1\r\n{host}\r\n",
            "another thread": f"GET {COMMENTS}?thread=/weir HTTP/1.1\r\n{host}\r\n",
            "unknown site": f"GET /v1/sites/nowhere/comments?thread=/mill HTTP/1.1\r\n{host}\r\n",
            "head": f"HEAD {LIST} HTTP/1.1\r\n{host}\r\n",
            "a token": f"{line}{host}authorization: Bearer gpa_x\r\n\r\n",
            "no body": f"{line}{host}content-length: 0\r\n\r\n",
            "a body": f"{line}{host}content-length: 3\r\n\r\nabc",
            "chunks": f"{line}{host}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "upgrade": f"{line}{host}connection: upgrade\r\nupgrade: h2c\r\n\r\n",
            "absolute": f"GET http://mill{LIST} HTTP/1.1\r\n{host}\r\n",
            "escaped path": f"GET {LIST.replace('mill/', 'm%69ll/', 1)} HTTP/1.1\r\n{host}\r\n",
            "fragment": f"GET {LIST}#part HTTP/1.1\r\n{host}\r\n",
            "large names": f"{line}HOST: mill\r\nX-NOTHING: \xe9\r\n\r\n",
            "empty value": f"{line}{host}x-empty:\r\n\r\n",
            "no host": f"{line}\r\n",
        }.items()
    }


ENDING = {
    "close": f"GET {LIST} HTTP/1.1\r\nhost: mill\r\nconnection: close\r\n\r\n",
    "1.0": f"GET {LIST} HTTP/1.0\r\nhost: mill\r\n\r\n",
    "folded": f"GET {LIST} HTTP/1.1\r\nhost: mill\r\nx-a: b\r\n c\r\n\r\n",
    "space before colon": f"GET {LIST} HTTP/1.1\r\nhost : mill\r\n\r\n",
    "control": f"GET {LIST} HTTP/1.1\r\nhost: mill\r\nx-a: \x01\r\n\r\n",
    "bare newline": f"GET {LIST} HTTP/1.1\nhost: mill\n\n",
}


async def test_answers_are_the_same_bytes_with_and_without(
    own_redis: RedisServer, apis: tuple[ApiProcess, ApiProcess, ApiProcess]
) -> None:
    one, _, none = apis
    backend, mill, _, _ = await populate(own_redis)
    for _ in range(3):
        await published(backend, Writer(backend.clock, mill))
    etag = get(one).headers["etag"]
    heat(one, own_redis)
    warm, cold = Wire(one.url), Wire(none.url)
    for _ in range(3):
        for name, request in requests(etag).items():
            for wire in (warm, cold):
                wire.send(request)
            answers = [wire.answer(head=name == "head") for wire in (warm, cold)]
            assert answers[0] == answers[1], name
            assert answers[0].startswith(b"HTTP/1.1 "), name
    # In pieces, and several at once.
    plain = requests(etag)["browser"]
    whole = []
    for wire in (warm, cold):
        for part in (plain[:5], plain[5:90], plain[90:-2], plain[-2:]):
            wire.send(part)
            await asyncio.sleep(0.01)
        got = [wire.answer()]
        wire.send(plain + plain + plain[:50])
        got += [wire.answer(), wire.answer()]
        wire.send(plain[50:])
        whole.append([*got, wire.answer()])
        wire.close()
    assert whole[0] == whole[1]
    assert len(set(whole[0])) == 1
    for name, text in ENDING.items():
        endings = []
        for wire in (Wire(one.url), Wire(none.url)):
            wire.send(text.encode("latin-1"))
            endings.append((wire.answer(), wire.answer()))
            wire.close()
        assert endings[0] == endings[1], name
        assert endings[0][1] == b"", name
    await backend.close()


class Reader(threading.Thread):
    """Somebody who reads a page over and over, and remembers when each answer was asked for and what it showed."""

    def __init__(self, api: ApiProcess, comment: str) -> None:
        # A test that fails leaves it running, and must end all the same.
        super().__init__(daemon=True)
        self._api, self._comment = api, comment.encode()
        self.seen: list[tuple[float, bool]] = []
        self.stopping = False

    def run(self) -> None:
        wire = Wire(self._api.url)
        while not self.stopping:
            asked = time.monotonic()
            wire.send(f"GET {LIST} HTTP/1.1\r\nhost: mill\r\n{AGENT}\r\n".encode())
            answer = wire.answer()
            assert answer.startswith(b"HTTP/1.1 200"), answer
            self.seen.append((asked, self._comment in answer))
        wire.close()


def decide(api: ApiProcess, token: str, comment: str, version: int, action: str) -> float:
    """Decide over the API; gives the moment of the answer."""
    decision = {"site": "mill", "id": comment, "version": version, "action": action}
    answer = httpx.post(
        f"{api.url}/v1/review/decisions",
        json={"decisions": [decision]},
        headers={"authorization": f"Bearer {token}"},
        timeout=30,
    )
    assert answer.json()["results"][0]["ok"], answer.text
    return time.monotonic()


async def prepared(redis: RedisServer) -> tuple[RedisBackend, str, str]:
    backend, mill, _, tokens = await populate(redis)
    shown = await published(backend, Writer(backend.clock, mill))
    return backend, shown.id, tokens["moderator-mill"]


async def test_two_processes_serve_nothing_withdrawn_half_a_second_after_the_decision(
    own_redis: RedisServer, apis: tuple[ApiProcess, ApiProcess, ApiProcess]
) -> None:
    backend, comment, token = await prepared(own_redis)
    for api in apis[:2]:
        heat(api, own_redis)
    readers = [Reader(api, comment) for api in apis[:2] for _ in range(2)]
    for reader in readers:
        reader.start()
    version = 2
    for turn in range(6):
        wait_until(lambda: all(reader.seen and reader.seen[-1][1] for reader in readers), "the comment to be read")
        answered = decide(apis[turn % 2], token, comment, version, "reject")
        over = answered + BOUND
        wait_until(lambda: all(reader.seen[-1][0] > over for reader in readers), "later reads")  # noqa: B023 - in this turn
        for reader in readers:
            late = [asked for asked, shows in reader.seen if asked > over and shows]
            assert late == []
            assert any(shows for asked, shows in reader.seen if asked < answered)
        decide(apis[0], token, comment, version + 1, "approve")
        for reader in readers:
            # What was read before this turn's end shows the comment rightly or says nothing about the next one.
            reader.seen = []
        version += 2
    for reader in readers:
        reader.stopping = True
        reader.join()
    await backend.close()


async def test_a_process_that_was_stopped_serves_nothing_of_before(
    own_redis: RedisServer, apis: tuple[ApiProcess, ApiProcess, ApiProcess]
) -> None:
    one, two, _ = apis
    backend, comment, token = await prepared(own_redis)
    heat(one, own_redis)
    wire = Wire(one.url)
    request = f"GET {LIST} HTTP/1.1\r\nhost: mill\r\n\r\n".encode()
    for turn in range(3):
        for _ in range(200):
            wire.send(request)
            assert comment.encode() in wire.answer()
        os.kill(one.pid, signal.SIGSTOP)
        over = decide(two, token, comment, 2 + 2 * turn, "reject") + BOUND
        wait_until(lambda: time.monotonic() > over, "half a second")  # noqa: B023 - in this turn
        wire.send(request)
        os.kill(one.pid, signal.SIGCONT)
        assert comment.encode() not in wire.answer()
        decide(two, token, comment, 3 + 2 * turn, "approve")

        def shown() -> bool:
            wire.send(request)
            return comment.encode() in wire.answer()

        wait_until(shown, "the comment to be shown again")
    wire.close()
    await backend.close()


async def test_without_the_storage_nothing_is_served_for_long(
    own_redis: RedisServer, apis: tuple[ApiProcess, ApiProcess, ApiProcess]
) -> None:
    """A storage that hangs cannot say that something moved."""
    one = apis[0]
    backend, _, _ = await prepared(own_redis)
    heat(one, own_redis)
    own_redis.pause()
    over = time.monotonic() + BOUND
    wait_until(lambda: time.monotonic() > over, "half a second")
    assert get(one).status_code == 503
    own_redis.resume()
    wait_until(lambda: get(one).status_code == 200, "the storage to be back")
    await backend.close()
