"""How long a moderator waits for a list of 50 out of 100,000 held comments, and for 5,000 of them put into groups."""

import asyncio
import random
import time
from collections.abc import Sequence

import httpx
import msgspec
import uvloop

from benchmarks import findings, load
from benchmarks.filling import comment
from benchmarks.findings import Figure, Findings, Options
from benchmarks.growth import surely
from benchmarks.stack import LANE, SITE, Stack, stack
from benchmarks.texts import exactly
from service.domain.comment import Comment, Reason
from service.domain.moves import judged
from service.domain.orders import Move, SubmitOrder
from service.domain.policy import Verdict
from service.domain.scores import LABELS, Scores
from service.domain.site import Site
from service.storage.keys import lane_keys
from service.wiring import open_house
from service.workflow.house import House, find_site
from service.workflow.sites import add_principal

P99_MS = 50.0
# Who ask at the same time.
MODERATORS = 2
_LISTED = 50
_TOGETHER = 512
_REASONS = ("above-hold-threshold", "links", "name-above-threshold", "language-not-covered")
_LIST = f"/v1/review/comments?site={SITE}&limit={_LISTED}"
# What the indexes answer: the order of the console, the riskiest of a label, from a score on, by time.
ORDERS = {
    "first": f"{_LIST}&status=held",
    "riskiest by label": f"{_LIST}&sort=riskiest&label=insult",
    "from a score": f"{_LIST}&sort=riskiest&label=toxicity&min_score=0.9",
    "oldest": f"{_LIST}&status=held&sort=oldest",
    "newest": f"{_LIST}&status=held&sort=newest",
}


def fill(place: Stack, total: int) -> str:
    """Hold comments of 200 characters under many threads; returns a moderator's token."""
    token = uvloop.run(_fill(place, total))
    with place.client() as client:
        for stream in lane_keys(LANE).streams:
            client.xtrim(stream, maxlen=0, approximate=False)
    return token


async def _fill(place: Stack, total: int) -> str:
    numbers = random.Random(6)
    async with open_house(place.settings) as house:
        site = await find_site(house, SITE)
        for first in range(0, total, _TOGETHER):
            size = min(_TOGETHER, total - first)
            batch = [
                comment(f"review-{number % 500}", exactly(200, numbers), f"author {number % 2_000}")
                for number in range(first, first + size)
            ]
            await _hold(house, site, batch, numbers)
        _, token = await add_principal(house, role="moderator", sites=(SITE,))
        return token


async def _hold(house: House, site: Site, batch: Sequence[Comment], numbers: random.Random) -> None:
    orders = [SubmitOrder(comment=one, url="https://bench.example/articles/one") for one in batch]
    await asyncio.gather(*(surely(lambda order=order: house.comments.submit(site, order)) for order in orders))  # type: ignore[misc]
    moves = []
    for one in batch:
        labels: dict[str, float] = {label: round(numbers.random(), 4) for label in LABELS[:6]}
        scores = Scores(labels=labels, classifier="embedded-fast", version="1", hash="0" * 12)
        reasons = (Reason(rule="filler", code=numbers.choice(_REASONS)),)
        verdict = Verdict(status="held", look=False, reasons=reasons)
        after = judged(one, verdict, scores, by="filler", at=house.now(), policy_version=1)
        moves.append(Move(before=one, after=after))
    await asyncio.gather(*(surely(lambda move=move: house.comments.move(site, move)) for move in moves))  # type: ignore[misc]


def measure(options: Options) -> Findings:
    """Measure a list of 50 from 100,000 held comments in each indexed order, and groups over 5,000 of them."""
    total, asked = options.of(5_000, 100_000), options.of(100, 1_000)
    figures: list[Figure] = []
    detail: dict[str, float] = {"held": total}
    with stack() as place:
        token = fill(place, total)
        headers = [("authorization", f"Bearer {token}")]
        with place.api() as api:
            for name, path in ORDERS.items():
                wanted = load.request("GET", path, headers=headers)
                load.hammer(api.port, lambda _, wanted=wanted: wanted, total=20, connections=1).insist(200)  # type: ignore[misc]
                outcome = load.hammer(
                    api.port,
                    lambda _, wanted=wanted: wanted,  # type: ignore[misc]
                    total=asked,
                    connections=MODERATORS,
                )
                outcome.insist(200)
                p99 = load.percentile(outcome.latencies, 0.99) * 1000
                detail[f"p50 {name}"] = load.percentile(outcome.latencies, 0.5) * 1000
                figures.append(
                    Figure(name=f"review, {name}: p99", measured=p99, unit="ms", target=P99_MS, better="less")
                )
            figures += _groups(f"http://127.0.0.1:{api.port}", dict(headers), detail)
    return Findings(name="review", figures=tuple(figures), detail=detail)


def _groups(url: str, headers: dict[str, str], detail: dict[str, float]) -> list[Figure]:
    """Ask for groups when no text was sketched yet, and again."""
    took: list[float] = []
    with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
        for _ in range(2):
            began = time.perf_counter()
            answer = http.get(f"/v1/review/groups?site={SITE}&by=likeness")
            took.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
        detail["groups looked at"] = msgspec.json.decode(answer.content)["looked_at"]
    return [
        Figure(name="review, near-duplicates of 5,000: first", measured=took[0], unit="ms", better="less"),
        Figure(name="review, near-duplicates of 5,000: again", measured=took[1], unit="ms", better="less"),
    ]


if __name__ == "__main__":
    findings.command(measure)()
