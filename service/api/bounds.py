"""What the API's description says of values: the bounds that are checked after the framework, which it cannot see."""

from typing import Any

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

from service.api.signed import TOKEN_CHARACTERS
from service.domain.appealing import APPEAL_POINTS
from service.domain.batches import MOST_TOGETHER
from service.domain.blocking import NOTE_POINTS as BLOCK_NOTE_POINTS
from service.domain.claiming import MOST_CLAIMED
from service.domain.express import MOST_TEXTS
from service.domain.policy_schema import BOUNDS
from service.domain.rehearsal import MOST_DAYS
from service.domain.reporting import REPORT_POINTS
from service.domain.rule_check import HOSTS, TERM_POINTS, TERMS
from service.domain.rule_settings import Rules
from service.domain.signals import TRAP_POINTS
from service.domain.standing import CLOSE_DAYS, NOTICE_POINTS, SECTION_POINTS, SLOW_SECONDS
from service.domain.submission import BODY_POINTS, EMAIL_POINTS, NAME_POINTS, THREAD_BYTES, TITLE_POINTS, URL_POINTS
from service.workflow.score import LEAST_SECONDS, MOST_SECONDS

DECISIONS = 100
REASON_POINTS = 500
NOTE_POINTS = 2_000
COUNTED_THREADS = 100
_LINE = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]*$"
_SITE = {"pattern": "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"}
_THREAD = {"minLength": 1, "maxLength": THREAD_BYTES, "pattern": _LINE}
_ID = {"pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"}
_URL = {"maxLength": URL_POINTS, "pattern": "^https?://[^\\u0000-\\u0020\\u007f-\\u009f\\u2028\\u2029\\ufffe\\uffff]+$"}
_PROBABILITY = {"exclusiveMinimum": 0, "maximum": 1}
_RATE = {"minimum": 1, "maximum": 100_000}
_TERMS = {"maxItems": TERMS, "items": {"type": "string", "minLength": 1, "maxLength": TERM_POINTS}}
_HOSTS = {"maxItems": HOSTS, "items": {"type": "string", "minLength": 3}}
_LETTERS = {"minimum": 1, "maximum": BODY_POINTS}

