"""Scores that shadows keep beside a record: each its own, and none longer than the text that it is of."""

import pytest

from service.domain.site import Site
from service.domain.views import Kept
from service.domain.work import SHADOWS, ShadowPosition
from tests.builders import Writer, scores_of
from tests.ports import Backend
from tests.steps import applied, approved, published

LANE, NAME, EVER = "main", "toy@70f", "g"


async def kept(backend: Backend, site: Site, shadow: str = NAME) -> dict[str, Kept]:
    found = await backend.comments.between(site, first="", last=EVER, limit=1_000, shadow=shadow)
    return {item.comment.id: item for item in found.kept}


async def test_scores_are_kept_beside_the_version_that_they_are_of(
    backend: Backend, site: Site, writer: Writer
) -> None:
    one, two, three = [await published(backend, writer) for _ in range(3)]
    await applied(backend, writer, writer.decide(two, "held"))
    backend.erase(site, three.id)
    scores = scores_of(0.4)
    read = ShadowPosition(number=3, scored=3)
    position = await backend.shadows.store(LANE, "a", read, [(one, scores), (two, scores), (three, scores)])
    # What has no place any more is not told as scored.
    assert (position.number, position.scored, position.missed) == (3, 1, 2)
    assert await backend.shadows.position(LANE, "a") == position
    found = await kept(backend, site, "a")
    assert {i: item.shadow for i, item in found.items()} == {one.id: scores, two.id: None}
    assert await backend.comments.load(site, three.id) is None
    # The record itself knows nothing of it.
    assert await backend.comments.load(site, one.id) == one
    await backend.directory.remove_site(site)


@pytest.mark.parametrize("step", ["edit", "delete"])
async def test_a_shadow_s_scores_go_with_the_text(backend: Backend, site: Site, writer: Writer, step: str) -> None:
    shown = await published(backend, writer)
    for name, toxicity in (("a@1", 0.4), ("a@2", 0.5), ("b@1", 0.6)):
        await backend.shadows.store(LANE, name, ShadowPosition(), [(shown, scores_of(toxicity))])
    assert (await kept(backend, site, "b@1"))[shown.id].shadow == scores_of(0.6)
    assert backend.shadow_scores_of(site, shown.id)
    if step == "delete":
        await applied(backend, writer, writer.delete(shown))
        assert await kept(backend, site) == {}
    else:
        edited = await applied(backend, writer, writer.edit(shown, "Anew."))
        assert await kept(backend, site) == {}
        await approved(backend, writer, edited)
        for name in ("a@1", "a@2", "b@1"):
            assert (await kept(backend, site, name))[shown.id].shadow is None
    assert not backend.shadow_scores_of(site, shown.id)


async def test_a_shadow_s_scores_stay_with_a_text_that_others_decide(
    backend: Backend, site: Site, writer: Writer
) -> None:
    shown = await published(backend, writer)
    await backend.shadows.store(LANE, "a", ShadowPosition(), [(shown, scores_of(0.4))])
    after = await applied(backend, writer, writer.decide(shown, "rejected"))
    assert await kept(backend, site, "a") == {shown.id: Kept(comment=after, shadow=scores_of(0.4))}


async def test_each_shadow_s_scores_are_its_own(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    for name, toxicity in (("a@1", 0.4), ("a@2", 0.5), ("b@1", 0.6), ("a@1", 0.7)):
        await backend.shadows.store(LANE, name, ShadowPosition(), [(shown, scores_of(toxicity))])
    for name, toxicity in (("a@1", 0.7), ("a@2", 0.5), ("b@1", 0.6)):
        assert (await kept(backend, site, name))[shown.id].shadow == scores_of(toxicity)
    assert (await kept(backend, site, "b@2"))[shown.id].shadow is None
    unasked = await backend.comments.between(site, first="", last=EVER, limit=10)
    assert unasked.kept == (Kept(comment=shown, shadow=None),)


async def test_so_many_shadows_and_no_more_keep_scores_of_one_comment(
    backend: Backend, site: Site, writer: Writer
) -> None:
    shown, read = await published(backend, writer), ShadowPosition(number=1, scored=1)
    for number in range(SHADOWS):
        assert await backend.shadows.store(LANE, f"a@{number}", read, [(shown, scores_of(0.4))]) == read
    beyond = await backend.shadows.store(LANE, "b@1", read, [(shown, scores_of(0.4))])
    assert (beyond.scored, beyond.missed) == (0, 1)
    assert (await kept(backend, site, "b@1"))[shown.id].shadow is None
    # Those that have a place keep it.
    assert await backend.shadows.store(LANE, "a@0", read, [(shown, scores_of(0.5))]) == read
    assert (await kept(backend, site, "a@0"))[shown.id].shadow == scores_of(0.5)
    await applied(backend, writer, writer.delete(shown))
    assert not backend.shadow_scores_of(site, shown.id)
