"""A site's policy, and how it turns scores and facts into one verdict."""

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct

from service.domain.comment import Reason
from service.domain.scores import Scores
from service.domain.site import Mode
from service.domain.status import Status

Outcome = Literal["note", "hold", "reject"]


class Threshold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which probability a label holds a comment, and from which it rejects; None never does."""

    hold: float | None = None
    reject: float | None = None


class RateRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much one reader may send without the site's key."""

    enabled: bool = True
    address_per_minute: int = 10
    address_burst: int = 20
    author_per_minute: int = 5
    threads_per_hour: int = 10


class RetentionRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After how many days in a status a comment is removed; None keeps it."""

    rejected_days: int | None = 30
    held_days: int | None = None
    approved_days: int | None = None
    deleted_days: int | None = None


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of the rules that have any."""

    rate: RateRule = RateRule()
    retention: RetentionRule = RetentionRule()


class FastClear(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let the fast classifier clear, and never hold or reject, what has waited so long for the ordinary one."""

    after_seconds: int


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site's versioned rules and thresholds; `classifier` is the one the thresholds were chosen for."""

    version: int
    classifier: str
    mode: Mode
    thresholds: dict[str, Threshold]
    rules: Rules = Rules()
    fast_clear: FastClear | None = None


class Facts(Struct, frozen=True, kw_only=True):
    """Everything that is known of one comment when it is judged.

    `name_scores` are those of the author's name and website, without which there is nothing to say of them;
    `uncovered` is the language that the classifier was not evaluated on, if one was recognised;
    `parent_shown` is true for a comment that answers nobody; `cleared` for one whose scores are the fast classifier's,
    so low that the ordinary one was not asked.
    """

    body: str
    scores: Scores
    name_scores: dict[str, float]
    uncovered: str | None
    parent_shown: bool
    mode: Mode
    policy: Policy
    cleared: bool = False


class Finding(Struct, frozen=True, kw_only=True):
    """What one rule says: `note` informs and decides nothing."""

    outcome: Outcome
    reason: Reason


class Verdict(Struct, frozen=True, kw_only=True):
    """What the policy says, with every reason; `look` asks moderators to look at what was published."""

    status: Status
    look: bool
    reasons: tuple[Reason, ...]


Rule = Callable[[Facts], Sequence[Finding]]


def decide(facts: Facts, rules: Sequence[Rule]) -> Verdict:
    """Collect what every rule finds, then decide once.

    One `reject` rejects, else one `hold` holds, else the comment is approved. In mode `post` a hold publishes with
    `look`; in mode `pre` everything is held. Thresholds chosen for another classifier never reject.
    """
    findings = [finding for rule in rules for finding in rule(facts)]
    outcomes = {finding.outcome for finding in findings}
    reasons = tuple(finding.reason for finding in findings)
    if facts.mode == "pre":
        pre = Reason(rule="mode", code="pre-moderation")
        return Verdict(status="held", look=False, reasons=(*reasons, pre))
    if "reject" in outcomes:
        return Verdict(status="rejected", look=False, reasons=reasons)
    if "hold" in outcomes:
        if facts.mode == "post":
            return Verdict(status="approved", look=True, reasons=reasons)
        return Verdict(status="held", look=False, reasons=reasons)
    return Verdict(status="approved", look=False, reasons=reasons)
