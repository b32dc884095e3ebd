"""Fifty moderators at once claim the next twenty and decide them, until ten thousand comments are decided."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import uvloop

from benchmarks import findings, load
from benchmarks.asking import Asker
from benchmarks.findings import Figure, Findings, Options
from benchmarks.processes import Watched
from benchmarks.stack import LANE, SITE, Stack, stack
from benchmarks.texts import exactly
from service.domain.comment import Author, Comment, Decision
from service.domain.ids import mint
from service.domain.moves import judged
from service.domain.orders import Move, SubmitOrder
from service.domain.policy import Verdict
from service.domain.scores import Scores
from service.storage import codec
from service.storage.keys import lane_keys
from service.wiring import open_house
from service.workflow.sites import add_principal

MODERATORS = 50
AT_ONCE = 20
_STORED_AT_ONCE = 100


@dataclass
class Shift:
    """What the moderators were answered."""

    claims: list[float] = field(default_factory=list)
    decisions: list[float] = field(default_factory=list)
    claimed: Counter[str] = field(default_factory=Counter)
    decided: dict[str, tuple[str, int]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


async def _hold(place: Stack, total: int) -> list[str]:
    """Store comments that wait for a human, of any risk; returns a moderator's token for each of the fifty."""
    numbers = random.Random(7)
    async with open_house(place.settings) as house:
        site = await house.directory.site(SITE)
        if site is None:
            message = "the bench has no site"
            raise RuntimeError(message)

        async def one(number: int) -> None:
            now = house.now()
            comment = Comment(
                id=mint(now),
                site=SITE,
                thread=f"deciding-{number % 100}",
                author=Author(key=f"{number % 500:032x}", strength="device", name="Anna"),
                body=exactly(200, numbers),
                created_at=now,
            )
            scores = Scores(labels={"toxicity": numbers.uniform(0.5, 0.9)}, classifier="bench", version="1", hash="00")
            verdict = Verdict(status="held", look=False, reasons=())
            after = judged(comment, verdict, scores, by="bench", at=now, policy_version=1)
            await house.comments.submit(site, SubmitOrder(comment=comment))
            await house.comments.move(site, Move(before=comment, after=after))

        for start in range(0, total, _STORED_AT_ONCE):
            await asyncio.gather(*(one(number) for number in range(start, min(total, start + _STORED_AT_ONCE))))
        made = [
            await add_principal(house, role="moderator", sites=(SITE,), name=f"Moderator {number}")
            for number in range(MODERATORS)
        ]
        return [token for _, token in made]


async def _work(port: int, tokens: Sequence[str]) -> Shift:
    shift, begin = Shift(), time.perf_counter()
    await asyncio.gather(*(_moderate(port, token, number, shift) for number, token in enumerate(tokens)))
    shift.seconds = time.perf_counter() - begin
    return shift


async def _moderate(port: int, token: str, number: int, shift: Shift) -> None:
    """Claim what is next and decide it, one after another, until there is no more."""
    mine = random.Random(number)
    async with Asker(port, token) as ask:
        while True:
            began = time.perf_counter()
            taken = await ask("POST", "/v1/review/claims", {"site": SITE, "next": AT_ONCE})
            shift.claims.append(time.perf_counter() - began)
            if not taken["items"]:
                return
            shift.claimed.update(item["comment"]["id"] for item in taken["items"])
            for item in taken["items"]:
                card, action = item["comment"], mine.choice(("approve", "reject"))
                choice = {"site": SITE, "id": card["id"], "version": card["version"], "action": action}
                began = time.perf_counter()
                answer = await ask("POST", "/v1/review/decisions", {"decisions": [{**choice, "claim": item["claim"]}]})
                shift.decisions.append(time.perf_counter() - began)
                (result,) = answer["results"]
                if result["ok"]:
                    shift.decided[card["id"]] = (result["status"], result["version"])
                else:
                    shift.refused[result["problem"]["type"]] += 1


def _records(place: Stack) -> dict[str, Comment]:
    """Read every record as it is stored, whatever any index says."""
    keys, found = lane_keys(LANE), {}
    with place.client() as client:
        raw: Any = client
        for key in raw.scan_iter(match=f"{keys.comments(SITE)}*".replace("{", "[{]"), count=1_000):
            version, status, record = raw.hmget(key, "v", "s", "r")
            comment = codec.comment(record, version=version, status=status)
            found[comment.id] = comment
    return found


def _people(comment: Comment) -> list[Decision]:
    return [decision for decision in comment.trail if decision.actor == "moderator"]


def _figures(total: int, shift: Shift, stored: dict[str, Comment]) -> tuple[Figure, ...]:
    twice = sum(len(_people(comment)) > 1 for comment in stored.values())
    forgotten = total - sum(len(_people(comment)) == 1 and comment.status != "held" for comment in stored.values())
    untrue = sum(
        (stored[comment_id].status, stored[comment_id].version) != told for comment_id, told in shift.decided.items()
    )
    rate = len(shift.decided) / shift.seconds
    return (
        Figure(name=f"deciding: of {total:,}, decided more than once", measured=twice, target=0.0, better="less"),
        Figure(name="deciding: forgotten", measured=forgotten, target=0.0, better="less"),
        Figure(name="deciding: answered otherwise than stored", measured=untrue, target=0.0, better="less"),
        Figure(
            name="deciding: claimed by two",
            measured=sum(count > 1 for count in shift.claimed.values()),
            target=0.0,
            better="less",
        ),
        Figure(name=f"deciding: decisions a second by {MODERATORS} moderators", measured=rate),
        Figure(
            name="deciding: p99 of a decision",
            measured=load.percentile(shift.decisions, 0.99) * 1000,
            unit="ms",
            better="less",
        ),
        Figure(
            name=f"deciding: p99 of claiming the next {AT_ONCE}",
            measured=load.percentile(shift.claims, 0.99) * 1000,
            unit="ms",
            better="less",
        ),
    )


def _shift(place: Stack, api: Watched, total: int) -> tuple[Shift, dict[str, Comment]]:
    tokens = asyncio.run(_hold(place, total))
    shift = uvloop.run(_work(api.port, tokens))
    return shift, _records(place)


def measure(options: Options) -> Findings:
    """Measure 50 moderators who claim and decide 10,000 held comments over HTTP, and count in the records."""
    total = options.of(1_000, 10_000)
    with stack() as place, place.api() as api:
        shift, stored = _shift(place, api, total)
    return Findings(
        name="deciding",
        figures=_figures(total, shift, stored),
        detail={
            "seconds": shift.seconds,
            "refused": dict(shift.refused),
            "claims": len(shift.claims),
            "p50_ms": {
                "decision": load.percentile(shift.decisions, 0.5) * 1000,
                "claim": load.percentile(shift.claims, 0.5) * 1000,
            },
        },
    )


if __name__ == "__main__":
    findings.command(measure)()
