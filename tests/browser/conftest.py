"""A real redis-server, API and worker, and a real Chromium."""

import asyncio
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from service.domain.rule_settings import DuplicateRule, RateRule, RepeatsRule, Rules
from service.settings import read_settings
from service.wiring import open_house
from service.workflow import sites
from tests.browser.desk import Desk, open_desk
from tests.browser.driving import EVENTUALLY_MS, Gatepost, Visit, find_chromium, visiting
from tests.redis_server import RedisServer, any_server

START_SECONDS = 30.0
# The pages are tested here, whatever classifier stands behind them.
CLASSIFIER = "embedded-fast"
_SERVES = re.compile(r"running on (http://127\.0\.0\.1:\d+)")


@contextmanager
def _running(module: str, *options: str, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", module, *options], env=env, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _url(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = _SERVES.search(log.read_text())
        if found is not None:
            return found[1]
        time.sleep(0.05)
    message = f"the API did not start: {log.read_text()[-2000:]}"
    raise RuntimeError(message)


def _await_worker(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if client.get("/health/ready").json().get("workers"):
            return
        time.sleep(0.05)
    message = f"no worker reported itself: {log.read_text()[-2000:]}"
    raise RuntimeError(message)


async def _make_site(env: dict[str, str], url: str, client: httpx.Client) -> Gatepost:
    async with open_house(read_settings(env)) as house:
        policy = sites.default_policy(
            CLASSIFIER,
            rules=Rules(
                rate=RateRule(enabled=False),
                # Visitors of these tests have few words.
                duplicate=DuplicateRule(enabled=False),
                repeats=RepeatsRule(enabled=False),
            ),
        )
        _, key = await sites.add_site(house, "demo", origins=(url,), languages=("en",), lane="main", policy=policy)
        _, token = await sites.add_principal(house, role="moderator", sites=("demo",), name="Mo")
    return Gatepost(url=url, site_key=key, moderator_token=token, client=client, env=env)


@pytest.fixture(scope="session")
def gatepost() -> Iterator[Gatepost]:
    """Run everything, once."""
    folder = Path(tempfile.mkdtemp(prefix="gp-"))
    redis = RedisServer(any_server(), folder)
    redis.start()
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GATEPOST_")},
        "GATEPOST_REDIS_URL": redis.url,
        "GATEPOST_SECRET": secrets.token_hex(32),
        "GATEPOST_CLASSIFIER": CLASSIFIER,
    }
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        stack.callback(redis.kill)
        api = stack.enter_context(_running("service.api", "--port", "0", env=env, log=folder / "api"))
        url = _url(api, folder / "api")
        client = stack.enter_context(httpx.Client(base_url=url, timeout=10))
        made = asyncio.run(_make_site(env, url, client))
        # What the console's tests seed in a lane of their own is judged already.
        worker_env = {**env, "GATEPOST_LANES": "main"}
        worker = stack.enter_context(_running("workers", env=worker_env, log=folder / "worker"))
        _await_worker(client, worker, folder / "worker")
        yield made


# A module's, not the session's: Playwright keeps a loop running, and tests elsewhere run loops of their own.
@pytest.fixture(scope="module")
def browser(gatepost: Gatepost) -> Iterator[Browser]:
    expect.set_options(timeout=EVENTUALLY_MS)
    with sync_playwright() as playwright:
        chromium = find_chromium(playwright.chromium.executable_path)
        if chromium is None:
            pytest.skip("no Chromium: install one, or run `playwright install chromium`")
        launched = playwright.chromium.launch(
            executable_path=chromium,
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield launched
        launched.close()


@pytest.fixture
def desk(gatepost: Gatepost) -> Desk:
    """Open a site of the test's own, with house rules and two moderators."""
    return open_desk(gatepost)


@pytest.fixture
def visit(gatepost: Gatepost, browser: Browser) -> Iterator[Visit]:
    with visiting(gatepost, browser) as bring:
        yield bring
