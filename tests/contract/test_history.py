"""Decided comments read by id, and all that a verdict on them needs."""

from datetime import timedelta
from typing import Any

import pytest

from service.domain.ids import first_id
from service.domain.site import Site, Thread
from service.domain.status import Status
from service.domain.views import Kept
from service.workflow.shadow import walk
from tests.builders import Writer, policy_of
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.redis_backend import RedisBackend
from tests.steps import applied, judged, published, submitted

# Behind every id.
EVER = "g"
SECOND = timedelta(seconds=1)


async def test_decided_comments_are_read_by_id_in_pages(
    backend: Backend, site: Site, writer: Writer, clock: Clock
) -> None:
    ways: tuple[Status, ...] = ("approved", "held", "rejected")
    sent = [await judged(backend, writer, await submitted(backend, writer), ways[n % 3]) for n in range(9)]
    await submitted(backend, writer)
    await applied(backend, writer, writer.delete(sent.pop(4)))
    ids = [comment.id for comment in sent]

    async def read(first: str, last: str, limit: int = 100) -> list[str]:
        found = await backend.comments.between(site, first=first, last=last, limit=limit)
        return [k.comment.id for k in found.kept]

    assert await read("", EVER) == ids
    page = await backend.comments.between(site, first="", last=EVER, limit=3)
    assert ([k.comment for k in page.kept], page.after) == (sent[:3], sent[2].id)
    assert await read(ids[1], EVER, 3) == ids[2:5]
    assert await read(ids[1], ids[3]) == ids[2:4]
    assert await read(ids[-1], EVER) == []
    # A moment stands before all that was made in its millisecond.
    assert await read(first_id(sent[2].created_at), first_id(sent[5].created_at)) == ids[2:5]


async def test_between_skips_what_is_gone_and_goes_on(
    backend: Backend, site: Site, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.workflow.shadow.PAGE", 2)
    sent = [await published(backend, writer) for _ in range(4)]
    for comment in sent[:2]:
        backend.erase(site, comment.id)
    pages = [page async for page in walk(backend.comments, site, sent[0].created_at, sent[3].created_at + SECOND)]
    assert [k.comment for page in pages for k in page.kept] == sent[2:]
    assert sum(page.unreadable for page in pages) == 0
    await backend.directory.remove_site(site)


async def test_subjects_know_the_parent_the_mode_and_the_policy(backend: Backend, site: Site, writer: Writer) -> None:
    parent = await published(backend, writer)
    reply = await published(backend, writer, parent=parent.id)
    alone = await published(backend, writer, thread="/weir")
    await applied(backend, writer, writer.decide(parent, "held"))
    await backend.comments.patch_thread(
        site, "/weir", changes=Thread(key="/weir", mode="pre"), fields=frozenset({"mode"})
    )
    await backend.directory.put_policy(site, policy_of("post", version=2), replaces=1)
    subjects = await backend.comments.subjects(site, [reply, alone])
    assert [(s.comment, s.site, s.parent_shown, s.mode, s.policy.version) for s in subjects] == [
        (reply, site, False, "post", 2),
        (alone, site, True, "pre", 2),
    ]
    assert await backend.comments.subjects(site, []) == []
    await backend.directory.remove_site(site)
    assert await backend.comments.subjects(site, [reply, alone]) == []


async def test_who_moves_while_a_span_is_read_is_no_ghost(
    redis_backend: RedisBackend, redis_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, writer = redis_backend, Writer(redis_backend.clock, redis_site)
    edited, deleted, same = [await published(backend, writer) for _ in range(3)]
    read, seen = backend.storage.link.pipeline, 0

    async def meddle(*args: Any, **kwargs: Any) -> list[Any]:
        nonlocal seen
        answers = await read(*args, **kwargs)
        seen += 1
        if seen == 1:
            # As if one had been approved, then held, while both indexes were read.
            answers[1] = [same.id.encode(), *answers[1]]
            await applied(backend, writer, writer.edit(edited, "Anew."))
            await applied(backend, writer, writer.delete(deleted))
        return answers

    monkeypatch.setattr(backend.storage.link, "pipeline", meddle)
    found = await backend.comments.between(redis_site, first="", last=EVER, limit=10)
    assert (found.kept, found.unreadable) == ((Kept(comment=same, shadow=None),), 0)
