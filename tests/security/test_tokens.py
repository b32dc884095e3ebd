"""Tokens over several processes: revoked within five seconds, rotated with an overlap, and the secret as well."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from service.settings import read_settings
from service.wiring import open_house
from service.workflow import sites
from service.workflow.house import House
from tests.integration.wire import COMMENTS, wire
from tests.processes import ApiProcess, environment
from tests.redis_server import RedisServer
from tests.security.conftest import Fort

POLICY = "/v1/sites/mill/policy"
WITHIN = 5.0
OLD, NEW = "an-old-secret-that-is-long-enough-to-sign", "a-new-secret-that-is-long-enough-to-sign"
Done = TypeVar("Done")


def at_home(redis: RedisServer, work: Callable[[House], Awaitable[Done]]) -> Done:
    """Do something as an operator's shell does: in another process's memory."""

    async def run() -> Done:
        async with open_house(read_settings(environment(redis.url))) as house:
            return await work(house)

    return asyncio.run(run())


def status(api: ApiProcess, token: str) -> int:
    return httpx.get(f"{api.url}{POLICY}", headers={"authorization": f"Bearer {token}"}).status_code


@pytest.mark.parametrize("way", ["revoke", "rotate without overlap", "remove the site"])
def test_what_was_revoked_is_refused_everywhere_within_five_seconds(fort: Fort, way: str) -> None:
    async def make(house: House) -> tuple[str, str]:
        if await house.directory.site("weir-2") is None:
            await sites.add_site(
                house,
                "weir-2",
                origins=("https://weir.example",),
                languages=("en",),
                lane="main",
                policy=sites.default_policy("embedded-fast"),
            )
        moderator, token = await sites.add_principal(house, role="moderator", sites=("weir-2",))
        return moderator.id, token

    moderator, token = at_home(fort.redis, make)
    with ExitStack() as stack:
        other = ApiProcess(fort.redis.url, fort.redis.folder / "other.log")
        stack.callback(other.kill)
        other.start()
        path = "/v1/review/comments?site=weir-2"

        def told(api: ApiProcess) -> int:
            return httpx.get(f"{api.url}{path}", headers={"authorization": f"Bearer {token}"}).status_code

        assert [told(api) for api in (fort.api, other)] == [200, 200]

        async def end(house: House) -> None:
            if way == "revoke":
                await sites.revoke(house, moderator)
            elif way == "remove the site":
                await sites.remove_site(house, "weir-2")
            else:
                await sites.rotate(house, moderator, prefix="gpm_", overlap=0)

        at_home(fort.redis, end)
        began = time.monotonic()
        while [told(api) for api in (fort.api, other)] != [401, 401]:
            # Asked all the while, so that neither process ever forgets the token for want of use.
            assert time.monotonic() - began < WITHIN
            time.sleep(0.05)


def test_a_rotated_key_overlaps_and_then_ends(fort: Fort) -> None:
    old = fort.tokens["key-mill"]
    new = at_home(fort.redis, lambda house: sites.rotate_key(house, "mill", overlap=2))
    assert [status(fort.api, token) for token in (old, new)] == [200, 200]
    began = time.monotonic()
    while status(fort.api, old) != 401:
        assert time.monotonic() - began < 2 + WITHIN + 1
        time.sleep(0.05)
    assert status(fort.api, new) == 200
    assert status(fort.api, fort.tokens["key-weir"]) == 403


def test_the_secret_is_changed_without_a_gap(own_redis: RedisServer, tmp_path: Path) -> None:
    """Old, then new and old, then new alone: authors stay who they are, and tokens of the old end with it."""

    def serve(*secrets: str) -> ApiProcess:
        log = tmp_path / f"{len(secrets)}-{secrets[0][:8]}.log"
        return ApiProcess(own_redis.url, log, GATEPOST_SECRET=" ".join(secrets))

    async def found(house: House) -> None:
        policy = sites.default_policy("embedded-fast")
        await sites.add_site(
            house, "mill", origins=("https://a.example",), languages=("en",), lane="main", policy=policy
        )

    async def begin() -> None:
        async with open_house(read_settings(environment(own_redis.url, GATEPOST_SECRET=OLD))) as house:
            await found(house)

    asyncio.run(begin())
    body, key = wire(author={"name": "Anna", "device": "d" * 32}), {"idempotency-key": "the-secret-changes"}
    with ExitStack() as stack:
        before, between, after = serve(OLD), serve(NEW, OLD), serve(NEW)
        for api in (before, between, after):
            stack.callback(api.kill)
        before.start()
        first = httpx.post(f"{before.url}{COMMENTS}", json=body, headers=key).json()

        def own(api: ApiProcess, receipt: dict[str, str]) -> int:
            header = {"authorization": f"Bearer {receipt['token']}"}
            return httpx.get(f"{api.url}{COMMENTS}/{receipt['id']}", headers=header).status_code

        between.start()
        # Both run: what either signs is good at the new ones, and a replay is the first answer to the letter.
        assert own(between, first) == 200
        assert httpx.post(f"{between.url}{COMMENTS}", json=body, headers=key).json()["token"] == first["token"]
        second = httpx.post(f"{between.url}{COMMENTS}", json={**body, "body": "Second."}).json()
        assert own(between, second) == 200
        after.start()
        assert own(after, second) == 200
        assert own(after, first) == 403
        # The old secret alone opens nothing any more.
        late = serve(OLD)
        stack.callback(late.kill)
        with pytest.raises(RuntimeError, match="GATEPOST_SECRET"):
            late.start()
        third = httpx.post(f"{after.url}{COMMENTS}", json={**body, "body": "Third."}).json()
        assert own(after, third) == 200
    with own_redis.client() as client:
        authors = list(client.scan_iter("gp:{main}:a:mill:*"))
    # One device, whatever the secret: its hash has a key of its own.
    assert len(authors) == 1
