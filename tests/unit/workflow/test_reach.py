"""What a moderator of some sections reaches: their lists, decisions and threads, and nothing else."""

import pytest

from service.domain.errors import Forbidden, Invalid
from service.domain.site import Principal, Site, Thread
from service.domain.views import ReviewQuery
from service.workflow import reach, review
from service.workflow.house import House
from service.workflow.sites import add_principal
from tests.builders import Writer
from tests.ports import FakeBackend

SPORT = Principal(id="moderator-s", role="moderator", sites=("mill",), sections=("Sport",))
ALL = Principal(id="moderator-a", role="moderator", sites=("mill",))


@pytest.fixture
async def held(house: House, fake: FakeBackend, mill: Site) -> dict[str, str]:
    writer = Writer(fake.clock, mill)
    made = {}
    for thread, section in (("/sport", "Sport"), ("/town", "Town"), ("/plain", "")):
        changes = Thread(key=thread, section=section)
        await fake.comments.patch_thread(mill, thread, changes=changes, fields=frozenset({"section"}))
        comment = writer.comment(thread=thread)
        await fake.comments.submit(mill, writer.order(comment))
        await fake.comments.move(mill, writer.judge(comment, "held"))
        made[thread] = comment.id
    return made


async def test_lists_leave_out_what_a_section_does_not_reach(house: House, mill: Site, held: dict[str, str]) -> None:
    for who, seen in ((SPORT, {"/sport"}), (ALL, set(held))):
        page = await review.list_comments(house, who, mill, ReviewQuery(status="held"))
        assert {comment.thread for comment in page.comments} == seen
        everything = await house.comments.load_many(mill, list(held.values()))
        within = await reach.within(house, who, mill, [comment for comment in everything if comment is not None])
        assert {comment.thread for comment in within} == seen
    assert await reach.reached(house, SPORT, mill, ["/sport", "/town", "/new", "/sport"]) == {"/sport"}


async def test_what_is_outside_is_not_decided(house: House, mill: Site, held: dict[str, str]) -> None:
    for thread in ("/town", "/plain"):
        choice = review.Choice(site="mill", id=held[thread], version=2, action="approve")
        with pytest.raises(Forbidden):
            await review.decide(house, SPORT, choice)
        with pytest.raises(Forbidden):
            await reach.insist(house, SPORT, mill, thread)
        assert (await review.decide(house, ALL, choice)).status == "approved"
    inside = review.Choice(site="mill", id=held["/sport"], version=2, action="approve")
    assert (await review.decide(house, SPORT, inside)).status == "approved"


def test_a_section_that_is_asked_for_must_be_reached() -> None:
    assert reach.sections_asked(ALL, None) is None
    assert reach.sections_asked(ALL, "Town") == ("Town",)
    assert reach.sections_asked(SPORT, None) == ("Sport",)
    assert reach.sections_asked(SPORT, "Sport") == ("Sport",)
    with pytest.raises(Forbidden):
        reach.sections_asked(SPORT, "Town")


async def test_a_moderator_has_a_rank_and_sections(house: House, mill: Site) -> None:
    made, token = await add_principal(
        house, role="moderator", sites=("mill",), rank="senior", sections=("Sport", "Town", "Sport")
    )
    assert await house.directory.principal(token) == made
    assert (made.rank, made.sections) == ("senior", ("Sport", "Town"))
    for section in ("", "a\nb", "x" * 65):
        with pytest.raises(Invalid):
            await add_principal(house, role="moderator", sites=("mill",), sections=(section,))
