"""The discovery document of the Perspective API, from which Google's own clients are made; its address is ours."""

from typing import Any

_TEXT = {"type": "string"}
_TRUTH = {"type": "boolean"}
_TEXTS = {"type": "array", "items": _TEXT}
_NUMBER = {"type": "number", "format": "float"}
_PLACE = {"type": "integer", "format": "int32"}
_SCORE_TYPES = ["SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW"]


def document(public_url: str) -> dict[str, Any]:
    """Write the document for an address without a slash at its end."""
    root = f"{public_url}/"
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "version": "v1alpha1",
        "version_module": True,
        "revision": "20260101",
        "title": "Perspective Comment Analyzer API",
        "description": "Gatepost, in the form of the Perspective Comment Analyzer API.",
        "ownerDomain": "google.com",
        "ownerName": "Google",
        "canonicalName": "Comment Analyzer",
        "protocol": "rest",
        "rootUrl": root,
        "servicePath": "",
        "baseUrl": root,
        "basePath": "",
        "batchPath": "batch",
        "fullyEncodeReservedExpansion": True,
        "icons": {"x16": f"{root}favicon.ico", "x32": f"{root}favicon.ico"},
        "documentationLink": f"{root}docs",
        "parameters": _PARAMETERS,
        "schemas": _SCHEMAS,
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", "AnalyzeComment", "Analyzes the provided text."),
                    "suggestscore": _method(
                        "suggestscore", "SuggestCommentScore", "Suggests scores of a comment, as a human sees it."
                    ),
                }
            }
        },
    }


def _method(name: str, form: str, description: str) -> dict[str, Any]:
    path = f"v1alpha1/comments:{name}"
    return {
        "id": f"commentanalyzer.comments.{name}",
        "path": path,
        "flatPath": path,
        "httpMethod": "POST",
        "description": description,
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": f"{form}Request"},
        "response": {"$ref": f"{form}Response"},
    }


def _object(name: str, **properties: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "type": "object", "properties": properties}


def _many(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": name}}


def _map_of(name: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": {"$ref": name}}


def _parameter(description: str, *choices: str, default: str | None = None, kind: str = "string") -> dict[str, Any]:
    parameter: dict[str, Any] = {"description": description, "location": "query", "type": kind}
    if choices:
        parameter["enum"] = list(choices)
        parameter["enumDescriptions"] = [""] * len(choices)
    if default is not None:
        parameter["default"] = default
    return parameter


_PARAMETERS = {
    "$.xgafv": _parameter("Ignored.", "1", "2"),
    "access_token": _parameter("Ignored."),
    "alt": _parameter("Ignored: answers are JSON.", "json", "media", "proto", default="json"),
    "callback": _parameter("Ignored."),
    "fields": _parameter("Ignored: answers are whole."),
    "key": _parameter("A key of Gatepost's, `gpc_…`."),
    "oauth_token": _parameter("Ignored."),
    "prettyPrint": _parameter("Ignored.", default="true", kind="boolean"),
    "quotaUser": _parameter("Ignored."),
    "uploadType": _parameter("Ignored."),
    "upload_protocol": _parameter("Ignored."),
}
_SHARED: dict[str, dict[str, Any]] = {
    "comment": {"$ref": "TextEntry"},
    "context": {"$ref": "Context"},
    "languages": _TEXTS,
    "clientToken": _TEXT,
    "communityId": _TEXT,
    "sessionId": _TEXT,
}
_FORMS = (
    _object(
        "AnalyzeCommentRequest",
        **_SHARED,
        requestedAttributes=_map_of("AttributeParameters"),
        doNotStore=_TRUTH,
        spanAnnotations=_TRUTH,
        dropUnsupportedAttributes=_TRUTH,
    ),
    _object(
        "AnalyzeCommentResponse",
        attributeScores=_map_of("AttributeScores"),
        languages=_TEXTS,
        detectedLanguages=_TEXTS,
        clientToken=_TEXT,
    ),
    _object("SuggestCommentScoreRequest", **_SHARED, attributeScores=_map_of("AttributeScores")),
    _object("SuggestCommentScoreResponse", clientToken=_TEXT, requestedLanguages=_TEXTS, detectedLanguages=_TEXTS),
    _object(
        "AttributeParameters",
        scoreType={**_TEXT, "enum": _SCORE_TYPES, "enumDescriptions": [""] * len(_SCORE_TYPES)},
        scoreThreshold=_NUMBER,
    ),
    _object("AttributeScores", summaryScore={"$ref": "Score"}, spanScores=_many("SpanScore")),
    _object("SpanScore", begin=_PLACE, end=_PLACE, score={"$ref": "Score"}),
    _object(
        "Score",
        value=_NUMBER,
        type={**_TEXT, "enum": _SCORE_TYPES, "enumDescriptions": [""] * len(_SCORE_TYPES)},
    ),
    _object("Context", entries=_many("TextEntry"), articleAndParentComment={"$ref": "ArticleAndParentComment"}),
    _object("ArticleAndParentComment", article={"$ref": "TextEntry"}, parentComment={"$ref": "TextEntry"}),
    _object(
        "TextEntry",
        text=_TEXT,
        type={
            **_TEXT,
            "enum": ["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"],
            "enumDescriptions": ["", "", ""],
        },
    ),
)
_SCHEMAS = {form["id"]: form for form in _FORMS}
