"""What moderators ask for: every filter, alone and together, in every order, while others decide."""

import itertools
from typing import Any

import pytest

from service.domain.comment import Comment
from service.domain.site import Site
from service.domain.status import STATUSES
from service.domain.views import ReviewQuery
from tests.builders import THREAD, Writer, scores_of
from tests.ports import Backend
from tests.steps import applied, held, judged, published, submitted


async def ask(backend: Backend, site: Site, query: ReviewQuery) -> list[Comment]:
    """Ask page by page until there is no more."""
    found: list[Comment] = []
    while True:
        page = await backend.comments.review(site, query)
        found += page.comments
        if page.after is None:
            return found
        query = ReviewQuery(**{**_fields(query), "after": page.after})


def _fields(query: ReviewQuery) -> dict[str, Any]:
    return {name: getattr(query, name) for name in query.__struct_fields__}


async def crowd(backend: Backend, writer: Writer) -> list[Comment]:
    made = []
    for number, (author, thread) in enumerate(itertools.product(("anna", "ben"), (THREAD, "/weir"))):
        scores = scores_of(0.2 * number, insult=0.9 - 0.2 * number)
        sent = [await submitted(backend, writer, thread=thread, author=author) for _ in range(5)]
        made.append(sent[0])
        made.append(await judged(backend, writer, sent[1], "approved", look=number % 2 == 0, scores=scores))
        made.append(await held(backend, writer, sent[2], scores))
        made.append(await judged(backend, writer, sent[3], "rejected", scores=scores))
        made.append(await applied(backend, writer, writer.delete(sent[4])))
    return made


async def test_every_combination_of_filters_finds_what_it_names(backend: Backend, site: Site, writer: Writer) -> None:
    everything = await crowd(backend, writer)
    choices = itertools.product(
        (None, *STATUSES), (None, True, False), (None, THREAD), (None, "ben"), (None, "insult"), (None, 0.5)
    )
    for status, look, thread, author, label, least in choices:
        query = ReviewQuery(
            status=status, look=look, thread=thread, author=author, label=label, min_score=least, limit=3
        )
        want = [
            c
            for c in everything
            if status in (None, c.status)
            and look in (None, c.look)
            and thread in (None, c.thread)
            and author in (None, c.author.key)
            and (label is None or (c.scores is not None and label in c.scores.labels))
            and (least is None or _score(c, label) >= least)
        ]
        want.sort(key=lambda c: c.id)
        assert await ask(backend, site, query) == want, query


def _score(comment: Comment, label: str | None) -> float:
    labels = comment.scores.labels if comment.scores else {}
    return labels.get(label, 0.0) if label else max(labels.values(), default=0.0)


@pytest.mark.parametrize("limit", [1, 2, 7, 50])
async def test_newest_is_oldest_backwards(backend: Backend, site: Site, writer: Writer, limit: int) -> None:
    await crowd(backend, writer)
    oldest = await ask(backend, site, ReviewQuery(limit=limit))
    newest = await ask(backend, site, ReviewQuery(sort="newest", limit=limit))
    assert oldest == newest[::-1]
    assert len(oldest) == 20


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
async def test_the_riskiest_come_first_and_ties_are_all_seen(
    backend: Backend, site: Site, writer: Writer, limit: int
) -> None:
    risks = [0.5, 0.9, 0.5, 0.5, 0.7, 0.9, 0.5]
    made = [await held(backend, writer, await submitted(backend, writer), scores_of(risk)) for risk in risks]
    found = await ask(backend, site, ReviewQuery(status="held", sort="riskiest", limit=limit))
    assert [_score(c, None) for c in found] == sorted(risks, reverse=True)
    assert {c.id for c in found} == {c.id for c in made}
    above = await ask(backend, site, ReviewQuery(status="held", sort="riskiest", limit=limit, min_score=0.7))
    assert [_score(c, None) for c in above] == [0.9, 0.9, 0.7]


@pytest.mark.parametrize("risks", [[0.5, 0.5, 0.5, 0.5, 0.5], [0.9, 0.7, 0.5, 0.3, 0.1], [0.9, 0.5, 0.5, 0.5, 0.1]])
async def test_a_row_decided_between_two_pages_moves_no_other(
    backend: Backend, site: Site, writer: Writer, risks: list[float]
) -> None:
    for risk in risks:
        await held(backend, writer, await submitted(backend, writer), scores_of(risk))
    query = ReviewQuery(status="held", sort="riskiest", limit=2)
    everything = await ask(backend, site, query)
    first = await backend.comments.review(site, query)
    assert list(first.comments) == everything[:2]
    for comment in first.comments:
        await applied(backend, writer, writer.decide(comment, "approved"))
    rest = await ask(backend, site, ReviewQuery(**{**_fields(query), "after": first.after}))
    assert rest == everything[2:]


async def test_rare_matches_among_many_are_all_found(backend: Backend, site: Site, writer: Writer) -> None:
    for number in range(230):
        await submitted(backend, writer, author="anna" if number in (0, 100, 229) else "ben", thread="/busy")
    found = await ask(backend, site, ReviewQuery(status="pending", author="anna", limit=2))
    assert len(found) == 3
    assert len(await ask(backend, site, ReviewQuery(thread="/busy", limit=100))) == 230
    assert len(await ask(backend, site, ReviewQuery(status="pending", thread="/none", limit=100))) == 0


async def test_more_ties_than_one_step_reads_are_walked_whole(backend: Backend, site: Site, writer: Writer) -> None:
    for _ in range(250):
        comment = await submitted(backend, writer)
        await applied(backend, writer, writer.judge(comment, "held", scores=scores_of(0.5)))
    found = await ask(backend, site, ReviewQuery(status="held", sort="riskiest", limit=60))
    assert len({c.id for c in found}) == len(found) == 250
    for comment in found:
        await applied(backend, writer, writer.decide(comment, "rejected"))
    # The entries that nobody took: what is decided is stale and goes.
    entries = await backend.queue.take("main", "w", count=1_000, block_ms=1)
    context = await backend.queue.context({site.id: site}, entries)
    assert len(context.stale) == 250
    for entry in context.stale:
        await backend.queue.discard(entry)


async def test_a_site_sees_only_its_own(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    elsewhere = Writer(writer.clock, site.__class__(**{**_of(site), "id": "other"}))
    assert (await backend.comments.review(elsewhere.site, ReviewQuery())).comments == ()
    assert (await backend.comments.review(site, ReviewQuery())).comments == (shown,)


def _of(site: Site) -> dict[str, Any]:
    return {name: getattr(site, name) for name in site.__struct_fields__}
