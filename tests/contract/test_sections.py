"""Sections: a thread's name for its group is kept, and lists for review leave out what is of another."""

from service.domain.site import Site, Thread
from service.domain.views import ReviewQuery
from tests.builders import Writer, scores_of
from tests.ports import Backend


async def put(backend: Backend, site: Site, thread: str, section: str) -> None:
    await backend.comments.patch_thread(
        site, thread, changes=Thread(key=thread, section=section), fields=frozenset({"section"})
    )


async def test_a_thread_keeps_its_section(backend: Backend, site: Site) -> None:
    await put(backend, site, "/a", "Sport")
    await backend.comments.patch_thread(site, "/a", changes=Thread(key="/a", closed=True), fields=frozenset({"closed"}))
    found = await backend.comments.thread(site, "/a")
    assert found is not None
    assert (found.section, found.closed) == ("Sport", True)
    await put(backend, site, "/b", "")
    assert await backend.comments.sections(site, ["/a", "/b", "/nowhere", "/a"]) == ["Sport", "", "", "Sport"]
    assert await backend.comments.sections(site, []) == []


async def test_a_list_of_some_sections_has_no_other_s_comments(backend: Backend, site: Site, writer: Writer) -> None:
    for thread, section in (("/sport", "Sport"), ("/town", "Town"), ("/none", "")):
        await put(backend, site, thread, section)
    made = []
    for number in range(9):
        comment = writer.comment(thread=("/sport", "/town", "/none", "/never made")[number % 4])
        await backend.comments.submit(site, writer.order(comment))
        await backend.comments.move(site, writer.judge(comment, "held", scores=scores_of(0.5 + number / 100)))
        made.append(comment)
    for sections, threads in (
        (("Sport",), {"/sport"}),
        (("Sport", "Town"), {"/sport", "/town"}),
        (("",), {"/none", "/never made"}),
        (("Weather",), set()),
    ):
        want = [comment.id for comment in made if comment.thread in threads]
        for sort, order in (("oldest", want), ("newest", want[::-1]), ("riskiest", want[::-1]), ("first", want[::-1])):
            found, after = [], None
            while True:
                query = ReviewQuery(status="held", sections=sections, sort=sort, limit=2, after=after)  # type: ignore[arg-type]
                page = await backend.comments.review(site, query)
                found += [comment.id for comment in page.comments]
                if (after := page.after) is None:
                    break
            assert found == order, (sections, sort)
