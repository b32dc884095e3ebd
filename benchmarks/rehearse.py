"""How long a rehearsal over 100,000 decisions takes, beside the same verdicts by the rules themselves, one by one."""

import asyncio
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from benchmarks import findings
from benchmarks.findings import Figure, Findings, Options
from benchmarks.stack import LANE, SITE, Stack, stack
from service.domain import moves
from service.domain.comment import Author, Comment
from service.domain.ids import first_id, mint
from service.domain.policy import Facts, Policy, Threshold, decide
from service.domain.rehearsal import RehearsalAnswer, RehearsalJob
from service.domain.rules import WORKER_RULES
from service.domain.scores import LABELS, Scores
from service.domain.status import Status
from service.settings import Settings
from service.storage import codec
from service.storage.keys import lane_keys
from service.storage.open import open_storage
from service.workflow.sites import default_policy
from workers.rehearsing import Rehearse, in_a_process

SECONDS = 2.0
DAYS = 30
_STEP = 1_000
_DECIDED, _FIT = 0.9, 0.5
_BODY = "A fine morning. " * 12
_STATUSES: tuple[Status, ...] = ("approved", "held", "rejected")


def _facts(comment: Comment, scores: Scores, policy: Policy) -> Facts:
    return Facts(
        body=comment.body,
        scores=scores,
        name_scores={},
        uncovered=None,
        parent_shown=True,
        mode=policy.mode,
        policy=policy,
    )


def _comments(size: int, policy: Policy) -> Iterator[Comment]:
    """Make decided comments of 30 days, as a worker leaves them; people have decided most of what was held."""
    rng, now = random.Random(6), datetime.now(UTC)
    for number in range(size):
        at = now - timedelta(seconds=(DAYS * 86_400 - 60) * (1 - number / size))
        labels: dict[str, float] = {label: round(rng.random() ** 8, 4) for label in LABELS[:6]}
        scores = Scores(labels=labels, classifier=policy.classifier, version="1", hash="0" * 12)
        author = Author(key=f"{number % 5_000:032x}", strength="device", name="Robin Reader")
        made = Comment(
            id=mint(at),
            site=SITE,
            thread=f"t-{number % 400}",
            author=author,
            body=_BODY,
            created_at=at,
        )
        verdict = decide(_facts(made, scores, policy), WORKER_RULES)
        made = moves.judged(made, verdict, scores, by="worker-1", at=at, policy_version=policy.version)
        if made.status == "held" and rng.random() < _DECIDED:
            to: Status = "approved" if rng.random() < _FIT else "rejected"
            made = moves.decided(made, to, moderator="moderator-1", at=at, statement="", note="")
        yield made


def _fill(place: Stack, size: int, policy: Policy) -> None:
    """Put the records and their indexes straight into Redis: how they come there is not what is measured."""
    keys = lane_keys(LANE)
    with place.client() as client:
        pipe = client.pipeline(transaction=False)
        for number, comment in enumerate(_comments(size, policy)):
            fields: dict[str, Any] = {"v": comment.version, "s": comment.status, "r": codec.encode(comment)}
            pipe.hset(keys.comment(SITE, comment.id), mapping=fields)
            pipe.zadd(keys.status(SITE, comment.status), {comment.id: 0})
            if number % _STEP == _STEP - 1:
                pipe.execute()
        pipe.execute()


async def _one_by_one(settings: Settings, draft: Policy) -> Counter[str]:
    """Read whole records in pipelines and let the rules decide each."""
    found: Counter[str] = Counter()
    storage = open_storage(settings.redis_url, backlog=1, site_backlog=1)
    try:
        site = await storage.directory.site(SITE)
        assert site is not None  # noqa: S101 - it was just made
        after: str | None = "0"
        while after is not None:
            page = await storage.comments.between(site, first=after, last=first_id(datetime.now(UTC)), limit=500)
            for kept in page.kept:
                if kept.comment.scores is not None:
                    found[decide(_facts(kept.comment, kept.comment.scores, draft), WORKER_RULES).status] += 1
            after = page.after
    finally:
        await storage.close()
    return found


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _rehearsed(rehearse: Rehearse, job: RehearsalJob) -> RehearsalAnswer:
    return await rehearse(job)


def measure(options: Options) -> Findings:
    """Measure a rehearsal from the worker's side, its process and everything in it, against one by one."""
    size, rounds = options.of(5_000, 100_000), options.of(1, 3)
    ours, used, plain = [], [], []
    with stack() as place:
        policy = default_policy("embedded-fast")
        _fill(place, size, policy)
        draft = msgspec.structs.replace(policy, thresholds={label: Threshold(hold=0.4) for label in LABELS[:6]})
        rehearse = in_a_process(place.redis_url)
        for _ in range(rounds):
            began, cpu = time.perf_counter(), _children()
            answer = asyncio.run(_rehearsed(rehearse, RehearsalJob(site=SITE, draft=draft, days=DAYS + 1)))
            ours.append(time.perf_counter() - began)
            used.append(_children() - cpu)
            began = time.perf_counter()
            wanted = asyncio.run(_one_by_one(place.settings, draft))
            plain.append(time.perf_counter() - began)
            found = answer.rehearsal
            assert found is not None, answer.refused  # noqa: S101 - a figure of nothing would mislead
            same = {"approved": found.published.draft, "held": found.held.draft, "rejected": found.rejected.draft}
            assert same == {status: wanted[status] for status in _STATUSES}, (same, wanted)  # noqa: S101 - as above
    best = min(ours)
    return Findings(
        name="rehearse",
        figures=(
            Figure(name=f"rehearsal of {size:,} decisions", measured=best, unit="s", target=SECONDS, better="less"),
            Figure(name="… CPU of its process, start and all", measured=min(used), unit="s"),
            Figure(name="… against the rules one by one", measured=min(plain) / best, unit="x faster"),
        ),
        detail={"seconds": ours, "one_by_one_seconds": plain, "decisions": size},
    )


if __name__ == "__main__":
    findings.command(measure)()
