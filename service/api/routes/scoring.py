"""Scores without storing: for the site's key."""

from typing import Any

from litestar import Request, Response, post
from litestar.params import RequestBody
from msgspec import UNSET, Struct, UnsetType

from service.api import access, described
from service.api.provided import GivenHouse
from service.api.replies import json_reply
from service.api.strictly import insist
from service.domain.errors import Forbidden
from service.domain.express import Answer, Spans, Told
from service.workflow.score import SECONDS, score_texts

# Of all texts together; the server itself takes no more than 1 MiB.
BODY_BYTES = 1_000_000


class ScoreTexts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Texts to score; `labels` names those wanted, `spans` asks for words, `site` says for which site it is."""

    texts: list[str]
    labels: list[str] | None = None
    spans: bool = False
    site: str | None = None
    deadline_ms: int | None = None


class ScoredBy(Struct, frozen=True, kw_only=True):
    """The classifier that gave the scores."""

    name: str
    version: str
    hash: str


class ScoredText(Struct, frozen=True, kw_only=True):
    """One text's probabilities by label; with `error` the classifier failed on this text, and there are none."""

    scores: dict[str, float] | None
    classifier: ScoredBy | None
    spans: Spans | UnsetType = UNSET
    error: str | UnsetType = UNSET


class ScoredTexts(Struct, frozen=True, kw_only=True):
    """One result a text, in their order; `languages` are those that the classifier was evaluated on."""

    results: list[ScoredText]
    languages: list[str]


@post(
    "/v1/score",
    summary="Score texts without storing them",
    tags=["scoring"],
    status_code=200,
    security=[{"siteKey": []}],
    request_max_body_size=BODY_BYTES,
    responses=described.answers(
        200,
        ScoredTexts,
        "The scores.",
        "malformed-request",
        "invalid-request",
        "invalid-field",
        "body-too-large",
        "no-worker",
        "scoring-late",
        "storage-unavailable",
        *described.BY_TOKEN,
    ),
)
async def score(data: RequestBody[ScoreTexts], request: Request[Any, Any, Any], house: GivenHouse) -> Response[bytes]:
    """Have a worker score up to 64 texts, 1 MB together, past the queue; nothing of them is stored or logged."""
    asking = await access.principal(house, request, "site")
    if data.site is not None and not asking.may(data.site):
        message = "This token does not reach that site."
        raise Forbidden(message)
    await insist(request, ScoreTexts)
    seconds = SECONDS if data.deadline_ms is None else data.deadline_ms / 1000
    answer = await score_texts(house, data.texts, labels=data.labels, spans=data.spans, seconds=seconds)
    return json_reply(_shown(answer, spans=data.spans))


def _shown(answer: Answer, *, spans: bool) -> ScoredTexts:
    return ScoredTexts(results=[_result(told, spans=spans) for told in answer.texts], languages=list(answer.languages))


def _result(told: Told, *, spans: bool) -> ScoredText:
    if told.scores is None:
        return ScoredText(scores=None, classifier=None, error="classifier-failed")
    by = ScoredBy(name=told.scores.classifier, version=told.scores.version, hash=told.scores.hash)
    return ScoredText(scores=told.scores.labels, classifier=by, spans=told.spans if spans else UNSET)
