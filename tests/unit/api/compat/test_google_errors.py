"""Every error of `comments:analyze` and `comments:suggestscore`, in Google's shape."""

import gzip
import json
from typing import Any

import httpx
import pytest

from service.api.compat.call import BODY_BYTES
from service.domain.errors import Late, NoWorker, StorageDown
from service.domain.tokens import BAD_CREDENTIALS
from tests.unit.api.compat.conftest import ANALYZE, SUGGEST, Desk

ANALYZER = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
ASKED: dict[str, Any] = {"comment": {"text": "Good morning."}, "requestedAttributes": {"TOXICITY": {}}}
BOTH = {"entries": [{"text": "a"}], "articleAndParentComment": {"article": {"text": "b"}}}
GERMAN = "Das ist ein ganz gewöhnlicher Satz in deutscher Sprache."
RUNES = "ᚠᚢᚦᚨᚱᚲ ᚷᚹᚺᚾᛁᛃ ᛈᛇᛉᛊᛏᛒ ᛖᛗᛚᛜᛞᛟ"


def error_of(answer: httpx.Response, code: int, status: str) -> dict[str, Any]:
    """Insist on the shape: HTTP's status is the code, and nothing stands beside `error`."""
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    (error,) = answer.json().values()
    assert list(answer.json()) == ["error"]
    assert (error["code"], error["status"]) == (code, status)
    assert error["message"]
    found: dict[str, Any] = error
    return found


def invalid(answer: httpx.Response, error_type: str) -> dict[str, Any]:
    error = error_of(answer, 400, "INVALID_ARGUMENT")
    assert error["details"][0]["@type"] == ANALYZER
    assert error["details"][0]["errorType"] == error_type
    return error


def without(*names: str, **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**ASKED, **changes}.items() if name not in names}


CASES: tuple[tuple[str, Any, str, str], ...] = (
    ("no comment", without("comment"), "COMMENT_EMPTY", "Comment must be non-empty."),
    ("a null comment", without(comment=None), "COMMENT_EMPTY", "Comment must be non-empty."),
    ("no text", without(comment={}), "COMMENT_EMPTY", "Comment must be non-empty."),
    ("an empty text", without(comment={"text": ""}), "COMMENT_EMPTY", "Comment must be non-empty."),
    ("a blank text", without(comment={"text": " \n\t "}), "COMMENT_EMPTY", "Comment must be non-empty."),
    (
        "HTML without a text",
        without(comment={"text": "<br><!-- idiot -->", "type": "HTML"}),
        "COMMENT_EMPTY",
        "Comment must be non-empty.",
    ),
    ("20,481 bytes", without(comment={"text": "x" * 20_481}), "COMMENT_TOO_LONG", "Comment text too long."),
    ("20,482 bytes of two each", without(comment={"text": "é" * 10_241}), "COMMENT_TOO_LONG", "Comment text too long."),
    ("no attributes", without("requestedAttributes"), "NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes"),
    ("none named", without(requestedAttributes={}), "NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes"),
    ("null attributes", without(requestedAttributes=None), "NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes"),
    (
        "an unknown attribute",
        without(requestedAttributes={"FLIRTATION": {}}),
        "INVALID_REQUEST",
        "Unknown requested attribute: FLIRTATION",
    ),
    (
        "one that this classifier does not give",
        without(requestedAttributes={"SEXUALLY_EXPLICIT": {}}),
        "INVALID_REQUEST",
        "Unknown requested attribute: SEXUALLY_EXPLICIT",
    ),
    (
        "lower case",
        without(requestedAttributes={"toxicity": {}}),
        "INVALID_REQUEST",
        "Unknown requested attribute: toxicity",
    ),
    (
        "another score type",
        without(requestedAttributes={"TOXICITY": {"scoreType": "STD_DEV_SCORE"}}),
        "INVALID_REQUEST",
        "Requested score type STD_DEV_SCORE is not supported by attribute TOXICITY",
    ),
    (
        "both contexts",
        without(context=BOTH),
        "INVALID_REQUEST",
        "Context can have either entries or article_and_parent_comment, but both fields were populated.",
    ),
    (
        "a language that was named",
        without(languages=["en", "de"]),
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        "Attribute TOXICITY does not support request languages: en, de",
    ),
    (
        "the language und",
        without(languages=["und"]),
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        "Attribute TOXICITY does not support request languages: und",
    ),
    (
        "a language that was detected",
        without(comment={"text": GERMAN}),
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        "Attribute TOXICITY does not support request languages: de",
    ),
    ("no language at all", without(comment={"text": RUNES}), "LANGUAGE_DETECTION_FAILED", "Unable to detect language"),
)


