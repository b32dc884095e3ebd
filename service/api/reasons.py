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
    "banned-word": "This comment has words that this site does not publish.",
    "suspect-word": "This comment has words that a person looks at first.",
    "word-in-name": "The name has words that a person looks at first.",
    "banned-host": "This comment has a link to a place that this site does not link to.",
    "banned-host-of-author": "The website given is one that this site does not link to.",
    "too-many-links": "This comment has many links.",
    "mostly-capitals": "This comment is written in capitals.",
    "phone-number": "This comment seems to show a telephone number.",
    "email-address": "This comment seems to show an e-mail address.",
    "postal-address": "This comment seems to show where somebody lives.",
    "account-number": "This comment seems to show a bank account.",
    "card-number": "This comment seems to show a payment card.",
    "contact-bait": "This comment asks readers to get in touch elsewhere.",
    "offer-with-link": "This comment seems to advertise something.",
    "nothing-but-links": "This comment says little beside its links.",
    "same-host": "This comment links to the same place several times.",
    "repeats-itself": "This comment says the same thing over and over.",
    "thresholds-of-another-classifier": "The software was changed lately.",
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
