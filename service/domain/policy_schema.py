"""The published JSON Schema of a policy: its form, and every bound of `policy_check` that a schema can say.

What it cannot say: that `reject` is not below `hold`; that a rejection is kept as long as it may be appealed; that a
reserved name leaves something to compare; that house rules have unique ids and the languages of the site; and that a
site's languages are covered by the classifier.
"""

import inspect
from functools import lru_cache
from typing import Any

import msgspec

from service.domain.catalogue import CLASSIFIERS
from service.domain.clearing import LONGEST_WAIT, SLOW
from service.domain.house_rules import LANGUAGE, MOST_RULES, RULE_ID, TEXT_POINTS, TITLE_POINTS
from service.domain.policy import Policy
from service.domain.policy_check import (
    APPEAL_DAYS,
    APPEAL_DAYS_MOST,
    APPEALS_A_DAY,
    AUDIT_LEAST,
    LEAST_THREAT,
    LEAST_WEIGHT,
    PHRASE_POINTS,
    PHRASES,
    RATE_LIMIT,
    RETENTION_LIMIT,
    UNDO_SECONDS,
)
from service.domain.policy_check_context import COUNTS, HOURS, LATE_SECONDS, LETTERS, MINUTES, NAMES, RECORD, SECONDS
from service.domain.rule_check import HOSTS, MOST_LINKS, TERM_POINTS, TERMS
from service.domain.rules.thresholds import NEVER_REJECTS
from service.domain.scores import LABELS
from service.domain.standing import CLOSE_DAYS, SLOW_SECONDS
from service.domain.submission import BODY_POINTS

SCHEMA_PATH = "/v1/policy-schema.json"
_PROBABILITY = {"exclusiveMinimum": 0, "maximum": 1}
_RATE = {"minimum": 1, "maximum": RATE_LIMIT}
_DAYS = {"minimum": 1, "maximum": RETENTION_LIMIT}
_LETTERS = {"minimum": 1, "maximum": BODY_POINTS}
_TERMS = {"maxItems": TERMS, "items": {"type": "string", "minLength": 1, "maxLength": TERM_POINTS}}
_HOSTS = {"maxItems": HOSTS, "items": {"type": "string", "minLength": 3}}


def _words(most: int) -> dict[str, Any]:
    said = {"type": "string", "minLength": 1, "maxLength": most, "pattern": r"\S"}
    return {"propertyNames": {"pattern": f"^{LANGUAGE}$"}, "minProperties": 1, "additionalProperties": said}


# By struct and field; where a field may be null the bounds are those of the other alternative.
BOUNDS: dict[str, dict[str, dict[str, Any]]] = {
    "Policy": {
        "version": {"minimum": 1},
        "undo_seconds": {"minimum": 0, "maximum": UNDO_SECONDS},
        "house_rules": {"maxItems": MOST_RULES},
    },
    "Threshold": {"hold": _PROBABILITY, "reject": _PROBABILITY},
    "FastClear": {"after_seconds": {"minimum": 1, "maximum": LONGEST_WAIT}},
    "RateRule": dict.fromkeys(("address_per_minute", "address_burst", "author_per_minute", "threads_per_hour"), _RATE),
    "RetentionRule": {
        "rejected_days": {"minimum": APPEAL_DAYS, "maximum": RETENTION_LIMIT},
        **dict.fromkeys(("held_days", "approved_days", "deleted_days"), _DAYS),
    },
    "ThreadsRule": {
        "slow_seconds": {"minimum": 0, "maximum": SLOW_SECONDS},
        "close_after_days": {"minimum": 1, "maximum": CLOSE_DAYS},
    },
    "SizeRule": {"most": _LETTERS},
    "WordsRule": {"banned": _TERMS, "suspect": _TERMS},
    "LinksRule": {"most": {"minimum": 0, "maximum": MOST_LINKS}, "allowed": _HOSTS, "banned": _HOSTS},
    "ShoutingRule": {"least": _LETTERS, "share": _PROBABILITY},
    "PersonalDataRule": {"kinds": {"uniqueItems": True}},
    "RepeatsRule": {
        "by_author": {"minimum": 1, "maximum": COUNTS},
        "by_anyone": {"minimum": 1, "maximum": COUNTS},
        "hours": {"minimum": 1, "maximum": HOURS},
        "least": {"minimum": 1, "maximum": LETTERS},
    },
    "DuplicateRule": {"minutes": {"minimum": 1, "maximum": MINUTES}},
    "FirstCommentRule": {"approved": {"minimum": 1, "maximum": RECORD}},
    "RecordRule": {"of": {"minimum": 1, "maximum": RECORD}, "rejected_share": _PROBABILITY},
    "AutomatedRule": {"least_seconds": {"minimum": 0, "maximum": SECONDS}},
    "NamesRule": {"reserved": {"maxItems": NAMES}},
    "LateRule": {"after_seconds": {"minimum": LATE_SECONDS[0], "maximum": LATE_SECONDS[1]}},
    "UrgentRule": {
        "threat": {"minimum": LEAST_THREAT, "maximum": 1},
        "self_harm": {
            "maxItems": PHRASES,
            "items": {"type": "string", "minLength": 1, "maxLength": PHRASE_POINTS, "pattern": r"\S"},
        },
    },
    "ReportsRule": {"hold_at": {"minimum": LEAST_WEIGHT, "maximum": RATE_LIMIT}},
    "AppealsRule": {
        "days": {"minimum": 1, "maximum": APPEAL_DAYS_MOST},
        "a_day": {"minimum": 1, "maximum": APPEALS_A_DAY},
    },
    "AuditRule": {"share": {"minimum": 0, "maximum": 1}, "least": {"minimum": 0, "maximum": AUDIT_LEAST}},
    "HouseRule": {"id": {"pattern": f"^{RULE_ID}$"}, "title": _words(TITLE_POINTS), "text": _words(TEXT_POINTS)},
}


