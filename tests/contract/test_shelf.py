"""Whole queues: counted, read by score, and the versions of what stands in them."""

from math import inf

import msgspec

from service.domain.shelf import QueueCounts
from service.domain.site import Site
from tests.builders import Writer, replaced, scores_of
from tests.contract.test_audits import drawn
from tests.contract.test_reports import file, report_of
from tests.ports import Backend
from tests.steps import applied, held, published, submitted


async def test_every_queue_is_counted(backend: Backend, site: Site, writer: Writer) -> None:
    assert await backend.shelf.counts(site) == QueueCounts()
    waits = await held(backend, writer, await submitted(backend, writer))
    await submitted(backend, writer)
    looked = writer.judge(await submitted(backend, writer), "approved", look=True)
    await applied(backend, writer, looked)
    urgent = writer.judge(await submitted(backend, writer), "held")
    urgent = msgspec.structs.replace(urgent, after=replaced(urgent.after, urgent=True, escalated=True))
    await applied(backend, writer, urgent)
    assert await backend.shelf.counts(site) == QueueCounts(held=2, urgent=1, escalated=1, look=1, pending=1)
    await applied(backend, writer, writer.decide(waits, "approved"))
    await applied(backend, writer, writer.decide(urgent.after, "rejected"))
    assert await backend.shelf.counts(site) == QueueCounts(look=1, pending=1)


async def test_published_comments_are_counted_where_they_wait(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    await published(backend, writer)
    assert await file(backend, writer, shown, report_of(writer, shown, "anna")) == "stored"
    assert await backend.audits.place(site, [drawn(shown)]) == 1
    assert await backend.shelf.counts(site) == QueueCounts(reported=1, audit=1)


async def test_an_index_is_read_from_the_highest_score_down(backend: Backend, site: Site, writer: Writer) -> None:
    made = []
    for number in range(7):
        comment = await submitted(backend, writer)
        made.append(await held(backend, writer, comment, scores_of(0.5 + number // 2 / 10, insult=0.1)))
    await published(backend, writer)
    rows = await backend.shelf.rows(site, "toxicity", low=-inf, high=inf, limit=100)
    want = sorted(((0.5 + number // 2 / 10, made[number].id) for number in range(7)), reverse=True)
    assert [(score, comment_id) for comment_id, score in rows.rows] == want
    assert rows.total == 7
    some = await backend.shelf.rows(site, "toxicity", low=0.6, high=0.7, limit=3)
    assert (some.total, len(some.rows)) == (4, 3)
    assert [score for _, score in some.rows] == [0.7, 0.7, 0.6]
    for index in ("~first", "max", "insult"):
        assert (await backend.shelf.rows(site, index, low=-inf, high=inf, limit=2)).total == 7
    assert (await backend.shelf.rows(site, "threat", low=-inf, high=inf, limit=2)).rows == ()


async def test_versions_are_read_at_once(backend: Backend, site: Site, writer: Writer) -> None:
    one = await held(backend, writer, await submitted(backend, writer))
    other = await submitted(backend, writer)
    assert await backend.shelf.versions(site, [one.id, "nobody", other.id]) == [2, None, 1]
    assert await backend.shelf.versions(site, []) == []


async def test_an_author_s_comments_are_read_with_their_status(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    waits = await held(backend, writer, await submitted(backend, writer))
    pending = await submitted(backend, writer)
    gone = await published(backend, writer)
    await applied(backend, writer, writer.delete(gone))
    await submitted(backend, writer, author="ben")
    want = [(pending.id, "pending"), (waits.id, "held"), (shown.id, "approved")]
    assert await backend.shelf.of_author(site, "anna", limit=500) == want
    assert await backend.shelf.of_author(site, "anna", limit=2) == want[:2]
    assert await backend.shelf.of_author(site, "nobody", limit=2) == []
