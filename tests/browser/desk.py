"""A site of a test's own with moderators, and comments that wait there as a worker would have left them."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from playwright.sync_api import Locator, Page, expect

from service.domain import moves
from service.domain.auditing import AuditEntry
from service.domain.comment import Author, Comment, Reason
from service.domain.ids import mint
from service.domain.orders import Move, Moved, SubmitOrder
from service.domain.policy import Verdict
from service.domain.rule_settings import HouseRule, RateRule, Rules
from service.domain.scores import Scores
from service.domain.site import Rank, Site
from service.domain.status import Status
from service.settings import read_settings
from service.wiring import open_house
from service.workflow import sites
from service.workflow.house import House
from tests.browser.driving import Gatepost
from tests.processes import wait_until

CLASSIFIER = "embedded-fast"
LANE = "desk"
AT_ONCE = 50
HOUSE_RULES = (
    HouseRule(id="kind", title={"en": "Be kind"}, text={"en": "No insults, whoever they are meant for."}),
    HouseRule(id="topic", title={"en": "Stay on topic"}, text={"en": "Write about the article."}),
    HouseRule(id="ads", title={"en": "No advertising"}, text={"en": "No offers, and no links to shops."}),
)
_MARKED = ("clowns", "liars")


@dataclass(frozen=True)
class Waiting:
    """A comment as a worker is to leave it."""

    body: str
    toxicity: float = 0.6
    author: str = "bea"
    thread: str = "/clock"
    threat: float = 0.01
    status: Status = "held"


def _in_a_thread(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end: Playwright's own loop runs in the test's thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@dataclass
class Desk:
    """A site with house rules, its moderators' tokens by name, and their ids."""

    gatepost: Gatepost
    site: str
    key: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def seed(self, comments: Iterable[Waiting]) -> list[str]:
        """Have comments wait; gives their ids."""
        wanted = list(comments)
        made: list[str] = _in_a_thread(_with_house(self.gatepost, lambda house: _seed(house, self.site, wanted)))
        return made

    def judge(self, comment_id: str, one: Waiting) -> None:
        """Leave a pending comment as a worker would have."""

        async def judge(house: House) -> None:
            site = await house.directory.site(self.site)
            assert site is not None
            comment = await house.comments.load(site, comment_id)
            assert comment is not None
            await house.comments.move(site, Move(before=comment, after=_judged(comment, one)))

        _in_a_thread(_with_house(self.gatepost, judge))

    def draw(self, comments: list[str]) -> None:
        """Put published comments into the blind audit, as a whole day's sample."""

        async def draw(house: House) -> None:
            site = await house.directory.site(self.site)
            assert site is not None
            day, size = datetime.now(UTC).date().isoformat(), len(comments)
            entries = [
                AuditEntry(
                    id=one,
                    day=day,
                    stratum="approved",
                    version=2,
                    size=size,
                    sample=size,
                    labels={},
                    classifier=CLASSIFIER,
                )
                for one in comments
            ]
            assert await house.audits.place(site, entries) == size

        _in_a_thread(_with_house(self.gatepost, draw))

    def ask(self, method: str, path: str, *, by: str = "Mo", **options: Any) -> Any:
        """Ask the API as a moderator; gives the JSON."""
        answer = self.gatepost.ask(method, path, token=self.tokens[by], **options)
        return answer.json() if answer.content else None

    def decide(self, comment_id: str, action: str, *, by: str = "Ana", version: int = 2) -> None:
        """Decide behind the browser's back."""
        rule = {"house_rule": "kind"} if action == "reject" else {}
        decision = {"site": self.site, "id": comment_id, "version": version, "action": action, **rule}
        answer = self.ask("POST", "/v1/review/decisions", by=by, json={"decisions": [decision]})
        assert answer["results"][0]["ok"], answer

    def await_names(self) -> None:
        """Wait until the API knows how its newest moderators are called: it looks every few seconds."""
        (stale,) = self.seed([Waiting("Decided already.", status="approved")])
        self.decide(stale, "hold")
        again = {"decisions": [{"site": self.site, "id": stale, "version": 2, "action": "hold"}]}

        def named() -> bool:
            problem = self.ask("POST", "/v1/review/decisions", json=again)["results"][0]["problem"]
            return bool(problem["decided_by_name"] == "Ana")

        wait_until(named, "the moderators' names")
        self.decide(stale, "approve", version=3)

    def comments(self, status: str) -> dict[str, dict[str, Any]]:
        """Give what has a status, by id."""
        found: dict[str, dict[str, Any]] = {}
        cursor = None
        while True:
            params = {"site": self.site, "status": status, "limit": 200} | ({"cursor": cursor} if cursor else {})
            page = self.ask("GET", "/v1/review/comments", params=params)
            found |= {item["id"]: item for item in page["items"]}
            cursor = page["next_cursor"]
            if cursor is None:
                return found


