"""Reasons in words that an author can read; moderators read the codes with their figures."""

from service.api.wire import ReasonText
from service.domain.comment import Comment, Reason

TEXTS: dict[str, str] = {
    "above-reject-threshold": "Our software found this comment abusive.",
    "above-hold-threshold": "Our software was not sure about this comment.",
    "name-above-threshold": "Our software was not sure about the name or website.",
    "language-not-covered": "Our software does not know this language well enough.",
    "parent-withdrawn": "The comment that this one answers is no longer shown.",
    "pre-moderation": "Here a person reads every comment before it appears.",
    "classifier-failed": "Our software could not read this comment.",
    "moderator-decision": "A moderator decided.",
    "thresholds-of-another-classifier": "The software was changed lately.",
    "self-harm-words": "This comment speaks of harming oneself. If that is you, please talk to somebody today.",
    "reported": "Readers reported this comment.",
    "appealed": "You asked for another look.",
    "cleared-by-fast-classifier": "Much was waiting: a quicker check was made.",
}
_FOR_MODERATORS = frozenset({"thresholds-of-another-classifier", "cleared-by-fast-classifier"})


def reasons_for_author(comment: Comment) -> list[ReasonText]:
    """Say each reason once, without labels, scores or who decided."""
    codes = dict.fromkeys(reason.code for reason in comment.reasons if _for_author(reason))
    said = comment.statement
    return [
        ReasonText(code=code, text=said if said and code == "moderator-decision" else TEXTS[code]) for code in codes
    ]


def _for_author(reason: Reason) -> bool:
    return reason.code not in _FOR_MODERATORS
