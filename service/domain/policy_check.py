"""Whether a policy can be accepted."""

from collections.abc import Iterator, Mapping
from itertools import islice

from service.domain.catalogue import CLASSIFIERS
from service.domain.clearing import unmeasured
from service.domain.errors import Conflict, Fault, Invalid
from service.domain.house_rules import house_rule_faults
from service.domain.policy import Policy, Threshold
from service.domain.policy_check_context import context_faults
from service.domain.rule_check import rule_faults
from service.domain.rule_settings import AppealsRule, AuditRule, RateRule, RetentionRule, Rules
from service.domain.rules.thresholds import NEVER_REJECTS
from service.domain.scores import LABELS
from service.domain.site import Mode
from service.domain.standing import standing_faults

RATE_LIMIT = 100_000
# As long as an author may appeal a rejection, what was rejected stays.
APPEAL_DAYS = 14
RETENTION_LIMIT = 36_500
APPEAL_DAYS_MOST = 365
APPEALS_A_DAY = 100
# Less than one reader's weight would let anybody hold.
LEAST_WEIGHT = 0.5
PHRASES, PHRASE_POINTS = 500, 100
LEAST_THREAT = 0.01
# Of 50,000 wrong terms the first hundred say enough.
_FAULTS = 100
AUDIT_LEAST = 1_000
UNDO_SECONDS = 3_600


def _threshold_faults(label: str, threshold: Threshold) -> Iterator[Fault]:
    path = f"$.thresholds.{label}"
    for name, value in (("hold", threshold.hold), ("reject", threshold.reject)):
        if value is not None and not 0 < value <= 1:
            yield Fault(path=f"{path}.{name}", message="is not in (0, 1]")
    if threshold.hold is not None and threshold.reject is not None and threshold.reject < threshold.hold:
        yield Fault(path=f"{path}.reject", message="is below `hold`")
    if threshold.reject is not None and label in NEVER_REJECTS:
        yield Fault(path=f"{path}.reject", message="must be null: this label never rejects by score alone")


def _label_faults(thresholds: Mapping[str, Threshold]) -> Iterator[Fault]:
    for label, threshold in thresholds.items():
        if label not in LABELS:
            yield Fault(path=f"$.thresholds.{label}", message=f"is none of {', '.join(LABELS)}")
        else:
            yield from _threshold_faults(label, threshold)


def _can_hold(thresholds: Mapping[str, Threshold]) -> bool:
    return any(t.hold is not None or t.reject is not None for t in thresholds.values())


def _rate_faults(rate: RateRule) -> Iterator[Fault]:
    for name in ("address_per_minute", "address_burst", "author_per_minute", "threads_per_hour"):
        if not 1 <= getattr(rate, name) <= RATE_LIMIT:
            yield Fault(path=f"$.rules.rate.{name}", message=f"is not in 1 to {RATE_LIMIT}")


def _retention_faults(rule: RetentionRule, appeals: AppealsRule) -> Iterator[Fault]:
    least = {
        "rejected_days": max(APPEAL_DAYS, appeals.days * appeals.enabled),
        "held_days": 1,
        "approved_days": 1,
        "deleted_days": 1,
    }
    for name, lowest in least.items():
        days = getattr(rule, name)
        if days is not None and not lowest <= days <= RETENTION_LIMIT:
            path = f"$.rules.retention.{name}"
            yield Fault(path=path, message=f"is not in {lowest} to {RETENTION_LIMIT}")


def _audit_faults(rule: AuditRule) -> Iterator[Fault]:
    if not 0 <= rule.share <= 1:
        yield Fault(path="$.rules.audit.share", message="is not in 0 to 1")
    if not 0 <= rule.least <= AUDIT_LEAST:
        yield Fault(path="$.rules.audit.least", message=f"is not in 0 to {AUDIT_LEAST}")


def _voice_faults(rules: Rules) -> Iterator[Fault]:
    bounds: dict[str, tuple[float, float, float]] = {
        "appeals.days": (rules.appeals.days, 1, APPEAL_DAYS_MOST),
        "appeals.a_day": (rules.appeals.a_day, 1, APPEALS_A_DAY),
        "reports.hold_at": (rules.reports.hold_at, LEAST_WEIGHT, RATE_LIMIT),
        "urgent.threat": (rules.urgent.threat if rules.urgent.threat is not None else 1, LEAST_THREAT, 1),
    }
    for name, (value, low, high) in bounds.items():
        if not low <= value <= high:
            yield Fault(path=f"$.rules.{name}", message=f"is not in {low:g} to {high:g}")
    if len(rules.urgent.self_harm) > PHRASES:
        yield Fault(path="$.rules.urgent.self_harm", message=f"has more than {PHRASES} phrases")
    for place, phrase in enumerate(rules.urgent.self_harm):
        if not 1 <= len(phrase.strip()) <= PHRASE_POINTS:
            path = f"$.rules.urgent.self_harm[{place}]"
            yield Fault(path=path, message=f"is not 1 to {PHRASE_POINTS} characters long")


def classifier_kind(name: str) -> str:
    """Reduce `detoxify:/models/x.ckpt` and the like to the name under which its facts are known."""
    return name if name in CLASSIFIERS else name.split(":", 1)[0]


def check_policy(policy: Policy, languages: tuple[str, ...]) -> None:
    """Refuse a policy with every fault's path; raises Invalid, or Conflict for a language not covered."""
    faults = [*_label_faults(policy.thresholds), *_rate_faults(policy.rules.rate)]
    faults += _retention_faults(policy.rules.retention, policy.rules.appeals)
    faults += _voice_faults(policy.rules)
    faults += [Fault(path=path, message=message) for path, message in unmeasured(policy)]
    faults += standing_faults(policy.rules.threads)
    faults += context_faults(policy)
    faults += _audit_faults(policy.rules.audit)
    faults += house_rule_faults(policy.house_rules, languages)
    if not 0 <= policy.undo_seconds <= UNDO_SECONDS:
        faults.append(Fault(path="$.undo_seconds", message=f"is not in 0 to {UNDO_SECONDS}"))
    if policy.mode != "pre" and not _can_hold(policy.thresholds):
        faults.append(Fault(path="$.thresholds", message="has no threshold: everything would be published"))
    if classifier_kind(policy.classifier) not in CLASSIFIERS:
        known = ", ".join(sorted(CLASSIFIERS))
        faults.append(Fault(path="$.classifier", message=f"is not a known classifier ({known})"))
    faults += islice(rule_faults(policy.rules), _FAULTS)
    if faults:
        raise Invalid(tuple(faults), slug="invalid-policy")
    check_mode(policy.mode, policy.classifier, languages)


def check_mode(mode: Mode, classifier: str, languages: tuple[str, ...]) -> None:
    """Refuse a mode that publishes by score where the classifier was not evaluated on the site's languages."""
    covered = CLASSIFIERS[classifier_kind(classifier)].languages
    missing = [code for code in languages if code not in covered]
    if missing and mode != "pre":
        message = f"{classifier} was not evaluated on: {', '.join(missing)}; only mode `pre` is possible."
        raise Conflict(message, slug="language-not-covered")
