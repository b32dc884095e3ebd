"""What a form says of how it was filled, and what of it looks like a program."""

import math
import re

from service.domain.comment import FilledForm, Signals, Submission

TRAP_POINTS = 2_000
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def signals_of(submission: Submission) -> Signals | None:
    """Read what a form said; nothing for one that said nothing, which is no sign of anything.

    A trap is an input that people do not see. Password managers do, and fill it with what they know of their owner: an
    e-mail address, or what the same form holds already. So only what is neither counts. Seconds below nought are a
    clock's fault and say nothing.
    """
    form = submission.form
    if form is None:
        return None
    seconds = form.seconds if form.seconds is not None and math.isfinite(form.seconds) and form.seconds >= 0 else None
    found = Signals(trap=_is_sprung(form, submission), seconds=seconds)
    return found if found != Signals() else None


def _is_sprung(form: FilledForm, submission: Submission) -> bool:
    filled = _folded(form.trap)
    if not filled or _EMAIL.fullmatch(filled):
        return False
    names = [submission.author_name, submission.signed.name if submission.signed else ""]
    own = {_folded(text) for text in (*names, submission.email or "", submission.website or "")}
    # Half a name is a given name or a surname, each of which has an input of its own elsewhere.
    own |= {part for name in names for part in _folded(name).split()}
    return filled not in own


def _folded(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip("/")
