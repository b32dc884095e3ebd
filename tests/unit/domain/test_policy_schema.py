"""The published schema and `policy_check` say the same of every fault that a schema can say."""

import json
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from service.domain.catalogue import CLASSIFIERS
from service.domain.errors import Conflict, Invalid
from service.domain.policy import FastClear, Policy
from service.domain.policy_check import check_policy
from service.domain.policy_schema import BOUNDS, policy_schema
from service.domain.rule_settings import HouseRule, Rules
from service.up.demo import demo_policy
from service.workflow.sites import default_policy

SCHEMA = jsonschema_rs.validator_for(policy_schema())
RULE = {"id": "civil", "title": {"en": "Be civil"}, "text": {"en": "No insults."}}


def base(**changes: Any) -> dict[str, Any]:
    policy: dict[str, Any] = msgspec.to_builtins(default_policy("embedded"))
    return {**policy, **changes}


def checked(policy: dict[str, Any]) -> bool:
    try:
        check_policy(msgspec.convert(policy, Policy), ("en",))
    except (Invalid, Conflict, msgspec.ValidationError):
        return False
    return True


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_every_default_policy_and_the_demo_s_are_of_the_schema(classifier: str) -> None:
    for policy in (default_policy(classifier), demo_policy(classifier)):
        assert SCHEMA.is_valid(json.loads(msgspec.json.encode(policy)))


def test_a_policy_with_everything_is_of_the_schema() -> None:
    policy = msgspec.structs.replace(
        default_policy("embedded"),
        fast_clear=FastClear(after_seconds=5),
        house_rules=(msgspec.convert(RULE, HouseRule),),
    )
    found = msgspec.to_builtins(policy)
    assert SCHEMA.is_valid(found)
    assert checked(found)


WRONG: list[dict[str, Any]] = [
    {"thresholds": {}},
    {"thresholds": {"toxicity": {"hold": None, "reject": None}}},
    {"thresholds": {"toxicity": {}}},
    {"thresholds": {"rudeness": {"hold": 0.5}}},
    {"thresholds": {"identity_attack": {"hold": 0.5, "reject": 0.9}}},
    {"thresholds": {"identity_attack": {"hold": 2.0}}},
    {"classifier": "nobody"},
    {"classifier": "nobody:embedded"},
    {"mode": "lenient"},
    {"extra": 1},
    {"fast_clear": {"after_seconds": 5}, "classifier": "embedded-fast"},
    {"fast_clear": {"after_seconds": 5}, "thresholds": {"toxicity": {"hold": 0.1}}},
    {"rules": {"words": {"banned": [""]}}},
    {"rules": {"words": {"banned": ["x" * 101]}}},
    {"rules": {"links": {"banned": ["x"]}}},
    {"rules": {"urgent": {"self_harm": [" "]}}},
    {"rules": {"urgent": {"self_harm": ["x" * 101]}}},
    {"rules": {"names": {"reserved": ["x"] * 201}}},
    {"rules": {"personal_data": {"kinds": ["phone", "phone"]}}},
    {"house_rules": [{**RULE, "id": "Be civil"}]},
    {"house_rules": [{**RULE, "id": ""}]},
    {"house_rules": [{**RULE, "title": {}}]},
    {"house_rules": [{**RULE, "title": {"en": ""}}]},
    {"house_rules": [{**RULE, "title": {"en": "x" * 121}}]},
    {"house_rules": [{**RULE, "text": {"en": "x" * 1_001}}]},
    {"house_rules": [{**RULE, "text": {"en": "No.", "English": "No."}}]},
    {"house_rules": [{**RULE, "id": f"rule-{n}"} for n in range(51)]},
]


@pytest.mark.parametrize("changes", WRONG, ids=lambda changes: json.dumps(changes)[:50])
def test_the_schema_refuses_what_the_check_refuses(changes: dict[str, Any]) -> None:
    assert not checked(base(**changes))
    assert not SCHEMA.is_valid(base(**changes))


SETTINGS = [(n, f) for n, fields in BOUNDS.items() for f, b in fields.items() if "maximum" in b and n != "Policy"]
NAMES = {
    "ThreadsRule": "threads",
    "SizeRule": "size",
    "LinksRule": "links",
    "ShoutingRule": "shouting",
    "RateRule": "rate",
    "RetentionRule": "retention",
    "AuditRule": "audit",
    "RepeatsRule": "repeats",
    "DuplicateRule": "duplicate",
    "FirstCommentRule": "first_comment",
    "RecordRule": "record",
    "AutomatedRule": "automated",
    "UrgentRule": "urgent",
    "ReportsRule": "reports",
    "AppealsRule": "appeals",
}


@pytest.mark.parametrize(("struct", "field"), SETTINGS)
def test_bounds_are_those_of_the_check(struct: str, field: str) -> None:
    """Just inside and just outside of each bound, both say the same."""
    bounds = BOUNDS[struct][field]
    low: float = bounds["minimum"] if "minimum" in bounds else bounds["exclusiveMinimum"]
    high: float = bounds["maximum"]
    verdicts = []
    for value in (low - 1, low, high, high + 1):
        policy = with_setting(struct, field, value)
        assert SCHEMA.is_valid(policy) == checked(policy), (value, policy)
        verdicts.append(checked(policy))
    assert (verdicts[0], verdicts[2], verdicts[3]) == (False, True, False)


def with_setting(struct: str, field: str, value: float) -> dict[str, Any]:
    if struct == "Threshold":
        return base(thresholds={"toxicity": {field: value}})
    if struct == "FastClear":
        return base(fast_clear={field: value})
    if struct == "LateRule":
        return base(on_classifier_late={field: value})
    if (struct, field) == ("AppealsRule", "days"):
        # What was rejected is kept as long as it may be appealed.
        return base(rules={"appeals": {field: value}, "retention": {"rejected_days": None}})
    return base(rules={NAMES[struct]: {field: value}})


@pytest.mark.parametrize("value", [-1, 0, 3_600, 3_601])
def test_the_window_to_undo_is_bounded_alike(value: int) -> None:
    assert SCHEMA.is_valid(base(undo_seconds=value)) == checked(base(undo_seconds=value)) == (0 <= value <= 3_600)


def test_every_setting_has_a_title() -> None:
    definitions = policy_schema()["$defs"]
    assert {"Rules", "Threshold", "HouseRule", "AuditRule"} <= set(definitions)
    assert set(definitions["Rules"]["properties"]) == set(Rules.__struct_fields__)
    for definition in definitions.values():
        assert all(schema.get("title") for schema in definition["properties"].values())


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ([RULE, RULE], "$.house_rules[1].id"),
        ([{**RULE, "text": {"de": "Nein."}}], "$.house_rules[0].text"),
    ],
)
def test_what_no_schema_can_say_is_checked(rules: list[Any], path: str) -> None:
    assert SCHEMA.is_valid(base(house_rules=rules))
    with pytest.raises(Invalid) as refused:
        check_policy(msgspec.convert(base(house_rules=rules), Policy), ("en",))
    assert [fault.path for fault in refused.value.faults] == [path]