@lru_cache(maxsize=1)
def policy_schema() -> dict[str, Any]:
    """Give the schema (draft 2020-12)."""
    (_,), definitions = msgspec.json.schema_components([Policy], ref_template="#/$defs/{name}")
    for name, fields in BOUNDS.items():
        for field, bounds in fields.items():
            _bind(definitions[name]["properties"][field], bounds)
    for definition in definitions.values():
        definition["description"] = inspect.cleandoc(definition["description"])
        for field, schema in definition["properties"].items():
            schema.setdefault("title", field.replace("_", " "))
    policy = definitions.pop("Policy")
    policy["properties"]["classifier"]["pattern"] = _classifiers()
    policy["properties"]["thresholds"] = {
        **policy["properties"]["thresholds"],
        "propertyNames": {"enum": list(LABELS)},
        "properties": {
            label: {"$ref": "#/$defs/Threshold", "properties": {"reject": {"const": None}}}
            for label in sorted(NEVER_REJECTS)
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **policy,
        "title": "Policy",
        "allOf": [_holds_something(), _fast_clear_is_measured()],
        "$defs": definitions,
    }


def _classifiers() -> str:
    """Match the names that `classifier_kind` knows: themselves, and with anything behind a colon."""
    known = "|".join(name.replace(".", r"\.") for name in sorted(CLASSIFIERS))
    return f"^({known})(:.*)?$"


def _holds_something() -> dict[str, Any]:
    """Say that without mode `pre` some label has a threshold."""
    some = [{"properties": {name: {"type": "number"}}, "required": [name]} for name in ("hold", "reject")]
    any_label = [{"properties": {label: {"anyOf": some}}, "required": [label]} for label in LABELS]
    return {
        "if": {"properties": {"mode": {"const": "pre"}}},
        "then": True,
        "else": {"properties": {"thresholds": {"anyOf": any_label}}},
    }


def _fast_clear_is_measured() -> dict[str, Any]:
    """Say for which classifier and from which thresholds the losses of the fast one were measured."""
    floors = {label: {"minimum": hold} for label, (hold, _) in CLASSIFIERS[SLOW].thresholds.items()}
    limits = {label: {"properties": dict.fromkeys(("hold", "reject"), floor)} for label, floor in floors.items()}
    return {
        "if": {"properties": {"fast_clear": {"type": "object"}}, "required": ["fast_clear"]},
        "then": {"properties": {"classifier": {"const": SLOW}, "thresholds": {"properties": limits}}},
    }


def _bind(schema: dict[str, Any], bounds: dict[str, Any]) -> None:
    for alternative in schema.get("anyOf", [schema]):
        if alternative.get("type") != "null":
            alternative.update(bounds)
