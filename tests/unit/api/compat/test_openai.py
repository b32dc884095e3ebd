"""`POST /v1/moderations`, when it goes well and when it does not."""

from typing import Any

import httpx
import pytest

from service.api.compat.call import BODY_BYTES
from service.domain.categories import CATEGORIES
from service.domain.errors import Late, NoWorker, StorageDown
from service.domain.scores import LABELS
from tests.toy_classifier import ToyClassifier
from tests.unit.api.compat.conftest import MODERATIONS, Desk

THIRTEEN = {
    *("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm"),
    *("self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic"),
}


class Frank(ToyClassifier):
    """A classifier with every label: each word names the one that it raises."""

    labels: tuple[str, ...] = LABELS

    def _score(self, text: str) -> tuple[float, ...]:
        return tuple(0.9 if label in text.split() else 0.1 for label in LABELS)


def error_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    (error,) = answer.json().values()
    assert set(error) == {"message", "type", "param", "code"}
    found: dict[str, Any] = error
    return found


async def test_what_is_measured_is_told_and_the_rest_is_said_to_be_unmeasured(desk: Desk) -> None:
    answer = await desk.moderate(["You idiot", "Good morning."], model="some-model-of-2031")
    assert answer.status_code == 200
    told = answer.json()
    assert told["id"].startswith("modr-")
    assert told["model"] == "some-model-of-2031"
    rude, polite = told["results"]
    assert (rude["flagged"], polite["flagged"]) == (True, False)
    for result in (rude, polite):
        for part in ("categories", "category_scores", "category_applied_input_types"):
            assert set(result[part]) == THIRTEEN
    assert [name for name, is_so in rude["categories"].items() if is_so] == ["harassment"]
    assert rude["category_scores"]["harassment"] == 0.99
    # The toy knows toxicity and insult alone.
    unmeasured = THIRTEEN - {"harassment"}
    assert set(answer.headers["x-gatepost-unmeasured"].split(", ")) == unmeasured
    for name in unmeasured:
        assert rude["category_scores"][name] == 0
        assert rude["category_applied_input_types"][name] == []
    assert rude["category_applied_input_types"]["harassment"] == ["text"]


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("toxicity", {"harassment"}),
        ("insult", {"harassment"}),
        ("threat", {"harassment/threatening"}),
        ("identity_attack", {"hate"}),
        ("identity_attack threat", {"hate", "harassment/threatening", "hate/threatening"}),
        ("sexual_explicit", {"sexual"}),
        ("obscene severe_toxicity", set()),
    ],
)
async def test_each_label_raises_its_own_categories(desk: Desk, text: str, raised: set[str]) -> None:
    desk.express.classifier = Frank()
    (result,) = (await desk.moderate(text)).json()["results"]
    assert {name for name, is_so in result["categories"].items() if is_so} == raised
    assert result["flagged"] is bool(raised)


def test_the_categories_are_openai_s() -> None:
    assert set(CATEGORIES) == THIRTEEN


@pytest.mark.parametrize(
    "given",
    ["Hi", ["Hi"], [{"type": "text", "text": "Hi"}], ["Hi", "there"] * 50, ["x" * 20_480], ["😀"], ["\ud83d cut"]],
)
async def test_every_form_of_input_has_a_result_for_each_text(desk: Desk, given: Any) -> None:
    answer = await desk.moderate(given)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["results"]) == (len(given) if isinstance(given, list) else 1)
    assert answer.json()["model"] == "omni-moderation-latest"
    assert all(len(question.texts) <= 64 for question in desk.express.asked)


IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}


@pytest.mark.parametrize(
    ("given", "param", "code"),
    [
        ([IMAGE], "input[0]", "unsupported_input_type"),
        ([{"type": "text", "text": "Hi"}, IMAGE], "input[1]", "unsupported_input_type"),
        (None, "input", "missing_required_parameter"),
        ([], "input", "invalid_array_length"),
        (["x"] * 1_025, "input", "invalid_array_length"),
        ("", "input[0]", "empty_string"),
        (["Hi", "  "], "input[1]", "empty_string"),
        ([[1, 2, 3]], "input[0]", "invalid_type"),
        (5, "input[0]", "invalid_type"),
        ([{"type": "text"}], "input[0]", "invalid_type"),
        ("x" * 20_481, "input[0]", "string_above_max_length"),
    ],
)
async def test_what_cannot_be_moderated_is_refused_in_words(desk: Desk, given: Any, param: str, code: str) -> None:
    error = error_of(await desk.moderate(given), 400)
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    assert error["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{input: "Hi"}', 400),
        (b'{"input": "\xff"}', 400),
        (b"[" * 100_000, 400),
        (b'{"input": "Hi", "model": 5}', 400),
        (b'{"input": "' + b"x" * BODY_BYTES + b'"}', 413),
    ],
)
async def test_what_cannot_be_read_is_refused(desk: Desk, body: bytes, status: int) -> None:
    headers = {"authorization": f"Bearer {desk.key}"}
    error_of(await desk.send("POST", MODERATIONS, headers=headers, content=body), status)


async def test_keys(desk: Desk) -> None:
    assert error_of(await desk.send("POST", MODERATIONS, json={"input": "Hi"}), 401)["code"] == "missing_api_key"
    for key in ("sk-wrong", "gpc_wrong", "gps_" + "x" * 43):
        assert error_of(await desk.with_key(key).moderate("Hi"), 401)["code"] == "invalid_api_key"
    error_of(await desk.with_key(await desk.key_for("perspective")).moderate("Hi"), 403)
    error_of(await desk.send("GET", MODERATIONS), 405)
    error_of(await desk.send("POST", f"{MODERATIONS}/x"), 404)


async def test_a_quota_counts_texts(desk: Desk) -> None:
    frugal = desk.with_key(await desk.key_for("openai", per_minute=3))
    assert (await frugal.moderate(["a", "b"])).status_code == 200
    answer = await frugal.moderate(["a", "b"])
    assert error_of(answer, 429)["code"] == "rate_limit_exceeded"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert (await frugal.moderate("a")).status_code == 200


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (NoWorker("Nobody is there.", retry_after=2), 503),
        (StorageDown("It is away.", retry_after=2), 503),
        (Late("It took too long.", retry_after=2), 504),
    ],
)
async def test_nobody_to_score_it(desk: Desk, failure: Any, status: int) -> None:
    answer = await desk.failing(failure).moderate("Hi")
    assert error_of(answer, status)["type"] == "server_error"
    assert answer.headers["retry-after"] == "2"


async def test_a_text_that_the_classifier_fails_on_fails_the_request(desk: Desk) -> None:
    assert error_of(await desk.moderate(["Hi", "[raise]"]), 500)["type"] == "server_error"
