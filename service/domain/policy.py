"""A site's policy, and how it turns scores and facts into one verdict."""

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct

from service.domain.comment import Author, Reason, Signals
from service.domain.rule_settings import HouseRule, LateRule, Rules
from service.domain.scores import Scores
from service.domain.severity import SEVERE_LABELS
from service.domain.site import Mode
from service.domain.status import Status
from service.domain.urgency import is_urgent

Outcome = Literal["note", "hold", "reject"]


class Threshold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which probability a label holds a comment, and from which it rejects; None never does."""

    hold: float | None = None
    reject: float | None = None


class FastClear(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let the fast classifier clear, and never hold or reject, what has waited so long for the ordinary one."""

    after_seconds: int


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site's versioned rules and thresholds; `classifier` is the one the thresholds were chosen for.

    For `undo_seconds` after a moderator's decision it can be taken back, and nobody outside is told of it.
    """

    version: int
    classifier: str
    mode: Mode
    thresholds: dict[str, Threshold]
    rules: Rules = Rules()
    fast_clear: FastClear | None = None
    on_classifier_late: LateRule = LateRule()
    house_rules: tuple[HouseRule, ...] = ()
    undo_seconds: int = 30


class Around(Struct, frozen=True, kw_only=True):
    """What is known around a comment when it is judged.

    `decided` are the author's last decisions, the newest first, true where people rejected; `approved` how many of
    their last 40 comments are approved. `by_author` and `by_anyone` count how often the same text came lately, this one
    too.
    """

    approved: int = 0
    decided: tuple[bool, ...] = ()
    by_author: int = 1
    by_anyone: int = 1


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
    author: Author | None = None
    signals: Signals = Signals()
    around: Around = Around()


class Finding(Struct, frozen=True, kw_only=True):
    """What one rule says: `note` informs and decides nothing."""

    outcome: Outcome
    reason: Reason


class Verdict(Struct, frozen=True, kw_only=True):
    """What the policy says, with every reason; `look` asks moderators to look at what was published.

    What is `urgent` goes before a human first.
    """

    status: Status
    look: bool
    reasons: tuple[Reason, ...]
    urgent: bool = False


Rule = Callable[[Facts], Sequence[Finding]]


def decide(facts: Facts, rules: Sequence[Rule]) -> Verdict:
    """Collect what every rule finds, then decide once.

    One `reject` rejects, else one `hold` holds, else the comment is approved. In mode `post` a hold publishes with
    `look`; in mode `pre` everything is held. Thresholds chosen for another classifier never reject. What a rule finds
    that staff skip is left out, and said so.
    """
    findings = _less_skipped(facts, [finding for rule in rules for finding in rule(facts)])
    outcomes = {finding.outcome for finding in findings}
    reasons = tuple(finding.reason for finding in findings)
    urgent = is_urgent(facts.policy.rules.urgent, facts.scores.labels, reasons)
    if facts.mode == "pre":
        pre = Reason(rule="mode", code="pre-moderation")
        return Verdict(status="held", look=False, reasons=(*reasons, pre), urgent=urgent)
    if "reject" in outcomes:
        return Verdict(status="rejected", look=False, reasons=reasons)
    if "hold" in outcomes:
        if facts.mode == "post":
            return Verdict(status="approved", look=True, reasons=reasons, urgent=urgent)
        return Verdict(status="held", look=False, reasons=reasons, urgent=urgent)
    return Verdict(status="approved", look=False, reasons=reasons)


def _less_skipped(facts: Facts, findings: Sequence[Finding]) -> list[Finding]:
    """Leave out what the site's signed staff skip; never a score of violence or hatred, nor what only informs."""
    author, skips = facts.author, facts.policy.rules.staff.skips
    if not skips or author is None or not author.staff or author.strength != "signed":
        return list(findings)
    kept = [finding for finding in findings if finding.outcome == "note" or not _skips(skips, finding.reason)]
    if len(kept) < len(findings):
        kept.append(Finding(outcome="note", reason=Reason(rule="staff", code="staff-skips-rules")))
    return kept


def _skips(skips: Sequence[str], reason: Reason) -> bool:
    return reason.rule in skips and not (reason.rule in ("thresholds", "name") and reason.label in SEVERE_LABELS)
