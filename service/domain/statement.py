"""The statement of reasons: what its author is told of a comment that is not published."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from service.domain import appealing
from service.domain.appealing import AppealState
from service.domain.comment import Comment, Decision, Reason, standing
from service.domain.passages import sentences
from service.domain.policy import Policy
from service.domain.reporting import text_version
from service.domain.rule_settings import HouseRule

Detected = Literal["automatic", "human", "report"]
Spans = list[tuple[int, int]]


class ToldRule(Struct, frozen=True, kw_only=True):
    """A house rule in one language."""

    id: str
    title: str
    text: str


class ToldAppeal(Struct, frozen=True, kw_only=True):
    """Whether a rejection can be appealed now, until when, and what came of it."""

    possible: bool
    until: datetime | None
    state: AppealState


class Statement(Struct, frozen=True, kw_only=True):
    """Why a comment is not published: the rule, the passages as code points of the body, who found it, who decided.

    Never who it was, no score, and of a banned term only the sentence that it stands in.
    """

    text: str
    house_rule: ToldRule | None
    passages: Spans
    detected: Detected
    decided: Literal["automatic", "human"]
    appeal: ToldAppeal


def statement_of(comment: Comment, policy: Policy, languages: tuple[str, ...], *, now: datetime) -> Statement | None:
    """Make the statement on what is held, rejected, or was rejected and appealed; nothing else has one."""
    last = standing(comment.trail)
    if last is None or (comment.status not in ("held", "rejected") and comment.appeal is None):
        return None
    decisive = appealing.first_rejection(comment) or last
    if last.actor == "moderator":
        decisive = last
    rules = policy.rules.appeals
    return Statement(
        text=comment.statement,
        house_rule=_told(decisive.house_rule, policy.house_rules, languages),
        passages=_passages(comment),
        detected=_detected(comment),
        decided="human" if decisive.actor == "moderator" else "automatic",
        appeal=ToldAppeal(
            possible=appealing.state(comment, rules, now) == "possible",
            until=appealing.until(comment, rules),
            state=appealing.state(comment, rules, now),
        ),
    )


def _told(rule_id: str | None, rules: tuple[HouseRule, ...], languages: tuple[str, ...]) -> ToldRule | None:
    """Give a rule's words in the first of the site's languages that it has, or in whichever it has."""
    if rule_id is None:
        return None
    found = next((rule for rule in rules if rule.id == rule_id), None)
    # The rule may have been dropped since: its name is what is left of it.
    title = _in_language(found.title, languages) if found else rule_id
    return ToldRule(id=rule_id, title=title, text=_in_language(found.text, languages) if found else "")


def _in_language(words: dict[str, str], languages: tuple[str, ...]) -> str:
    return next((words[code] for code in (*languages, *sorted(words)) if code in words), "")


def _since_written(comment: Comment) -> tuple[Decision, ...]:
    return comment.trail[text_version(comment) - 1 :]


def _detected(comment: Comment) -> Detected:
    """Say who drew attention to it first: readers, the software, or a moderator who came by."""
    for made in _since_written(comment):
        if made.before == made.after:
            continue
        if made.actor == "report":
            return "report"
        if made.actor == "moderator":
            return "human"
        if made.actor != "worker" or made.after != "approved":
            return "automatic"
    return "automatic"


def _passages(comment: Comment) -> Spans:
    reasons: list[Reason] = [*comment.reasons, *(one for made in _since_written(comment) for one in made.reasons)]
    spans: set[tuple[int, int]] = set()
    for reason in reasons:
        if reason.rule == "words":
            # The place of a banned term would tell the term.
            spans |= {
                passage
                for passage in sentences(comment.body)
                if any(passage[0] < end and start < passage[1] for start, end in reason.spans)
            }
        else:
            spans |= set(reason.spans)
    merged: Spans = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif 0 <= start < end <= len(comment.body):
            merged.append((start, end))
    return merged
