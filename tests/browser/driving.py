"""A running Gatepost and a browser that looks at it: what the fixtures hand out."""

import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect

EVENTUALLY_MS = 10_000
GERMAN = "Das ist eine wirklich sehr schöne Geschichte über die alte Uhr am Markt, vielen Dank dafür."
PLAIN = "The library opens an hour later on Thursdays, and the clock will be right."
ABUSE = "You are all stupid idiots and complete morons, shut up."


def find_chromium(own: str) -> str | None:
    """Find a Chromium: the system's, or the one that Playwright installed (`own`)."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found is not None:
            return found
    return own if Path(own).exists() else None


@dataclass(frozen=True)
class Gatepost:
    """A service that runs, with the site `demo`."""

    url: str
    site_key: str
    moderator_token: str
    client: httpx.Client
    env: Mapping[str, str]

    def ask(self, method: str, path: str, *, token: str, **options: Any) -> httpx.Response:
        """Ask the API; raises for a problem."""
        headers = {"authorization": f"Bearer {token}"} | options.pop("headers", {})
        answer = self.client.request(method, path, headers=headers, **options)
        answer.raise_for_status()
        return answer

    def post(self, thread: str, body: str, *, name: str = "Bea", parent: str | None = None) -> dict[str, str]:
        """Submit a comment behind the browser's back."""
        sent = {"thread": thread, "author": {"name": name}, "body": body, "parent_id": parent}
        receipt: dict[str, str] = self.ask("POST", "/v1/sites/demo/comments", token=self.site_key, json=sent).json()
        return receipt

    def own(self, receipt: dict[str, str]) -> dict[str, Any]:
        """Look at a comment as its author."""
        path = f"/v1/sites/demo/comments/{receipt['id']}"
        seen: dict[str, Any] = self.ask("GET", path, token=receipt["token"]).json()
        return seen

    def await_status(self, receipt: dict[str, str], status: str) -> dict[str, Any]:
        """Follow a comment until it has a status."""
        path = f"/v1/sites/demo/comments/{receipt['id']}/stream"
        headers = {"authorization": f"Bearer {receipt['token']}"}
        with self.client.stream("GET", path, headers=headers) as answer:
            for line in answer.iter_lines():
                if f'"status":"{status}"' in line:
                    break
        return self.own(receipt)

    def decide(self, receipt: dict[str, str], action: str, reason: str = "") -> None:
        """Decide as a moderator."""
        decision = {
            "site": "demo",
            "id": receipt["id"],
            "version": self.own(receipt)["version"],
            "action": action,
            "reason": reason,
        }
        answer = self.ask("POST", "/v1/review/decisions", token=self.moderator_token, json={"decisions": [decision]})
        assert answer.json()["results"][0]["ok"], answer.text


@dataclass
class Visitor:
    """A person with a browser of their own; everything that their pages complain about is kept."""

    gatepost: Gatepost
    context: BrowserContext
    thread: str
    complaints: list[str] = field(default_factory=list)
    # Refusals that a test provokes: Chromium logs each as an error of its own.
    expected: tuple[int, ...] = ()

    def open(self, path: str = "/demo") -> Page:
        """Open a page and wait until it has what it shows; the article's thread is the test's own."""
        page = self.context.new_page()
        page.set_default_timeout(EVENTUALLY_MS)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", lambda request: self._asked(request.url))
        page.route(f"{self.gatepost.url}/demo", self._own_thread)
        page.goto(f"{self.gatepost.url}{path}")
        if not path.startswith("/review"):
            expect(page.locator("[aria-busy=false]")).to_be_visible()
        return page

    def _own_thread(self, route: Route) -> None:
        answer = route.fetch()
        route.fulfill(
            response=answer, body=answer.text().replace('data-thread="/demo"', f'data-thread="{self.thread}"')
        )

    def _heard(self, message: ConsoleMessage) -> None:
        refused = re.search(
            r"responded with a status of (\d+)|net::ERR_(?:FAILED|INTERNET_DISCONNECTED|NETWORK_CHANGED)", message.text
        )
        if refused and int(refused[1] or 0) in self.expected:
            return
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self.gatepost.url}/", "data:")):
            self.complaints.append(f"asked elsewhere: {url}")


Visit = Callable[..., Visitor]


@contextmanager
def visiting(gatepost: Gatepost, browser: Browser) -> Iterator[Visit]:
    """Give a function that brings visitors to one new thread; afterwards nobody may have had a complaint."""
    visitors: list[Visitor] = []
    thread = f"/demo/{uuid.uuid4()}"

    def visit(*, expected: tuple[int, ...] = (), **options: Any) -> Visitor:
        context = browser.new_context(**options)
        visitors.append(Visitor(gatepost, context, thread, expected=expected))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


def write(page: Page, body: str, name: str = "Ann") -> None:
    """Fill the comment form and post."""
    if page.get_by_role("button", name="Add your comment").is_visible():
        page.get_by_role("button", name="Add your comment").click()
    page.get_by_label("Your comment", exact=True).fill(body)
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Post comment").click()
