"""Google's Perspective API: `comments:analyze`, `comments:suggestscore` and the document that describes them."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from service.api.compat import discovery, google_errors
from service.api.compat.attributes import NAME, label_of, value_of
from service.api.compat.call import Call, Handler, NoSuchPath, Reply
from service.api.compat.google_errors import AnalyzerError, NoKey, invalid
from service.api.compat.html_text import Stripped, strip
from service.api.compat.perspective_wire import (
    AnalyzeRequest,
    Parameters,
    Suggested,
    check_context,
    languages_of,
    read_analyze,
    read_suggest,
    text_of,
)
from service.domain.foreign import ScoreMap
from service.domain.passages import Units
from service.language import tell
from service.workflow.analyze import Analysis, analyse
from service.workflow.feedback import suggest
from service.workflow.house import House
from service.workflow.keys import Admitted, admit, spend

DISCOVERY = ("/$discovery/rest", "/discovery/v1/apis/commentanalyzer/v1alpha1/rest")
_ENGLISH = "en"
# More than there ever were; each has a span for every sentence.
_MOST_ATTRIBUTES = 100
_SCORE_TYPES = (None, "PROBABILITY", "SCORE_TYPE_UNSPECIFIED")


class Perspective:
    """The surface as the door sees it."""

    def __init__(self) -> None:
        """Name the paths."""
        self.routes: Mapping[str, tuple[str, Handler]] = MappingProxyType(
            {
                "/v1alpha1/comments:analyze": ("POST", analyze),
                "/v1alpha1/comments:suggestscore": ("POST", suggest_score),
                **dict.fromkeys(DISCOVERY, ("GET", describe)),
            }
        )

    def owns(self, path: str) -> bool:
        """Tell whether a path is Google's."""
        return path.startswith(("/v1alpha1/", "/$discovery/", "/discovery/v1/apis/")) or path == "/v1alpha1"

    def refuse(self, error: Exception) -> Reply:
        """Tell an error as Google does."""
        return google_errors.refuse(error)


async def describe(call: Call) -> Reply:
    """Give the discovery document, from which Google's own clients are made; it needs no key."""
    if call.query.get("version", ["v1alpha1"])[-1] != "v1alpha1":
        raise NoSuchPath
    return Reply(200, discovery.document(call.settings.public_url))


async def analyze(call: Call) -> Reply:
    """Score one comment; nothing of it is stored, whatever `doNotStore` says."""
    admitted = await _admit(call)
    asked = read_analyze(call.body)
    text = text_of(asked.comment)
    attributes = _attributes(asked)
    check_context(asked.context)
    stripped = strip(text) if asked.comment is not None and asked.comment.type == "HTML" else None
    if stripped is not None and not stripped.text.strip():
        raise AnalyzerError("COMMENT_EMPTY", "Comment must be non-empty.")
    read = text if stripped is None else stripped.text
    (analysis,) = await analyse(call.house, [read], by_sentence=bool(asked.span_annotations))
    covered = frozenset(analysis.languages)
    assumed = await _assumed(call.house, admitted, covered)
    named = languages_of(asked.languages)
    detected = tell(read, covered, assumed)
    if detected is None and not named:
        raise AnalyzerError("LANGUAGE_DETECTION_FAILED", "Unable to detect language")
    languages = named or [detected or "und"]
    score_map = admitted.settings.map
    fits = score_map is not None and score_map.hash == analysis.scores.hash
    told = _Told(text, stripped, analysis, score_map if fits else None)
    answer: dict[str, Any] = {"languages": languages, "detectedLanguages": [detected or "und"]}
    if all(_primary(language) in covered for language in languages):
        scores = told.attributes(attributes, drop=bool(asked.drop_unsupported_attributes))
        if scores:
            answer["attributeScores"] = scores
    elif not asked.drop_unsupported_attributes:
        name = next(iter(attributes))
        listed = ", ".join(languages)
        raise AnalyzerError(
            "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
            f"Attribute {name} does not support request languages: {listed[:200]}",
            languageNotSupportedByAttributeError={"detectedLanguages": [detected or "und"], "attribute": name},
        )
    if asked.client_token is not None:
        answer["clientToken"] = asked.client_token
    # A map that was fitted for another classifier's scores would make nonsense of these.
    headers = {} if score_map is None else {"x-gatepost-map": score_map.name if fits else "none"}
    return Reply(200, answer, headers)


async def suggest_score(call: Call) -> Reply:
    """Keep what a human says of a comment: a record of numbers beside a keyed hash of the text."""
    admitted = await _admit(call)
    asked = read_suggest(call.body)
    text = text_of(asked.comment)
    check_context(asked.context)
    suggested = _suggested(asked.attribute_scores)
    named = languages_of(asked.languages)
    detected = tell(text, frozenset({_ENGLISH}), _ENGLISH)
    await suggest(call.house, admitted.key, text, suggested, reference=asked.client_token or "")
    answer: dict[str, Any] = {"detectedLanguages": [detected or "und"]}
    if named:
        answer["requestedLanguages"] = named
    if asked.client_token is not None:
        answer["clientToken"] = asked.client_token
    return Reply(200, answer)


