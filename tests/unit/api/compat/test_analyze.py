"""`comments:analyze`, when it goes well."""

import gzip
import json
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import httpx
import pytest
from msgspec import structs

from service.api.compat.perspective_wire import TEXT_BYTES
from service.domain.foreign import ScoreMap
from service.workflow.keys import change_key, list_keys
from tests.builders import policy_of, site_of
from tests.fakes.clock import Clock
from tests.ports import FakeBackend
from tests.toy_classifier import ToyClassifier
from tests.unit.api.compat.conftest import ANALYZE, Desk

Told = Callable[..., Any]


def span(begin: int, end: int, value: float) -> dict[str, Any]:
    return {"begin": begin, "end": end, "score": {"value": value, "type": "PROBABILITY"}}


async def test_an_answer_has_every_field_that_google_sends(desk: Desk) -> None:
    answer = await desk.analyze("You idiot", "TOXICITY", "INSULT", clientToken="a token", doNotStore=True)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.json() == {
        "attributeScores": {
            "TOXICITY": {"summaryScore": {"value": 0.99, "type": "PROBABILITY"}, "spanScores": [span(0, 9, 0.99)]},
            "INSULT": {"summaryScore": {"value": 0.495, "type": "PROBABILITY"}, "spanScores": [span(0, 9, 0.495)]},
        },
        "languages": ["en"],
        "detectedLanguages": ["en"],
        "clientToken": "a token",
    }
    assert "clientToken" not in (await desk.analyze()).json()


@pytest.mark.parametrize(
    "name", ["TOXICITY", "TOXICITY@6", "TOXICITY_FAST", "TOXICITY_EXPERIMENTAL", "TOXICITY_EXPERIMENTAL@2", "INSULT@1"]
)
async def test_a_name_is_answered_as_it_was_asked(desk: Desk, told: Told, name: str) -> None:
    answer = await desk.analyze("You idiot", name)
    assert list(answer.json()["attributeScores"]) == [name]
    assert told(answer, name)["summaryScore"]["value"] > 0.4


@pytest.mark.parametrize(
    "text",
    [
        "😀",
        "👍🏽👍🏽",
        "ok",
        "x",
        "5",
        "?!",
        "gr8 m8 i r8 8/8",
        "yuo aer relly gud",
        "<b>hi</b>",
        "Ça va",
        "好",
        "a\x00b",
    ],
)
async def test_short_odd_and_misspelt_texts_are_scored(desk: Desk, told: Told, text: str) -> None:
    answer = await desk.analyze(text)
    assert told(answer)["summaryScore"]["value"] == 0.01
    assert answer.json()["detectedLanguages"] == ["en"]