# Structs that are read to the letter: what they do not name is refused. The settings of every rule are such.
_FIELDS: dict[str, dict[str, dict[str, Any]]] = {
    **{type(getattr(Rules(), rule)).__name__: {} for rule in Rules.__struct_fields__},
    "Rules": {},
    **BOUNDS,
    "SubmitComment": {
        "thread": _THREAD,
        "body": {"minLength": 1, "maxLength": BODY_POINTS},
        "url": _URL,
        "title": {"maxLength": TITLE_POINTS, "pattern": _LINE},
        "parent_id": _ID,
    },
    "SubmitAuthor": {
        "name": {"minLength": 1, "maxLength": NAME_POINTS, "pattern": _LINE},
        "email": {"maxLength": EMAIL_POINTS, "pattern": r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$"},
        "website": _URL,
        "device": {"pattern": "^[A-Za-z0-9_-]{22,128}$"},
        "jwt": {"maxLength": TOKEN_CHARACTERS},
    },
    "EditComment": {"body": {"minLength": 1, "maxLength": BODY_POINTS}},
    "PatchThread": {
        "title": {"maxLength": TITLE_POINTS, "pattern": _LINE},
        "url": _URL,
        "slow_seconds": {"minimum": 0, "maximum": SLOW_SECONDS},
        "close_after_days": {"minimum": 0, "maximum": CLOSE_DAYS},
        "notice": {"maxLength": NOTICE_POINTS, "pattern": _LINE},
        "section": {"maxLength": SECTION_POINTS, "pattern": _LINE},
    },
    "DecisionRequests": {"decisions": {"minItems": 1, "maxItems": DECISIONS}},
    # Each decision is answered on its own, whatever it says: only its form is insisted on.
    "DecisionRequest": {},
    "ScoreTexts": {
        "texts": {"minItems": 1, "maxItems": MOST_TEXTS},
        "site": _SITE,
        "deadline_ms": {"minimum": round(LEAST_SECONDS * 1000), "maximum": round(MOST_SECONDS * 1000)},
    },
    "SendReport": {
        "text": {"maxLength": REPORT_POINTS},
        "device": {"pattern": "^[A-Za-z0-9_-]{22,128}$"},
        "jwt": {"maxLength": TOKEN_CHARACTERS},
    },
    "SendAppeal": {"text": {"minLength": 1, "maxLength": APPEAL_POINTS}},
    "DismissReports": {"site": _SITE, "id": _ID},
    "ClaimRequest": {
        "site": _SITE,
        "ids": {"minItems": 1, "maxItems": MOST_CLAIMED},
        "next": {"minimum": 1, "maximum": MOST_CLAIMED},
    },
    "ClaimFilters": {"min_score": {"minimum": 0, "maximum": 1}},
    "HeldClaims": {"site": _SITE, "claims": {"minItems": 1, "maxItems": MOST_CLAIMED}},
    "HeldClaim": {},
    "Skip": {"site": _SITE, "id": _ID},
    # As with decisions, each of the items is answered on its own.
    "BulkRequest": {
        "site": _SITE,
        "items": {"minItems": 1, "maxItems": MOST_TOGETHER},
        "reason": {"maxLength": REASON_POINTS, "pattern": _LINE},
    },
    "BulkItem": {},
    "UndoRequest": {"site": _SITE},
    "NoteRequest": {"site": _SITE, "id": _ID, "text": {"minLength": 1, "maxLength": NOTE_POINTS}},
    "EscalationRequest": {"site": _SITE, "id": _ID, "note": {"maxLength": NOTE_POINTS}},
    "SignIn": {},
    # Of an author it is a hash, of an address the address or its hash: which it is stands in another field.
    "PlaceBlock": {"note": {"maxLength": BLOCK_NOTE_POINTS, "pattern": _LINE}, "comment": _ID},
    "FormSignals": {"trap": {"maxLength": TRAP_POINTS}},
    "RollBack": {"to": {"minimum": 1}},
    "Rehearse": {"days": {"minimum": 1, "maximum": MOST_DAYS}},
    "AuditJudgement": {"site": _SITE, "id": _ID},
}
_PARAMETERS: dict[str, dict[str, Any]] = {
    "site": _SITE,
    "comment_id": _ID,
    "thread": _THREAD,
    "id": _ID,
    "cursor": {"pattern": "^[A-Za-z0-9_-]+$"},
    "min_score": {"minimum": 0, "maximum": 1},
    "max_score": {"minimum": 0, "maximum": 1},
    "Idempotency-Key": {"pattern": r"^[\u0021-\u007e]{16,128}$"},
    "If-Match": {"pattern": '^(W/)?"[0-9]{1,15}"$'},
}


class BoundedJson(JsonRenderPlugin):
    """The description as JSON, with the bounds put in."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Render the description."""
        put_in(openapi_schema)
        return super().render(request, openapi_schema)


def put_in(description: dict[str, Any]) -> None:
    """Put the bounds into a description; doing it again changes nothing."""
    for name, fields in _FIELDS.items():
        schema = description["components"]["schemas"][name]
        schema["additionalProperties"] = False
        for field, bounds in fields.items():
            _bind(schema["properties"][field], bounds)
    for path in description["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters") or ():
                schema = parameter["schema"] = _said(parameter["schema"])
                bounds = _PARAMETERS.get(parameter["name"], {})
                if schema.get("type") == "array":
                    schema |= {"minItems": 1, "maxItems": COUNTED_THREADS}
                    schema = schema["items"]
                _bind(schema, bounds)


def _said(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave out null: a parameter that is not sent is not there, and what is sent is text."""
    alternatives = [one for one in schema.get("oneOf", ()) if one.get("type") != "null"]
    if len(alternatives) == 1:
        return {**{name: value for name, value in schema.items() if name != "oneOf"}, **alternatives[0]}
    if isinstance(schema.get("type"), list):
        return {**schema, "type": "string", "enum": [value for value in schema["enum"] if value is not None]}
    return schema


def _bind(schema: dict[str, Any], bounds: dict[str, Any]) -> None:
    """Bind a schema, or the one of its alternatives that is not null."""
    alternatives = schema.get("oneOf", [schema])
    for alternative in alternatives:
        if alternative.get("type") != "null":
            alternative.update(bounds)