@pytest.mark.parametrize(("body", "error_type", "message"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
async def test_every_documented_refusal(desk: Desk, body: Any, error_type: str, message: str) -> None:
    answer = await desk.send("POST", ANALYZE, params={"key": desk.key}, json=body)
    assert invalid(answer, error_type)["message"] == message


async def test_an_unsupported_language_is_named_in_the_detail(desk: Desk) -> None:
    error = invalid(await desk.analyze(GERMAN, "INSULT@2"), "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE")
    said = error["details"][0]["languageNotSupportedByAttributeError"]
    assert said == {"detectedLanguages": ["de"], "attribute": "INSULT@2"}


UNREADABLE = {
    "malformed": b'{"comment": ',
    "unquoted text": b"{comment: {text: what kind of idiot name is foo?}, requestedAttributes: {TOXICITY: {}}}",
    "a list": b"[]",
    "a text": b'"comment"',
    "invalid UTF-8": b'{"comment": {"text": "\xff\xfe"}}',
    "nested deeply": b"[" * 100_000,
    "a number for a text": b'{"comment": {"text": 5}, "requestedAttributes": {"TOXICITY": {}}}',
    "a text for an object": b'{"comment": "Hi", "requestedAttributes": {"TOXICITY": {}}}',
    "a threshold of letters": b'{"comment": {"text": "Hi"}, "requestedAttributes": {"X": {"scoreThreshold": "a"}}}',
    "a threshold of 1e999": b'{"comment": {"text": "Hi"}, "requestedAttributes": {"X": {"scoreThreshold": 1e999}}}',
    "NaN": b'{"comment": {"text": "\\ud800"}, "requestedAttributes": {"TOXICITY": {"scoreThreshold": NaN}}}',
    "another kind of text": b'{"comment": {"text": "Hi", "type": "PDF"}, "requestedAttributes": {"TOXICITY": {}}}',
    "too large": b'{"comment": {"text": "' + b"x" * BODY_BYTES + b'"}}',
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=list(UNREADABLE))
@pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
async def test_what_cannot_be_read_is_refused_in_the_same_shape(desk: Desk, path: str, body: bytes) -> None:
    answer = await desk.send("POST", path, params={"key": desk.key}, content=body)
    error = invalid(answer, "INVALID_REQUEST")
    assert "idiot" not in error["message"]


PACKED = {
    "no gzip": (b"hello", "gzip"),
    "half a gzip": (gzip.compress(b"{}" * 99)[:-9], "gzip"),
    "a bomb": (gzip.compress(b" " * (BODY_BYTES + 1)), "gzip"),
    "two in one": (gzip.compress(b"{}") * 2, "gzip"),
    "another coding": (b"{}", "br"),
}


@pytest.mark.parametrize(("body", "coding"), PACKED.values(), ids=list(PACKED))
async def test_what_cannot_be_unpacked_is_refused(desk: Desk, body: bytes, coding: str) -> None:
    headers = {"content-encoding": coding}
    answer = await desk.send("POST", ANALYZE, params={"key": desk.key}, content=body, headers=headers)
    invalid(answer, "INVALID_REQUEST")


@pytest.mark.parametrize("params", [{}, {"key": ""}, {"key": "wrong"}])
async def test_nothing_at_all_is_a_400_with_a_detail(desk: Desk, params: dict[str, str]) -> None:
    for path in (ANALYZE, SUGGEST):
        error = error_of(await desk.send("POST", path, params=params), 400, "INVALID_ARGUMENT")
        assert error["details"][0]


@pytest.mark.parametrize("key", ["wrong", "gpc_wrong", "gps_" + "x" * 43, "gpc_" + "x" * 9_000, "ключ"])
async def test_a_wrong_key(desk: Desk, key: str) -> None:
    error = error_of(await desk.with_key(key).analyze(), 400, "INVALID_ARGUMENT")
    assert error["message"] == "API key not valid. Please pass a valid API key."
    assert error["details"][0]["@type"] == "type.googleapis.com/google.rpc.ErrorInfo"
    assert error["details"][0]["reason"] == "API_KEY_INVALID"


async def test_no_key(desk: Desk) -> None:
    error_of(await desk.send("POST", ANALYZE, json=ASKED), 403, "PERMISSION_DENIED")


async def test_a_key_of_the_other_surface(desk: Desk) -> None:
    other = desk.with_key(await desk.key_for("openai"))
    error_of(await other.analyze(), 403, "PERMISSION_DENIED")


async def test_an_exhausted_quota(desk: Desk) -> None:
    frugal = desk.with_key(await desk.key_for("perspective", per_minute=2))
    assert [(await frugal.analyze()).status_code for _ in range(2)] == [200, 200]
    answer = await frugal.analyze()
    error = error_of(answer, 429, "RESOURCE_EXHAUSTED")
    wait = int(answer.headers["retry-after"])
    assert 1 <= wait <= 60
    assert error["details"][1]["retryDelay"] == f"{wait}s"
    assert (await desk.analyze()).status_code == 200


@pytest.mark.parametrize(
    ("failure", "code", "status"),
    [
        (NoWorker("Nobody is there.", retry_after=2), 503, "UNAVAILABLE"),
        (StorageDown("It is away.", retry_after=2), 503, "UNAVAILABLE"),
        (Late("It took too long.", retry_after=2), 504, "DEADLINE_EXCEEDED"),
    ],
)
async def test_nobody_to_score_it(desk: Desk, failure: Any, code: int, status: str) -> None:
    answer = await desk.failing(failure).analyze()
    error_of(answer, code, status)
    assert answer.headers["retry-after"] == "2"


async def test_a_text_that_the_classifier_fails_on_has_no_score(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    error = error_of(await desk.analyze("A secret [raise]"), 500, "INTERNAL")
    assert error["message"] == "Internal error encountered."
    assert "Unscorable" in caplog.text
    assert "secret" not in caplog.text


async def test_a_wrong_method_and_a_wrong_path(desk: Desk) -> None:
    for method in ("GET", "PUT", "DELETE", "OPTIONS"):
        answer = await desk.send(method, ANALYZE)
        error_of(answer, 405, "UNIMPLEMENTED")
        assert answer.headers["allow"] == "POST"
    assert (await desk.send("HEAD", ANALYZE)).content == b""
    for path in ("/v1alpha1/comments:score", "/v1alpha1/", "/$discovery/other", "/$discovery/rest?version=v1"):
        error_of(await desk.send("GET", path), 404, "NOT_FOUND")


async def test_a_query_without_end(desk: Desk) -> None:
    invalid(await desk.send("POST", f"{ANALYZE}?" + "&".join(["a=1"] * 200), json=ASKED), "INVALID_REQUEST")


async def test_attributes_without_end(desk: Desk) -> None:
    names: dict[str, dict[str, str]] = {f"TOXICITY@{version}": {} for version in range(101)}
    answer = await desk.send("POST", ANALYZE, params={"key": desk.key}, json={**ASKED, "requestedAttributes": names})
    invalid(answer, "INVALID_REQUEST")
    answer = await desk.send("POST", SUGGEST, params={"key": desk.key}, json={**ASKED, "attributeScores": names})
    invalid(answer, "INVALID_REQUEST")


async def test_a_suggestion_says_something(desk: Desk) -> None:
    for scores in (
        None,
        {},
        {"TOXICITY": {"summaryScore": {"value": 1.5}}},
        {"an idiot": {"summaryScore": {"value": 1}}},
    ):
        body = {"comment": {"text": "Hi"}, "attributeScores": scores}
        answer = await desk.send("POST", SUGGEST, params={"key": desk.key}, content=json.dumps(body))
        invalid(answer, "INVALID_REQUEST")


async def test_wrong_keys_from_one_address_are_slowed_and_a_good_one_still_passes(desk: Desk) -> None:
    wrong = desk.with_key("gpc_wrong")
    statuses = [(await wrong.analyze()).status_code for _ in range(BAD_CREDENTIALS + 1)]
    assert statuses == [400] * BAD_CREDENTIALS + [429]
    refused = await wrong.analyze()
    assert refused.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert int(refused.headers["retry-after"]) >= 1
    assert (await wrong.moderate("fine")).status_code == 429
    assert (await desk.analyze()).status_code == 200