async def test_a_text_of_exactly_the_limit_is_scored(desk: Desk, told: Told) -> None:
    for text in ("x " * (TEXT_BYTES // 2), "é" * (TEXT_BYTES // 2)):
        assert len(text.encode()) == TEXT_BYTES
        assert told(await desk.analyze(text, languages=["en"]))["summaryScore"]["value"] == 0.01


async def test_places_are_utf16_units_and_sentences_are_spans(desk: Desk, told: Told) -> None:
    text = "Hi 😀😀 there. You idiot! Bye."
    units = text.encode("utf-16-le")
    spans = told(await desk.analyze(text, spanAnnotations=True))["spanScores"]
    assert spans[0] == span(0, len(units) // 2, 0.99)
    said = [(units[2 * one["begin"] : 2 * one["end"]].decode("utf-16-le"), one["score"]["value"]) for one in spans[1:]]
    assert said == [("Hi 😀😀 there.", 0.01), ("You idiot!", 0.99), ("Bye.", 0.01)]
    assert told(await desk.analyze("You idiot", spanAnnotations=True))["spanScores"] == [span(0, 9, 0.99)]


async def test_abuse_behind_padding_is_found_and_placed(desk: Desk, told: Told) -> None:
    text = ("A fine day at the mill " * 900)[:20_000] + " you idiot"
    attribute = told(await desk.analyze(text))
    assert attribute["summaryScore"]["value"] == 0.99
    whole, *windows = attribute["spanScores"]
    assert (whole["begin"], whole["end"]) == (0, len(text))
    assert {one["score"]["value"] for one in windows[:-1]} == {0.01}
    assert windows[-1]["score"]["value"] == 0.99
    assert windows[-1]["end"] == len(text)
    # Windows overlap, so that nothing is cut in two.
    assert all(one["end"] > two["begin"] for one, two in pairwise(windows))


async def test_html_is_read_as_its_reader_sees_it(desk: Desk, told: Told) -> None:
    text = "<p>You <b>id</b>i&#111;t!</p> <p title='fool'>Bye &amp; thanks.</p>"
    answer = await desk.send(
        "POST",
        ANALYZE,
        params={"key": desk.key},
        json={
            "comment": {"text": text, "type": "HTML"},
            "requestedAttributes": {"TOXICITY": {}},
            "spanAnnotations": True,
        },
    )
    whole, first, second = told(answer)["spanScores"]
    assert whole == span(0, len(text), 0.99)
    assert text[first["begin"] : first["end"]] == "You <b>id</b>i&#111;t!"
    assert second["score"]["value"] == 0.01
    assert text[second["begin"] : second["end"]] == "Bye &amp; thanks."


async def test_a_threshold_leaves_out_what_is_below_it(desk: Desk) -> None:
    async def asked(**thresholds: float) -> dict[str, Any]:
        names = {name: {"scoreThreshold": value} for name, value in thresholds.items()}
        body = {"comment": {"text": "You fool"}, "requestedAttributes": names}
        found: dict[str, Any] = (await desk.send("POST", ANALYZE, params={"key": desk.key}, json=body)).json()
        return found

    assert list((await asked(TOXICITY=0.6, INSULT=0.5))["attributeScores"]) == ["TOXICITY"]
    nothing = await asked(TOXICITY=0.7, INSULT=0.5)
    assert nothing == {"languages": ["en"], "detectedLanguages": ["en"]}


async def test_what_no_model_gives_may_be_dropped(desk: Desk) -> None:
    answer = await desk.analyze("Hi", "SPAM", "TOXICITY", "SEXUALLY_EXPLICIT", dropUnsupportedAttributes=True)
    assert list(answer.json()["attributeScores"]) == ["TOXICITY"]
    assert "attributeScores" not in (await desk.analyze("Hi", "FLIRTATION", dropUnsupportedAttributes=True)).json()
    german = "Das ist ein ganz gewöhnlicher Satz in deutscher Sprache."
    answer = await desk.analyze(german, dropUnsupportedAttributes=True)
    assert answer.json() == {"languages": ["de"], "detectedLanguages": ["de"]}


async def test_the_languages_of_a_request_come_back_as_they_were(desk: Desk) -> None:
    answer = await desk.analyze("Das ist ein ganz gewöhnlicher Satz in deutscher Sprache.", languages=["en-GB"])
    assert answer.json()["languages"] == ["en-GB"]
    assert answer.json()["detectedLanguages"] == ["de"]


async def test_too_short_to_tell_is_taken_for_the_site_s_language(desk: Desk, fake: FakeBackend, clock: Clock) -> None:
    class Polyglot(ToyClassifier):
        languages = frozenset({"en", "fr"})

    desk.express.classifier = Polyglot()
    moulin = structs.replace(site_of(clock, "moulin"), languages=("fr",))
    await fake.directory.add_site(moulin, policy_of())
    french = desk.with_key(await desk.key_for("perspective", site="moulin"))
    assert (await french.analyze("ok")).json()["languages"] == ["fr"]
    assert (await desk.analyze("ok")).json()["languages"] == ["en"]


@pytest.mark.parametrize("path", [ANALYZE, "/v1alpha1/comments%3Aanalyze", "/v1alpha1//comments:analyze"])
@pytest.mark.parametrize(
    "headers", [{}, {"content-type": "text/plain"}, {"content-type": "application/x-www-form-urlencoded"}]
)
async def test_paths_types_and_parameters_are_taken_as_they_come(
    desk: Desk, told: Told, path: str, headers: dict[str, str]
) -> None:
    body = {
        "comment": {"text": "You idiot"},
        "requested_attributes": {"TOXICITY": {"score_threshold": "0.5"}},
        "languages": "en",
        "context": None,
        "sessionId": "s",
        "not_a_field": {"of": ["ours"]},
    }
    query = {"key": desk.key, "alt": "json", "prettyPrint": "false", "$.xgafv": "2", "fields": "attributeScores"}
    answer = await desk.send("POST", path, params=query, headers=headers, content=json.dumps(body))
    assert told(answer)["summaryScore"]["value"] == 0.99


@pytest.mark.parametrize(
    "headers", [{"x-goog-api-key": "KEY"}, {"authorization": "Bearer KEY"}, {"X-Goog-Api-Key": " KEY "}]
)
async def test_the_key_may_come_in_a_header(desk: Desk, headers: dict[str, str]) -> None:
    given = {name: value.replace("KEY", desk.key) for name, value in headers.items()}
    body = {"comment": {"text": "Hi"}, "requestedAttributes": {"TOXICITY": None}}
    assert (await desk.send("POST", ANALYZE, headers=given, json=body)).status_code == 200


async def test_a_body_may_be_packed(desk: Desk, told: Told) -> None:
    packed = gzip.compress(
        json.dumps({"comment": {"text": "You idiot"}, "requestedAttributes": {"TOXICITY": {}}}).encode()
    )
    answer = await desk.send(
        "POST", ANALYZE, params={"key": desk.key}, content=packed, headers={"content-encoding": "gzip"}
    )
    assert told(answer)["summaryScore"]["value"] == 0.99


@pytest.mark.parametrize(
    "text", ["what kind of idiot name is foo?", "idiot: {a: 1}", 'an \\"idiot: b\\"', "idiot \\\\", "idiot \\ud83d"]
)
async def test_names_may_stand_without_quotes(desk: Desk, told: Told, text: str) -> None:
    # As Google's own documentation called it with curl, and many have copied since.
    body = f'{{comment: {{text: "{text}"}},\n languages : ["en"],\n requestedAttributes: {{TOXICITY:{{}} }} }}'
    answer = await desk.send("POST", ANALYZE, params={"key": desk.key}, content=body)
    assert told(answer)["summaryScore"]["value"] == 0.99


@pytest.mark.parametrize("body", ['{a: "' + "b" * 900_000, "a" * 900_000, "{" + "a " * 450_000, '{a:"\\' * 180_000])
async def test_hostile_names_cost_no_more_than_their_length(desk: Desk, body: str) -> None:
    began = time.process_time()
    assert (await desk.send("POST", ANALYZE, params={"key": desk.key}, content=body)).status_code == 400
    assert time.process_time() - began < 2


async def test_a_text_that_was_cut_in_the_middle_of_an_emoji_is_read(desk: Desk, told: Told) -> None:
    body = '{"comment": {"text": "You idiot \\ud83d"}, "requestedAttributes": {"TOXICITY": {}}}'
    answer = await desk.send("POST", ANALYZE, params={"key": desk.key}, content=body)
    assert told(answer)["spanScores"] == [span(0, 11, 0.99)]


async def test_a_key_s_map_tells_scores_on_its_own_scale(desk: Desk, told: Told) -> None:
    (known,) = await list_keys(desk.house)
    curve = ((0.01, 0.02), (0.6, 0.9), (0.99, 0.95))
    score_map = ScoreMap(name="ours-to-theirs", classifier="toy", hash="70f", curves={"TOXICITY": curve})
    await change_key(desk.house, known.key.id, score_map=score_map)
    answer = await desk.analyze("You fool", "TOXICITY", "TOXICITY_FAST@3", "INSULT", spanAnnotations=True)
    assert answer.headers["x-gatepost-map"] == "ours-to-theirs"
    assert [told(answer, name)["summaryScore"]["value"] for name in ("TOXICITY", "TOXICITY_FAST@3")] == [0.9, 0.9]
    assert told(answer)["spanScores"][0]["score"]["value"] == 0.9
    # There is no curve for it.
    assert told(answer, "INSULT")["summaryScore"]["value"] == 0.3
    await change_key(desk.house, known.key.id, score_map=structs.replace(score_map, hash="another"))
    answer = await desk.analyze("You fool")
    assert answer.headers["x-gatepost-map"] == "none"
    assert told(answer)["summaryScore"]["value"] == 0.6
    await change_key(desk.house, known.key.id, unmap=True)
    assert "x-gatepost-map" not in (await desk.analyze("You fool")).headers


async def test_what_is_no_foreign_path_is_ours(desk: Desk) -> None:
    for path in ("/v1/sites/mill/comments", "/", "/v1/moderation", "/v1alpha", "/discovery/v1/x"):
        assert (await desk.send("GET", path)).status_code == 418


async def test_browsers_may_ask_from_anywhere(desk: Desk) -> None:
    wanted = "content-type,x-javascript-user-agent,x-goog-encode-response-if-executable"
    asked = {"origin": "https://blog.example", "access-control-request-method": "POST"}
    answer = await desk.send("OPTIONS", ANALYZE, headers={**asked, "access-control-request-headers": wanted})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == wanted
    assert "access-control-allow-credentials" not in answer.headers
    for response in (await desk.analyze(), await desk.with_key("gpc_wrong").analyze()):
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "private, no-store"


def allowed(answer: httpx.Response) -> str:
    return str(answer.headers["access-control-allow-headers"])


async def test_a_preflight_never_repeats_what_is_no_header(desk: Desk) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "x: <y>"}
    assert "<" not in allowed(await desk.send("OPTIONS", ANALYZE, headers=asked))
