"""The classifiers that Gatepost knows by name, and what each was evaluated for."""

from types import MappingProxyType

from msgspec import Struct

from service.domain.scores import LABELS


class ClassifierFacts(Struct, frozen=True, kw_only=True):
    """What can be said of a classifier without loading it; thresholds are (hold, reject or None) per label."""

    languages: frozenset[str]
    labels: tuple[str, ...]
    thresholds: dict[str, tuple[float, float | None]]


_ENGLISH = frozenset({"en"})
# From where doubtful comments go to a human: low, for Detoxify's figures are its own and not calibrated. None rejects:
# no labelled rows were scored by Detoxify's models here, so nothing proves a rejecting threshold's precision. A site
# that has proved one sets it in its own policy.
_HOLDS: dict[str, tuple[float, float | None]] = {
    "toxicity": (0.3, None),
    "severe_toxicity": (0.2, None),
    "obscene": (0.3, None),
    "threat": (0.2, None),
    "insult": (0.3, None),
    "identity_attack": (0.2, None),
    "sexual_explicit": (0.3, None),
}


def _detoxify(languages: frozenset[str], labels: tuple[str, ...]) -> ClassifierFacts:
    thresholds = {label: _HOLDS[label] for label in labels}
    return ClassifierFacts(languages=languages, labels=labels, thresholds=thresholds)


# What both shipped model files carry, as `workers/training/evaluate.py` derives it; a test compares. Nothing rejects by
# score alone: no large source of the dev rows has enough abusive rows to prove the precision.
_DERIVED: dict[str, tuple[float, float | None]] = {
    "toxicity": (0.2, None),
    "severe_toxicity": (0.2, None),
    "obscene": (0.2, None),
    "threat": (0.2, None),
    "insult": (0.2, None),
    "identity_attack": (0.5, None),
}

CLASSIFIERS = MappingProxyType(
    {
        "embedded": ClassifierFacts(
            languages=frozenset({"en"}),
            labels=LABELS[:6],
            thresholds=_DERIVED,
        ),
        "embedded-fast": ClassifierFacts(
            languages=frozenset({"en"}),
            labels=LABELS[:6],
            thresholds=_DERIVED,
        ),
        "detoxify:original": _detoxify(_ENGLISH, LABELS[:6]),
        "detoxify:original-small": _detoxify(_ENGLISH, LABELS[:6]),
        "detoxify:unbiased": _detoxify(_ENGLISH, LABELS),
        "detoxify:unbiased-small": _detoxify(_ENGLISH, LABELS),
        "detoxify:multilingual": _detoxify(frozenset({"en", "fr", "es", "it", "pt", "tr", "ru"}), LABELS),
        # Any other checkpoint, and a converted one by its folder: which labels it has, its worker says at start.
        "detoxify": _detoxify(_ENGLISH, LABELS),
        "onnx": _detoxify(_ENGLISH, LABELS),
    }
)
