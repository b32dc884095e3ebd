"""Perspective's attributes, and which of our labels each is."""

import re
from collections.abc import Mapping

from service.domain.foreign import ScoreMap

# What no classifier of ours measures is not here (FLIRTATION, SPAM, INCOHERENT, ATTACK_ON_AUTHOR, …): it is an error
# or dropped, and never made up from something else.
_LABELS = {
    "TOXICITY": "toxicity",
    "SEVERE_TOXICITY": "severe_toxicity",
    "IDENTITY_ATTACK": "identity_attack",
    "INSULT": "insult",
    "THREAT": "threat",
    "PROFANITY": "obscene",
    "OBSCENE": "obscene",
    "SEXUALLY_EXPLICIT": "sexual_explicit",
}
_VERSION = re.compile(r"@[A-Za-z0-9_.]{1,32}\Z")
_FORM = re.compile(r"(_EXPERIMENTAL|_FAST)\Z")
# A name that a client may call an attribute by, known here or not.
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}(@[A-Za-z0-9_.]{1,32})?")


def unversioned(name: str) -> str:
    """Drop an attribute's version: `TOXICITY@6` is `TOXICITY`."""
    return _VERSION.sub("", name)


def label_of(name: str) -> str | None:
    """Find the label that an attribute is, by its name as asked; nothing for what no classifier gives."""
    return _LABELS.get(_FORM.sub("", unversioned(name)))


def value_of(name: str, labels: Mapping[str, float], score_map: ScoreMap | None) -> float | None:
    """Read an attribute's score, mapped; nothing where this classifier does not give it."""
    label = label_of(name)
    if label is None or label not in labels:
        return None
    if score_map is None:
        return labels[label]
    asked = unversioned(name)
    known = asked if asked in score_map.curves else _FORM.sub("", asked)
    return round(score_map.value(known, labels[label]), 6)
