"""Limits hold across processes, by the address that proxies of ours vouch for; wrong credentials lock nobody out."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.domain.tokens import BAD_CREDENTIAL_SECONDS, BAD_CREDENTIALS
from tests.builders import THREAD
from tests.integration.conftest import populate
from tests.integration.wire import COMMENTS, problem_of, wire
from tests.processes import ApiProcess
from tests.redis_server import RedisServer, any_server

# Of the default policy; one more of each may come due within the burst's own second or so.
ADDRESS_BURST, AUTHOR_BURST, NEW_THREADS = 20, 5, 10
POLICY = "/v1/sites/mill/policy"


class Pair:
    """Two API processes over one Redis, behind a proxy on this machine."""

    def __init__(self, redis: RedisServer) -> None:
        self.redis = redis
        self.apis = [
            ApiProcess(redis.url, redis.folder / f"api-{n}.log", GATEPOST_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8")
            for n in range(2)
        ]
        self.tokens: dict[str, str] = {}

    def start(self) -> None:
        async def towns() -> dict[str, str]:
            backend, _, _, tokens = await populate(self.redis)
            await backend.close()
            return tokens

        self.tokens = asyncio.run(towns())
        for api in self.apis:
            api.start()

    def post_all(self, requests: list[tuple[dict[str, object], str]]) -> list[httpx.Response]:
        """Send submissions all at once, to both processes in turn, each with what a proxy says of its sender."""

        async def send() -> list[httpx.Response]:
            limits = httpx.Limits(max_connections=40)
            async with httpx.AsyncClient(timeout=20, limits=limits) as http:
                return await asyncio.gather(
                    *(
                        http.post(
                            f"{self.apis[n % 2].url}{COMMENTS}",
                            json=body,
                            headers={"x-forwarded-for": sender} if sender else {},
                        )
                        for n, (body, sender) in enumerate(requests)
                    )
                )

        return asyncio.run(send())

    def accepted(self, answers: list[httpx.Response]) -> int:
        """Count what was accepted; the rest must say when to come back."""
        good = [answer for answer in answers if answer.status_code == 202]
        for answer in answers:
            if answer.status_code != 202:
                problem = problem_of(answer, 429, "rate-limited")
                assert int(answer.headers["retry-after"]) == problem["retry_after"] >= 1
        return len(good)

    def stored(self) -> int:
        with self.redis.client() as client:
            return sum(1 for _ in client.scan_iter("gp:{main}:c:mill:*", count=1000))


@pytest.fixture(scope="module")
def two(short_path: Path) -> Iterator[Pair]:
    folder = short_path / "limits"
    folder.mkdir()
    redis = RedisServer(any_server(), folder)
    redis.start()
    made = Pair(redis)
    made.start()
    yield made
    for api in made.apis:
        api.kill()
    redis.kill()


@pytest.fixture
def pair(two: Pair) -> Pair:
    """Give the two processes with everything forgotten but the sites and their people."""
    with two.redis.client() as client:
        kept = (b":site:", b":policy:", b"{dir}:sites", b"{dir}:lanes", b"{dir}:pepper", b"{dir}:principals")
        for key in client.scan_iter("*", count=1000):
            if not any(part in key for part in (*kept, b"{dir}:credentials")):
                client.delete(key)
    return two


def device() -> dict[str, str]:
    return {"name": "Anna", "device": secrets.token_urlsafe(24)}


def test_concurrent_requests_to_two_processes_are_counted_exactly(pair: Pair) -> None:
    one = device()
    by_author = pair.post_all([(wire(author=one), f"198.51.{n}.1") for n in range(60)])
    assert AUTHOR_BURST <= pair.accepted(by_author) <= AUTHOR_BURST + 1
    by_address = pair.post_all([(wire(author=device()), "203.0.113.7") for _ in range(100)])
    assert ADDRESS_BURST <= pair.accepted(by_address) <= ADDRESS_BURST + 1
    threads = pair.post_all([(wire(author=device(), thread=f"/new/{n}"), "203.0.113.9") for n in range(60)])
    assert NEW_THREADS <= pair.accepted(threads) <= NEW_THREADS + 1
    assert pair.stored() == sum(map(pair.accepted, (by_author, by_address, threads)))


def test_a_retried_submission_is_counted_once(pair: Pair) -> None:
    key, body = secrets.token_hex(16), wire(author=device())
    for n in range(50):
        answer = httpx.post(
            f"{pair.apis[n % 2].url}{COMMENTS}",
            json=body,
            headers={"idempotency-key": key, "x-forwarded-for": "203.0.113.7"},
        )
        assert answer.status_code == 202
    assert pair.stored() == 1
    rest = pair.post_all([(wire(author=device()), "203.0.113.7") for _ in range(40)])
    assert ADDRESS_BURST - 1 <= pair.accepted(rest) <= ADDRESS_BURST


@pytest.mark.parametrize(
    "spoof",
    [
        # What a client writes stands left of what our proxy adds.
        lambda n: f"10.1.2.{n}, 203.0.113.7",
        lambda n: f"198.51.100.{n}, 203.0.113.7",
        lambda n: f"198.51.100.{n}, 203.0.113.7, 10.0.0.5",
        lambda n: f"garbage-{n}, 203.0.113.7",
        lambda n: f"127.0.0.1, 198.51.100.{n}, 203.0.113.7:{40_000 + n}",
        # A household has a /64 to choose from, and another spelling is the same address.
        lambda n: f"2001:db8:1:2:{n:x}::{n:x}",
        lambda n: f"[2001:db8:1:2::{n:x}]:{40_000 + n}",
        lambda n: "::ffff:203.0.113.7" if n % 2 else "203.0.113.7",
        lambda n: "2001:DB8:1:2::1" if n % 2 else "2001:0db8:0001:0002::2",
        # What is no address at all is one sender.
        lambda n: f"not-an-address-{n}",
        lambda n: "x" * (100 + n),
        lambda n: f"203.0.113.7, ;DROP{n}",
    ],
)
def test_nobody_gets_another_limit_by_what_they_write(pair: Pair, spoof: object) -> None:
    assert callable(spoof)
    answers = pair.post_all([(wire(author=device()), spoof(n)) for n in range(50)])
    assert ADDRESS_BURST <= pair.accepted(answers) <= ADDRESS_BURST + 1


def test_whose_proxy_is_not_ours_is_not_believed(own_redis: RedisServer, api_process: ApiProcess) -> None:
    async def towns() -> None:
        backend, _, _, _ = await populate(own_redis)
        await backend.close()

    asyncio.run(towns())
    answers = [
        httpx.post(
            f"{api_process.url}{COMMENTS}",
            json=wire(author=device()),
            headers={
                "x-forwarded-for": f"203.0.113.{n}",
                "x-real-ip": f"203.0.113.{n}",
                "forwarded": f"for=192.0.2.{n}",
            },
        )
        for n in range(40)
    ]
    accepted = sum(answer.status_code == 202 for answer in answers)
    assert ADDRESS_BURST <= accepted <= ADDRESS_BURST + 1


def test_readers_behind_our_proxy_have_a_limit_each(pair: Pair) -> None:
    answers = pair.post_all([(wire(author=device()), f"203.0.113.{n}, 10.0.0.5") for n in range(60)])
    assert pair.accepted(answers) == 60


def test_wrong_credentials_are_slowed_and_good_ones_are_not(pair: Pair) -> None:
    """Everybody of one company asks from one address: a guesser among them must not lock the others out."""
    receipt = httpx.post(f"{pair.apis[0].url}{COMMENTS}", json=wire()).json()
    own = f"{COMMENTS}/{receipt['id']}"
    here, there = {"x-forwarded-for": "203.0.113.7"}, {"x-forwarded-for": "203.0.113.8"}

    async def guess() -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=20) as http:
            wrong = ("gps_x", "gpm_x", f"gps_{secrets.token_urlsafe(32)}", f"{receipt['token'][:-2]}AA")
            return await asyncio.gather(
                *(
                    http.get(
                        f"{pair.apis[n % 2].url}{own if wrong[n % 4].startswith('gpa_') else POLICY}",
                        headers={**here, "authorization": f"Bearer {wrong[n % 4]}"},
                    )
                    for n in range(80)
                )
            )

    answers = asyncio.run(guess())
    told = [answer.status_code for answer in answers]
    assert BAD_CREDENTIALS <= sum(status in (401, 403) for status in told) <= BAD_CREDENTIALS + 1
    for answer in answers:
        if answer.status_code not in (401, 403):
            problem = problem_of(answer, 429, "rate-limited")
            assert 1 <= int(answer.headers["retry-after"]) == problem["retry_after"] <= BAD_CREDENTIAL_SECONDS
    for api in pair.apis:
        for token, path in (("key-mill", POLICY), ("moderator-mill", POLICY), ("", own)):
            good = pair.tokens.get(token, receipt["token"])
            answer = httpx.get(f"{api.url}{path}", headers={**here, "authorization": f"Bearer {good}"})
            assert answer.status_code == 200
        assert httpx.get(f"{api.url}{COMMENTS}?thread={THREAD}", headers=here).status_code == 200
        wrong = {"authorization": "Bearer gps_wrong"}
        # From elsewhere it is the first, and without a credential there is nothing to slow.
        assert httpx.get(f"{api.url}{POLICY}", headers={**there, **wrong}).status_code == 401
        assert httpx.get(f"{api.url}{POLICY}", headers=here).status_code == 401
        assert httpx.get(f"{api.url}{POLICY}", headers={**here, **wrong}).status_code == 429


def test_no_address_is_kept_as_it_is(pair: Pair) -> None:
    for path in (POLICY, COMMENTS):
        httpx.get(
            f"{pair.apis[0].url}{path}",
            headers={"x-forwarded-for": "203.0.113.77", "authorization": "Bearer gps_wrong"},
        )
    httpx.post(f"{pair.apis[0].url}{COMMENTS}", json=wire(), headers={"x-forwarded-for": "203.0.113.77"})
    kept = b"".join(file.read_bytes() for file in pair.redis.folder.rglob("*") if file.is_file())
    assert b"attempts" in kept
    assert b"203.0.113.77" not in kept
