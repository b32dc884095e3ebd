"""A rehearsal reaches one live worker that has a hand free; decisions are read whole."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from service.domain.errors import Late, NoWorker, Refused
from service.domain.rehearsal import (
    Contradiction,
    Contradictions,
    Estimate,
    QueueChange,
    Rehearsal,
    RehearsalAnswer,
    RehearsalAsked,
    RehearsalJob,
)
from service.domain.site import Site
from service.domain.work import WorkerInfo
from tests.builders import Writer, policy_of, scores_of
from tests.ports import Backend
from tests.steps import applied, held, judged, published, submitted

JOB = RehearsalJob(site="mill", draft=policy_of(), days=3)
NOUGHT = Estimate(now=0, draft=0)
FOUND = Rehearsal(
    days=3,
    decided=7,
    left_out=0,
    other_versions=0,
    judged_blind=0,
    published=NOUGHT,
    held=NOUGHT,
    rejected=NOUGHT,
    contradicts=Contradictions(published_unfit=Contradiction(known=0), rejected_fit=Contradiction(known=0)),
    queue=QueueChange(now=0, draft=0, now_a_day=0, draft_a_day=0),
    by_rule=(),
    unaudited=(),
    not_replayed=("/rules/links/most",),
)
Says = Callable[[RehearsalAsked], RehearsalAnswer | None]


def info(backend: Backend, name: str, *, healthy: bool = True) -> WorkerInfo:
    return WorkerInfo(
        name=name,
        classifier="toy",
        version="1",
        hash="00",
        languages=("en",),
        lanes=("main",),
        healthy=healthy,
        per_second=1.0,
        counters={},
        seal=backend.questions.seal,
    )


@contextlib.asynccontextmanager
async def worker(backend: Backend, name: str, says: Says) -> AsyncIterator[list[RehearsalAsked]]:
    ready, heard = asyncio.Event(), list[RehearsalAsked]()

    async def work() -> None:
        async with backend.rehearsal_jobs.listen(name) as jobs:
            ready.set()
            async for asked in jobs:
                heard.append(asked)
                answer = says(asked)
                if answer is not None:
                    await backend.rehearsal_jobs.answer(asked, answer)

    task = asyncio.get_running_loop().create_task(work())
    await ready.wait()
    await backend.fleet.beat(info(backend, name), seconds=60)
    yield heard
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await backend.fleet.leave(name)


async def test_a_worker_hears_the_job_and_its_answer_comes_back(backend: Backend) -> None:
    async with worker(backend, "w", lambda _: RehearsalAnswer(rehearsal=FOUND)) as heard:
        assert await backend.rehearsals.rehearse(JOB, seconds=10) == FOUND
    assert [asked.job for asked in heard] == [JOB]
    assert 0 < heard[0].seconds <= 10


async def test_nobody_there_is_no_worker(backend: Backend) -> None:
    with pytest.raises(NoWorker):
        await backend.rehearsals.rehearse(JOB, seconds=10)
    # A heartbeat that outlives its worker, and one that is ill.
    await backend.fleet.beat(info(backend, "gone"), seconds=60)
    await backend.fleet.beat(info(backend, "ill", healthy=False), seconds=60)
    with pytest.raises(NoWorker):
        await backend.rehearsals.rehearse(JOB, seconds=10)


async def test_a_busy_worker_sends_the_asker_to_another(backend: Backend) -> None:
    async with (
        worker(backend, "busy", lambda _: RehearsalAnswer()),
        worker(backend, "free", lambda _: RehearsalAnswer(rehearsal=FOUND)),
    ):
        for _ in range(4):
            assert await backend.rehearsals.rehearse(JOB, seconds=10) == FOUND
    async with worker(backend, "busy", lambda _: RehearsalAnswer()):
        with pytest.raises(NoWorker):
            await backend.rehearsals.rehearse(JOB, seconds=10)


async def test_no_answer_in_time_is_late_and_a_refusal_says_why(backend: Backend) -> None:
    async with worker(backend, "w", lambda _: None):
        with pytest.raises(Late):
            await backend.rehearsals.rehearse(JOB, seconds=0.2)
    async with worker(backend, "w", lambda _: RehearsalAnswer(refused="Too many.")):
        with pytest.raises(Refused, match="Too many"):
            await backend.rehearsals.rehearse(JOB, seconds=10)


async def test_decisions_are_read_with_scores_and_trails(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    waiting = await held(backend, writer, await submitted(backend, writer), scores_of(0.6))
    turned = await applied(backend, writer, writer.decide(shown, "rejected"))
    await submitted(backend, writer)
    first, last = "0", "g"
    assert await backend.decisions.how_many(site, first=first, last=last) == 2
    assert await backend.decisions.how_many(site, first=shown.id, last=waiting.id) == 1
    (one,) = (await backend.decisions.past(site, "held", first=first, last=last)).items
    assert (one.id, one.scores, one.trail[0].after) == (waiting.id, scores_of(0.6), "held")
    page = await backend.decisions.past(site, "rejected", first=first, last=last)
    assert [(d.id, d.actor, d.after) for d in page.items[0].trail] == [
        (decision.id, decision.actor, decision.after) for decision in turned.trail
    ]
    assert (page.unreadable, page.after) == (0, None)
    assert (await backend.decisions.past(site, "approved", first=first, last=last)).items == ()


async def test_what_cannot_be_read_is_counted(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await judged(backend, writer, await submitted(backend, writer), "rejected")
    backend.garble(site, comment.id)
    page = await backend.decisions.past(site, "rejected", first="0", last="g")
    assert (page.items, page.unreadable) == ((), 1)
    backend.mend(site, comment)
