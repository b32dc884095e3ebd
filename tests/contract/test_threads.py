"""Threads: named, closed and moved to another mode, before and after anybody commented."""

from service.domain.site import Site, Thread
from tests.builders import THREAD, Writer
from tests.ports import Backend
from tests.steps import published, submitted


async def patch(backend: Backend, site: Site, thread: str = THREAD, **fields: object) -> Thread:
    changes = Thread(key=thread, **fields)  # type: ignore[arg-type]
    return (await backend.comments.patch_thread(site, thread, changes=changes, fields=frozenset(fields))).after


async def test_an_unknown_thread_is_nothing(backend: Backend, site: Site) -> None:
    assert await backend.comments.thread(site, "/nowhere") is None


async def test_a_patch_makes_a_thread_and_sets_only_what_is_named(backend: Backend, site: Site) -> None:
    made = await patch(backend, site, closed=True)
    assert (made.key, made.closed, made.title, made.count) == (THREAD, True, "", 0)
    titled = await patch(backend, site, title="The mill", title_verified=True, mode="pre")
    assert (titled.closed, titled.title, titled.title_verified, titled.mode) == (True, "The mill", True, "pre")
    opened = await patch(backend, site, closed=False, mode=None)
    assert (opened.closed, opened.title, opened.mode) == (False, "The mill", None)
    assert await backend.comments.thread(site, THREAD) == opened


async def test_a_patch_leaves_the_count_alone_and_counts_as_a_change(
    backend: Backend, site: Site, writer: Writer
) -> None:
    await published(backend, writer)
    before = await backend.comments.thread(site, THREAD)
    assert before is not None
    after = await patch(backend, site, url="https://mill.example/x")
    assert (after.count, after.version, after.url) == (1, before.version + 1, "https://mill.example/x")


async def test_what_the_site_named_no_reader_renames(backend: Backend, site: Site, writer: Writer) -> None:
    await patch(backend, site, title="The mill", title_verified=True, url="https://mill.example/a")
    order = writer.order(url="https://mill.example/b", title="Spam")
    await backend.comments.submit(site, order)
    thread = await backend.comments.thread(site, THREAD)
    assert thread is not None
    assert (thread.title, thread.title_verified, thread.url) == ("The mill", True, "https://mill.example/a")


async def test_an_odd_key_is_kept_as_it_is(backend: Backend, site: Site, writer: Writer) -> None:
    key = "https://mill.example/ä?q={x}*:\\ 漢字" + "x" * 400
    await submitted(backend, writer, thread=key)
    thread = await backend.comments.thread(site, key)
    assert thread is not None
    assert thread.key == key
