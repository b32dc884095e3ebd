"""Other people's programs against a running API with a worker, each with its one setting changed."""

import asyncio
import gc
import json
import shutil
import subprocess
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import requests
from googleapiclient import discovery
from googleapiclient.errors import HttpError
from openai.types import ModerationImageURLInputParam, ModerationTextInputParam

from service.settings import read_settings
from service.wiring import open_house
from service.workflow.feedback import suggestions
from tests.integration.foreign import Works, works
from tests.processes import environment

CANARY = "quintessential-zanzibar-canary"


@pytest.fixture(scope="module")
def running(short_path: Path) -> Iterator[Works]:
    with works(short_path / "foreign") as made:
        yield made


@pytest.fixture
def google(running: Works) -> Iterator[Any]:
    """Give Google's own client, as its users make it, with only the discovery address set."""
    with warnings.catch_warnings():
        # It leaves the socket of its first request to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        client = discovery.build(
            "commentanalyzer",
            "v1alpha1",
            developerKey=running.key,
            discoveryServiceUrl=f"{running.url}/$discovery/rest?version=v1alpha1",
            static_discovery=False,
        )
        yield client
        client.close()
        gc.collect()


def test_google_s_client_analyzes(google: Any) -> None:
    body = {
        "comment": {"text": "Hi 😀. You idiot!"},
        "requestedAttributes": {"TOXICITY": {}, "INSULT@2": {"scoreThreshold": 0.4}},
        "spanAnnotations": True,
        "clientToken": "t-1",
        "languages": ["en"],
        "doNotStore": True,
    }
    answer = google.comments().analyze(body=body).execute()
    assert answer["attributeScores"]["TOXICITY"]["summaryScore"] == {"value": 0.99, "type": "PROBABILITY"}
    assert answer["attributeScores"]["INSULT@2"]["summaryScore"]["value"] == 0.495
    spans = answer["attributeScores"]["TOXICITY"]["spanScores"]
    assert [(one["begin"], one["end"]) for one in spans] == [(0, 17), (0, 6), (7, 17)]
    assert (answer["languages"], answer["detectedLanguages"], answer["clientToken"]) == (["en"], ["en"], "t-1")


def test_google_s_client_suggests(google: Any, running: Works) -> None:
    body = {
        "comment": {"text": f"You {CANARY} idiot"},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
        "clientToken": "comment:77",
        "communityId": "Coral:https://paper.example",
        "languages": ["en"],
    }
    answer = google.comments().suggestscore(body=body).execute()
    assert answer == {"clientToken": "comment:77", "requestedLanguages": ["en"], "detectedLanguages": ["en"]}

    async def kept() -> Any:
        async with open_house(read_settings(environment(running.redis.url))) as house:
            return await suggestions(house, site=None, key=None, limit=1)

    (newest,) = asyncio.run(kept())
    assert (newest.reference, newest.suggested, newest.scored["toxicity"]) == ("comment:77", {"TOXICITY": 1.0}, 0.99)


def test_google_s_client_reads_our_errors(google: Any) -> None:
    with pytest.raises(HttpError) as caught:
        google.comments().analyze(body={"comment": {"text": ""}, "requestedAttributes": {"TOXICITY": {}}}).execute()
    assert caught.value.status_code == 400
    assert caught.value.reason == "Comment must be non-empty."
    assert caught.value.error_details[0]["errorType"] == "COMMENT_EMPTY"


def test_google_s_client_with_a_key_that_is_wrong_or_spent(running: Works) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        for key, status in (("gpc_wrong", 400), (running.make_key("perspective", per_minute=1), 429)):
            client = discovery.build(
                "commentanalyzer",
                "v1alpha1",
                developerKey=key,
                discoveryServiceUrl=f"{running.url}/$discovery/rest?version=v1alpha1",
                static_discovery=False,
            )
            asked = client.comments().analyze(body={"comment": {"text": "Hi"}, "requestedAttributes": {"TOXICITY": {}}})
            if status == 429:
                asked.execute()
            with pytest.raises(HttpError) as caught:
                asked.execute()
            assert caught.value.status_code == status
            client.close()
        gc.collect()


