"""Foreign clients' keys, and what their moderators say."""

from dataclasses import replace

import pytest

from service.domain.errors import Forbidden, Invalid, NotFound, TooMany, Unauthorised
from service.domain.foreign import ScoreMap
from service.domain.site import Site
from service.workflow.analyze import analyse
from service.workflow.feedback import suggest, suggestions
from service.workflow.house import House
from service.workflow.keys import add_key, admit, change_key, list_keys, revoke_key, spend
from service.workflow.sites import add_principal
from tests.fakes.clock import Clock
from tests.fakes.express import MemoryExpress
from tests.toy_classifier import ToyClassifier


@pytest.fixture
def scoring(house: House) -> House:
    return replace(house, express=MemoryExpress(ToyClassifier()))


async def test_a_key_opens_its_surfaces_until_it_is_revoked(house: House, mill: Site) -> None:
    made, key = await add_key(house, surfaces=("perspective",), site=mill.id, name="Coral")
    assert key.startswith("gpc_")
    assert (await admit(house, key, "perspective")).key == made
    with pytest.raises(Forbidden):
        await admit(house, key, "openai")
    assert [one.key for one in await list_keys(house)] == [made]
    await revoke_key(house, made.id)
    with pytest.raises(Unauthorised):
        await admit(house, key, "perspective")
    assert await list_keys(house) == []
    with pytest.raises(NotFound):
        await revoke_key(house, made.id)


async def test_other_credentials_open_no_surface_and_are_not_revoked_as_keys(house: House, mill: Site) -> None:
    principal, token = await add_principal(house, role="site", sites=(mill.id,))
    with pytest.raises(Unauthorised):
        await admit(house, token, "perspective")
    with pytest.raises(NotFound):
        await revoke_key(house, principal.id)
    assert await house.directory.principal(token) == principal


async def test_a_key_without_settings_opens_nothing(house: House) -> None:
    made, key = await add_key(house, surfaces=("openai",), site=None)
    await house.keys.forget(made.id)
    with pytest.raises(Unauthorised):
        await admit(house, key, "openai")


async def test_a_site_must_be_there_and_a_quota_must_make_sense(house: House) -> None:
    with pytest.raises(NotFound):
        await add_key(house, surfaces=("openai",), site="nowhere")
    for quota in (-1, 100_001):
        with pytest.raises(Invalid):
            await add_key(house, surfaces=("openai",), site=None, per_minute=quota)
    with pytest.raises(NotFound):
        await change_key(house, "key-0", per_minute=5)


async def test_quota_and_map_are_changed_apart(house: House) -> None:
    made, _ = await add_key(house, surfaces=("openai",), site=None, per_minute=5)
    score_map = ScoreMap(name="m", classifier="toy", hash="70f", curves={})
    assert (await change_key(house, made.id, score_map=score_map)).settings.per_minute == 5
    assert (await change_key(house, made.id, per_minute=7)).settings.map == score_map
    settings = (await change_key(house, made.id, unmap=True)).settings
    assert (settings.per_minute, settings.map) == (7, None)


async def test_a_quota_is_spent_and_comes_back_with_the_minute(house: House, clock: Clock) -> None:
    _, key = await add_key(house, surfaces=("openai",), site=None, per_minute=10)
    admitted = await admit(house, key, "openai")
    # More than a minute's quota at once takes all of it.
    await spend(house, admitted, units=64)
    with pytest.raises(TooMany) as caught:
        await spend(house, admitted)
    clock.advance(caught.value.retry_after)
    await spend(house, admitted)


async def test_what_a_moderator_said_is_kept_beside_our_own_scores(scoring: House, mill: Site) -> None:
    made, _ = await add_key(scoring, surfaces=("perspective",), site=mill.id)
    other, _ = await add_key(scoring, surfaces=("perspective",), site=mill.id)
    await suggest(scoring, made, "You idiot", {"TOXICITY": 1.0}, reference="comment:17")
    await suggest(scoring, other, "Hello", {"TOXICITY": 0.0}, reference="words of a comment")
    newest, oldest = await suggestions(scoring, site=mill.id, key=None, limit=10)
    assert (oldest.key, oldest.reference, oldest.classifier) == (made.id, "comment:17", "toy")
    assert (oldest.suggested, oldest.scored) == ({"TOXICITY": 1.0}, {"toxicity": 0.99, "insult": 0.495})
    assert oldest.text == scoring.hasher.hash("foreign text", "You idiot")
    assert newest.reference == ""
    assert await suggestions(scoring, site=mill.id, key=other.id, limit=10) == [newest]
    assert await suggestions(scoring, site=None, key=None, limit=10) == []


async def test_what_a_moderator_said_is_kept_without_workers_too(scoring: House) -> None:
    alone = replace(scoring, express=MemoryExpress(None))
    made, _ = await add_key(alone, surfaces=("perspective",), site=None)
    await suggest(alone, made, "You idiot", {"TOXICITY": 1.0}, reference="")
    (kept,) = await suggestions(alone, site=None, key=None, limit=10)
    assert (kept.scored, kept.classifier) == ({}, "")


async def test_a_long_text_has_the_highest_of_its_windows_whatever_else_was_asked(scoring: House) -> None:
    text = "A fine day. " * 1_000 + "You idiot. " + "A fine day. " * 500
    (plain,), (by_sentence,) = await analyse(scoring, [text]), await analyse(scoring, [text], by_sentence=True)
    assert plain.scores.labels["toxicity"] == by_sentence.scores.labels["toxicity"] == 0.99
    assert len(plain.parts) > 1
    assert [part.labels["toxicity"] for part in by_sentence.parts].count(0.99) == 1
    assert all(text[p.start : p.end].strip() == text[p.start : p.end] for p in by_sentence.parts)


async def test_many_texts_come_back_in_order(scoring: House) -> None:
    texts = ["You idiot" if number % 7 == 0 else "Hello" for number in range(200)]
    told = await analyse(scoring, texts)
    assert [one.scores.labels["toxicity"] for one in told] == [
        0.99 if number % 7 == 0 else 0.01 for number in range(200)
    ]