async def _with_house(gatepost: Gatepost, work: Callable[[House], Coroutine[Any, Any, Any]]) -> Any:
    async with open_house(read_settings(gatepost.env)) as house:
        return await work(house)


def open_desk(gatepost: Gatepost) -> Desk:
    """Make the site and its people: Mo, a moderator, and Ana, a senior one."""
    desk = Desk(gatepost, f"desk-{secrets.token_hex(4)}")

    async def make(house: House) -> None:
        policy = sites.default_policy(CLASSIFIER, rules=Rules(rate=RateRule(enabled=False)))
        policy = msgspec.structs.replace(policy, house_rules=HOUSE_RULES)
        origins = (gatepost.url,)
        _, desk.key = await sites.add_site(
            house, desk.site, origins=origins, languages=("en",), lane=LANE, policy=policy
        )
        ranks: dict[str, Rank] = {"Mo": "moderator", "Ana": "senior"}
        for name, rank in ranks.items():
            principal, token = await sites.add_principal(
                house, role="moderator", sites=(desk.site,), name=name, rank=rank
            )
            desk.tokens[name], desk.ids[name] = token, principal.id

    _in_a_thread(_with_house(gatepost, make))
    return desk


async def _seed(house: House, site_id: str, wanted: list[Waiting]) -> list[str]:
    site = await house.directory.site(site_id)
    assert site is not None
    start = datetime.now(UTC) - timedelta(seconds=len(wanted))
    made = [_comment(site, one, start + timedelta(seconds=number)) for number, one in enumerate(wanted)]
    gate = asyncio.Semaphore(AT_ONCE)

    async def store(comment: Comment, one: Waiting) -> None:
        async with gate:
            await house.comments.submit(site, SubmitOrder(comment=comment, idempotency=None, limits=None))
            moved = await house.comments.move(site, Move(before=comment, after=_judged(comment, one)))
            assert isinstance(moved, Moved), moved

    await asyncio.gather(*(store(comment, one) for comment, one in zip(made, wanted, strict=True)))
    return [comment.id for comment in made]


def _comment(site: Site, one: Waiting, at: datetime) -> Comment:
    author = Author(key=one.author.encode().hex().ljust(32, "0")[:32], strength="device", name=one.author.title())
    return Comment(id=mint(at), site=site.id, thread=one.thread, author=author, body=one.body, created_at=at)


def _judged(comment: Comment, one: Waiting) -> Comment:
    labels = {
        "toxicity": one.toxicity,
        "severe_toxicity": 0.02,
        "obscene": 0.1,
        "threat": one.threat,
        "insult": round(one.toxicity * 0.8, 3),
        "identity_attack": 0.03,
    }
    scores = Scores(labels=labels, classifier=CLASSIFIER, version="1", hash="00")
    found = [(one.body.index(word), one.body.index(word) + len(word)) for word in _MARKED if word in one.body]
    worst = "threat" if one.threat > one.toxicity else "toxicity"
    reason = Reason(
        rule="thresholds",
        code="above-hold-threshold",
        label=worst,
        score=labels[worst],
        threshold=0.2,
        spans=tuple(found),
    )
    verdict = Verdict(status=one.status, look=False, reasons=(reason,) if one.status != "approved" else ())
    return moves.judged(comment, verdict, scores, by="worker-1", at=comment.created_at, policy_version=1)


def sign_in(page: Page, token: str) -> None:
    """Sign in and wait for the list."""
    page.get_by_label("Moderator token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.locator(".cards[aria-busy=false]")).to_be_attached()


def card(page: Page, text: str) -> Locator:
    """Find a comment's card."""
    return page.locator(".card").filter(has_text=text)


def said(page: Page) -> Locator:
    """Find the line that tells what happened."""
    return page.locator("#said")