@pytest.mark.parametrize("base", ["/v1alpha1", "/v1alpha1/"])
def test_as_coral_calls(running: Works, base: str) -> None:
    # Coral joins the endpoint of its settings and the operation, puts the key into the query and gives up after 800 ms.
    body = {
        "comment": {"text": "You idiot"},
        "doNotStore": True,
        "requestedAttributes": {"TOXICITY": {}},
        "languages": ["en"],
    }
    url = f"{running.url}{base}/comments:analyze"
    answer = httpx.post(url, params={"key": running.key}, json=body, timeout=5)
    assert answer.json()["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.99
    decided = {
        "comment": {"text": "You idiot"},
        "context": {"entries": [{"text": json.dumps({"url": "https://paper.example/1"})}]},
        "attributeScores": {"DELETED": {"summaryScore": {"value": 1}}},
        "languages": ["en"],
        "communityId": "Coral:https://paper.example",
        "clientToken": "comment:4f1c",
    }
    answer = httpx.post(f"{running.url}{base}/comments:suggestscore", params={"key": running.key}, json=decided)
    assert answer.status_code == 200
    assert answer.json()["clientToken"] == "comment:4f1c"


def test_as_python_s_requests_and_urllib_call(running: Works) -> None:
    body: dict[str, Any] = {
        "comment": {"text": "You idiot"},
        "requestedAttributes": {"TOXICITY": {}},
        "languages": ["en"],
    }
    url = f"{running.url}/v1alpha1/comments:analyze?key={running.key}"
    for answer in (requests.post(url, json=body, timeout=10), requests.post(url, data=json.dumps(body), timeout=10)):
        assert answer.json()["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.99
    with urllib.request.urlopen(url.replace(":analyze", "%3Aanalyze"), json.dumps(body).encode(), timeout=10) as raw:  # noqa: S310 - our own address
        assert json.load(raw)["languages"] == ["en"]


NODE = """
const [url, key] = process.argv.slice(1);
const asked = {comment: {text: 'You idiot 😀'}, requestedAttributes: {TOXICITY: {}}, spanAnnotations: true};
fetch(`${url}/v1alpha1/comments:analyze?key=${key}`, {method: 'POST', body: JSON.stringify(asked)})
  .then(answer => answer.json())
  .then(told => {
    const [whole] = told.attributeScores.TOXICITY.spanScores;
    if (whole.end !== asked.comment.text.length) throw new Error(`ends at ${whole.end}`);
    console.log(told.attributeScores.TOXICITY.summaryScore.value);
  });
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="this machine has no node")
def test_as_node_s_fetch_calls(running: Works) -> None:
    # Without a content type of ours, and with offsets that are JavaScript's own.
    done = subprocess.run(
        ["node", "-e", NODE, running.url, running.key], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "0.99"


def test_as_curl_calls(running: Works) -> None:
    body = '{"comment": {"text": "what kind of idiot name is foo?"}, "requestedAttributes": {"TOXICITY": {}}}'
    url = f"{running.url}/v1alpha1/comments:analyze?key={running.key}"
    done = subprocess.run(["curl", "-sS", "-d", body, url], capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(done.stdout)["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.99


TEXT: list[ModerationTextInputParam] = [{"type": "text", "text": "You idiot"}]
IMAGE: list[ModerationImageURLInputParam] = [{"type": "image_url", "image_url": {"url": "https://example.org/x.png"}}]


@pytest.fixture
def moderating(running: Works) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key=running.key, base_url=f"{running.url}/v1", max_retries=0) as client:
        yield client


def test_openai_s_client_moderates(moderating: openai.OpenAI) -> None:
    answer = moderating.moderations.create(input=["You idiot", "Hello"])
    assert [result.flagged for result in answer.results] == [True, False]
    assert answer.results[0].categories.harassment
    assert answer.results[0].category_scores.harassment == 0.99
    assert answer.results[0].category_applied_input_types.self_harm == []
    texts = moderating.moderations.create(model="omni-moderation-2024-09-26", input=TEXT)
    assert texts.model == "omni-moderation-2024-09-26"
    raw = moderating.moderations.with_raw_response.create(input="Hello")
    assert "self-harm" in raw.headers["x-gatepost-unmeasured"]


def test_openai_s_client_reads_our_errors(moderating: openai.OpenAI, running: Works) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        moderating.moderations.create(input=IMAGE)
    assert (refused.value.code, refused.value.param) == ("unsupported_input_type", "input[0]")
    with pytest.raises(openai.AuthenticationError) as unknown:
        moderating.with_options(api_key="sk-wrong").moderations.create(input="Hi")
    assert unknown.value.code == "invalid_api_key"
    spent = moderating.with_options(api_key=running.make_key("openai", per_minute=1))
    spent.moderations.create(input="Hi")
    with pytest.raises(openai.RateLimitError):
        spent.moderations.create(input="Hi")


def test_no_text_is_stored_or_logged(running: Works) -> None:
    with running.redis.client() as client:
        client.config_set("slowlog-log-slower-than", 0)
        assert running.analyze(f"You {CANARY} idiot").is_success
        headers = {"authorization": f"Bearer {running.key}"}
        body = {"input": f"You {CANARY} idiot"}
        assert httpx.post(f"{running.url}/v1/moderations", json=body, headers=headers).is_success
        suggested = {"comment": {"text": CANARY}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}}}
        url = f"{running.url}/v1alpha1/comments:suggestscore"
        assert httpx.post(url, params={"key": running.key}, json=suggested).is_success
        slow = repr(client.slowlog_get(1_000)).encode()
        client.config_set("slowlog-log-slower-than", 10_000)
    assert b"gatepost" in slow.lower() or b"gp:" in slow
    files = [file.read_bytes() for file in running.redis.folder.rglob("*") if file.is_file()]
    assert any(b"gp:{dir}:feedback" in content for content in files)
    for content in (slow, *files):
        assert CANARY.encode() not in content
        assert running.key.encode() not in content


def test_without_a_worker_it_is_a_503_within_seconds(running: Works) -> None:
    assert running.worker.stop() == 0
    answer = running.analyze("Nobody has asked about this yet.")
    assert answer.status_code == 503
    assert answer.json()["error"]["status"] == "UNAVAILABLE"
    running.worker.start()