async def _admit(call: Call) -> Admitted:
    bearer = call.headers.get("authorization", "")
    given = (
        call.query.get("key", [""])[-1],
        call.headers.get("x-goog-api-key", ""),
        bearer[7:] if bearer[:7].lower() == "bearer " else "",
    )
    key = next((one.strip() for one in given if one.strip()), "")
    if not key:
        if not call.body.strip():
            # Some clients try an address by sending nothing at all, and look for a detail in the answer.
            text_of(None)
        raise NoKey
    admitted = await admit(call.house, key, "perspective")
    await spend(call.house, admitted)
    return admitted


def _attributes(asked: AnalyzeRequest) -> dict[str, Parameters]:
    """List the attributes that may be answered; raises AnalyzerError for the others, unless they may be dropped."""
    if not asked.requested_attributes:
        raise AnalyzerError("NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes")
    if len(asked.requested_attributes) > _MOST_ATTRIBUTES:
        message = "Too many requested_attributes"
        raise invalid(message)
    found = {}
    for name, given in asked.requested_attributes.items():
        parameters = given or Parameters()
        if label_of(name) is None:
            if not asked.drop_unsupported_attributes:
                raise _unknown(name)
            continue
        if parameters.score_type not in _SCORE_TYPES:
            kind = parameters.score_type[:64] if parameters.score_type else ""
            message = f"Requested score type {kind} is not supported by attribute {name}"
            raise invalid(message)
        threshold = parameters.score_threshold
        if threshold is not None and not math.isfinite(threshold):
            message = f"Invalid score threshold of attribute {name}"
            raise invalid(message)
        found[name] = parameters
    return found


def _unknown(name: str) -> AnalyzerError:
    # A name is repeated only where it looks like one.
    return invalid(f"Unknown requested attribute: {name if NAME.fullmatch(name) else '?'}")


async def _assumed(house: House, admitted: Admitted, covered: frozenset[str]) -> str:
    """Name the language of a text that is too short to tell: the first that its site's readers write."""
    site = await house.directory.site(admitted.key.sites[0]) if admitted.key.sites else None
    spoken = (*(site.languages if site is not None else ()), _ENGLISH, *sorted(covered))
    return next((language for language in spoken if language in covered), _ENGLISH)


def _primary(language: str) -> str:
    """Reduce a BCP 47 tag to its language: `en-US` is `en`."""
    return language.strip().replace("_", "-").partition("-")[0].lower()


def _suggested(scores: Mapping[str, Suggested | None] | None) -> dict[str, float]:
    if len(scores or {}) > _MOST_ATTRIBUTES:
        message = "Too many attribute_scores"
        raise invalid(message)
    found = {}
    for name, score in (scores or {}).items():
        if not NAME.fullmatch(name):
            raise _unknown(name)
        value = _suggested_value(score or Suggested())
        if not 0 <= value <= 1:
            message = f"Invalid score value of attribute {name}: it is not in [0, 1]"
            raise invalid(message)
        found[name] = value
    if not found:
        message = "Missing attribute_scores"
        raise invalid(message)
    return found


def _suggested_value(score: Suggested) -> float:
    """Read the summary, or the highest of the spans where there is none; what is left out is 0."""
    if score.summary_score is None and score.span_scores:
        spans = [span.get("score") for span in score.span_scores]
        values = [one.get("value", 0.0) for one in spans if isinstance(one, dict)]
        return max((float(value) for value in values if isinstance(value, int | float)), default=0.0)
    return (score.summary_score.value if score.summary_score is not None else None) or 0.0


class _Told:
    """An analysis in Google's form: attributes for labels, UTF-16 units for code points."""

    def __init__(self, text: str, stripped: Stripped | None, analysis: Analysis, score_map: ScoreMap | None) -> None:
        self._analysis = analysis
        self._map = score_map
        units = Units(text)
        self._whole = (0, units.at(len(text)))
        self._spans = []
        for part in analysis.parts:
            start, end = (part.start, part.end) if stripped is None else stripped.original(part.start, part.end)
            self._spans.append((units.at(start), units.at(end), part.labels))

    def attributes(self, asked: Mapping[str, Parameters], *, drop: bool) -> dict[str, Any]:
        """Tell the attributes, but for those below their thresholds; raises AnalyzerError for one without a score."""
        told = {}
        for name, parameters in asked.items():
            value = value_of(name, self._analysis.scores.labels, self._map)
            if value is None:
                if not drop:
                    raise _unknown(name)
                continue
            if parameters.score_threshold is not None and value < parameters.score_threshold:
                continue
            spans = [_span(*self._whole, value)]
            for begin, end, labels in self._spans:
                spans.append(_span(begin, end, value_of(name, labels, self._map) or 0.0))
            told[name] = {"summaryScore": {"value": value, "type": "PROBABILITY"}, "spanScores": spans}
        return told


def _span(begin: int, end: int, value: float) -> dict[str, Any]:
    return {"begin": begin, "end": end, "score": {"value": value, "type": "PROBABILITY"}}
