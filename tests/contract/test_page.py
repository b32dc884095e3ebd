"""Reading what a thread shows, page by page, while it changes."""

import pytest

from service.domain.site import Site
from service.domain.views import Sort
from tests.builders import THREAD, Writer
from tests.ports import Backend
from tests.steps import applied, approved, published, submitted


async def walk(backend: Backend, site: Site, sort: Sort, limit: int) -> list[str]:
    seen: list[str] = []
    after, more = None, True
    while more:
        page = await backend.comments.page(site, THREAD, sort=sort, limit=limit, after=after)
        seen += [comment.id for comment in page.comments]
        more = page.more
        after = page.comments[-1].id if page.comments else None
    return seen


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 100])
async def test_pages_joined_are_the_whole_in_either_order(
    backend: Backend, site: Site, writer: Writer, limit: int
) -> None:
    ids = [(await published(backend, writer)).id for _ in range(7)]
    assert await walk(backend, site, "oldest", limit) == ids
    assert await walk(backend, site, "newest", limit) == ids[::-1]


async def test_an_unknown_thread_shows_nothing(backend: Backend, site: Site) -> None:
    page = await backend.comments.page(site, "/nowhere", sort="oldest", limit=5, after=None)
    assert (page.comments, page.count, page.version, page.more) == ((), 0, 0, False)


@pytest.mark.parametrize("sort", ["oldest", "newest"])
async def test_withdrawals_and_late_approvals_neither_skip_nor_repeat(
    backend: Backend, site: Site, writer: Writer, sort: Sort
) -> None:
    first = [await published(backend, writer) for _ in range(3)]
    late = await submitted(backend, writer)
    rest = [await published(backend, writer) for _ in range(3)]
    order = [*first, late, *rest] if sort == "oldest" else [*rest[::-1], late, *first[::-1]]
    page = await backend.comments.page(site, THREAD, sort=sort, limit=2, after=None)
    assert [c.id for c in page.comments] == [c.id for c in order[:2]]
    # The row that the cursor stands on is withdrawn, and so is one before it; one further on is approved late.
    await applied(backend, writer, writer.decide(order[0], "held"))
    await applied(backend, writer, writer.delete(order[1]))
    await approved(backend, writer, late)
    page = await backend.comments.page(site, THREAD, sort=sort, limit=10, after=order[1].id)
    assert [c.id for c in page.comments] == [c.id for c in order[2:]]
    assert (page.count, page.more) == (5, False)


async def test_threads_and_sites_are_apart(backend: Backend, site: Site, writer: Writer) -> None:
    here = await published(backend, writer)
    there = await published(backend, writer, thread="/weir")
    for thread, wanted in ((THREAD, here), ("/weir", there)):
        page = await backend.comments.page(site, thread, sort="oldest", limit=5, after=None)
        assert page.comments == (wanted,)
    assert await backend.comments.counts(site, [THREAD, "/weir", "/none", THREAD]) == [1, 1, 0, 1]
